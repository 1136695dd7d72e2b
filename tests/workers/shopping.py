"""A registre child in this process, made as the command line makes it, at the door of the replica."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urljoin

from pydantic import SecretStr

from poolmgr.cli import registre
from poolmgr.cli.environments import Access, rdprm_on_replica
from poolmgr.config.settings import EnvironmentSettings, Settings
from poolmgr.domain.children import ChildStart
from poolmgr.domain.jobs import EnvironmentName, JobKind, WorkerId
from poolmgr.domain.json import Json
from poolmgr.local.replica.req.vocabulary import BASE as REQ_BASE
from poolmgr.stores.accounts import DatabaseAccounts
from poolmgr.stores.purchases import DatabasePurchases
from poolmgr.stores.queue import DatabaseQueue
from poolmgr.workers.kinds import ByKind
from poolmgr.workers.loop import Loop
from poolmgr.workers.registre import RegistreWork
from tests.clusters import Database
from tests.waiting import async_until
from tests.workers.purse import DEV, HOST, Purse
from tests.workers.stage import Show, line

PROD = EnvironmentName("prod")


def settings_for(purse: Purse, url: str, cdp_url: str = "", **registre_settings: float) -> Settings:
    """cdp_url: of the land registry's browser."""
    return Settings.model_validate(
        {
            "foncier": {"url": url, "cdp_url": SecretStr(cdp_url)},
            "req": {"url": urljoin(url, REQ_BASE), "pause_seconds": 0},
            "rdprm": rdprm_on_replica(url) | {"settle_seconds": 0.5},
            "pool": {"data_folder": str(purse.folder), "host": HOST, "kill_after_drain_seconds": 10},
            "queue": {"call_timeout_seconds": 5, "renew_seconds": 0.5},
            "registre": {"step_seconds": 15, "answer_seconds": 30, "site_pause_seconds": 1}
            | registre_settings,
        }
    )


def access_to(database: Database, name: EnvironmentName, folder: Path) -> Access:
    return Access(
        name=name,
        database_url=database.url,
        documents_folder=folder / "documents",
        settings=EnvironmentSettings(predecessor_beside=False),
    )


@asynccontextmanager
async def shopping(
    purse: Purse,
    url: str,
    lender: Database | None = None,
    claims: Sequence[JobKind] = ("land",),
    cdp_url: str = "",
    **registre_settings: float,
) -> AsyncIterator[Show]:
    """lender: of an environment before the purse's own, which then holds the accounts."""
    settings = settings_for(purse, url, cdp_url, **registre_settings)
    accesses = [access_to(purse.database, DEV, purse.folder)]
    if lender is not None:
        accesses.insert(0, access_to(lender, PROD, purse.folder))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        start = ChildStart(worker=WorkerId("worker-1"), kind="registre", claims=tuple(claims), pipe=theirs)
        async with line() as (parent, pipe):
            loop = registre.loop(accesses, settings, start, pipe)
            ending = asyncio.create_task(loop.run())
            try:
                yield Show(loop, parent, ending)
            finally:
                loop.hear({"word": "drain", "deadline_seconds": 10})
                await asyncio.wait({ending})
                await close_databases(loop)


def work_of(loop: Loop) -> RegistreWork:
    assert isinstance(loop.work, ByKind)
    land = loop.work.works["land"]
    assert isinstance(land, RegistreWork)
    return land


async def close_databases(loop: Loop) -> None:
    """A child leaves its connections to the kernel; a test has to close them."""
    work = work_of(loop)
    purchases = [shop.purchases for shop in work.shops.values()]
    for holder in (work.seats.lender.accounts, *purchases, *(place.queue for place in loop.places)):
        assert isinstance(holder, DatabaseAccounts | DatabasePurchases | DatabaseQueue)
        await holder.database.close()


async def outcome_of(show: Show, row: str) -> Json:
    """How the last try of a row ended, as the parent heard it."""
    heard: list[Json] = []

    async def ended() -> bool:
        heard[:] = [one["outcome"] for one in show.parent.heard("settled") if one["row"] == row]
        return bool(heard)

    await async_until(ended, within_seconds=40, what="the end of a job")
    return heard[-1]
