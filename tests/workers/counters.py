"""A registre child's work without browser and site: what its sessions and the site say is told beforehand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import pytest

from poolmgr.domain.errors import NotFound
from poolmgr.domain.jobs import Claim
from poolmgr.domain.orders import LandOrder
from poolmgr.domain.outcomes import Outcome
from poolmgr.registries.browser.workshop import Workshop
from poolmgr.registries.foncier.asking import Payer
from poolmgr.registries.foncier.fetching import Document
from poolmgr.registries.foncier.session import Session
from poolmgr.stores.bans import Bans
from poolmgr.stores.spool import Spool
from poolmgr.stores.visits import OwnVisits
from poolmgr.workers import registre
from poolmgr.workers.banned import Banned
from poolmgr.workers.gate import Gate
from poolmgr.workers.registre import RegistreWork, Shop
from poolmgr.workers.visits import Visits
from tests.workers.browsers import Hall, hall
from tests.workers.purse import DEV, DOCUMENT, Button, Purse


@dataclass(kw_only=True)
class Counter:
    """The work, with a site that answers as told. sold: orders whose button was pressed; unknown: names under
    which the site has nothing, asked for first."""

    work: RegistreWork
    purse: Purse
    hall: Hall
    gate: Gate
    troubles: list[str]
    error: Exception | None = None
    error_first: Exception | None = None
    spelling: Callable[[LandOrder], LandOrder] = lambda order: order
    unknown: list[Callable[[LandOrder], LandOrder]] = field(default_factory=list)
    sold: list[LandOrder] = field(default_factory=list)
    hangs: bool = False

    def shop(self, spool: Spool) -> Shop:
        return Shop(purchases=self.purse.line, spool=spool)

    async def fetch(self, session: Session, order: LandOrder, payer: Payer, folder: Path) -> Document:
        if self.error_first:
            raise self.error_first
        for other in self.unknown:
            await payer.pay(other(order), Button())
            await payer.not_sold(NotFound("No such acte.", evidence={"text": "inexistant"}))
        button = Button(self.error)
        await payer.pay(self.spelling(order), button)
        self.sold.append(order)
        if self.hangs:
            await asyncio.Event().wait()
        return DOCUMENT

    async def do(self, claim: Claim) -> Outcome:
        return await self.work(claim, self.purse.documents)

    async def settled(self, claim: Claim) -> Outcome:
        outcome = await self.do(claim)
        await self.purse.queue.settle(claim, outcome)
        return outcome


CounterOpening: TypeAlias = Callable[..., AbstractAsyncContextManager[Counter]]
"""Opens a counter, with these accounts and with these keys of the table `registre`."""


@asynccontextmanager
async def counter(
    purse: Purse, monkeypatch: pytest.MonkeyPatch, *usernames: str, **settings: float
) -> AsyncIterator[Counter]:
    async with hall(purse, monkeypatch, **settings) as open_hall:
        open_hall.add(*usernames)
        troubles: list[str] = []
        gate = Gate(say=troubles.append, claims=("land",))
        bans = Bans(purse.folder / "bans", "land", first_seconds=3600, longest_seconds=7200)
        workshop = Workshop(purse.folder / "browser", "worker-1")
        workshop.open()
        work = RegistreWork(
            {DEV: Shop(purchases=purse.line, spool=purse.spool)},
            open_hall.seats,
            settings=open_hall.seats.settings,
            workshop=workshop,
            gate=gate,
            visits=Visits(
                OwnVisits(purse.folder / "visits"),
                None,
                hosts=1,
                worker="worker-1",
                renew_seconds=1,
                pipe=open_hall.seats.pipe,
            ),
            banned=Banned("land", bans, gate, open_hall.seats.pipe),
        )
        here = Counter(work=work, purse=purse, hall=open_hall, gate=gate, troubles=troubles)
        monkeypatch.setattr(registre, "fetch", here.fetch)
        try:
            yield here
        finally:
            workshop.close()
