"""What must hold before a child takes jobs: a browser that is proven, a lender of accounts that answers."""

import asyncio

from poolmgr.config.settings import RegistreSettings
from poolmgr.config.sites import Site
from poolmgr.domain.errors import PoolError
from poolmgr.domain.jobs import JobKind
from poolmgr.workers.gate import Gate
from poolmgr.workers.seats import Seats
from poolmgr.workers.trouble import Backoff

FIRST_PAUSE_SECONDS = 1.0


class Readiness:
    """Shuts the gate when one of them is in doubt, and opens it when that is over.

    backoff: of sites that do not serve. unproven, silent: the browser, the lender is in doubt.
    """

    def __init__(self, seats: Seats, gate: Gate, settings: RegistreSettings, backoff: Backoff) -> None:
        self.seats = seats
        self.gate = gate
        self.settings = settings
        self.backoff = backoff
        self.unproven = asyncio.Event()
        self.silent = asyncio.Event()
        self.silence = ""
        self.doubt_browser("The browser is not proven yet.")

    def doubt(self, kind: JobKind, site: Site, sentence: str) -> None:
        """The browser of one registry: a hosted one is nobody else's, and no reason to stop the others."""
        if site.is_hosted:
            self.gate.rest_kind(kind, self.backoff.pause())
        else:
            self.doubt_browser(sentence)

    def need_no_browser(self) -> None:
        """Of this machine: every registry is visited with a hosted one."""
        self.unproven.clear()
        self.gate.open("browser")

    def doubt_browser(self, sentence: str) -> None:
        """Nothing is claimed until a browser has been proven again."""
        self.gate.close("browser", sentence)
        self.unproven.set()

    def miss_lender(self, sentence: str) -> None:
        """No more jobs than sessions that can do without the database that lends the accounts."""
        self.silence = sentence
        self.gate.close("lender", sentence, limit=self.seats.believed, kind="land")
        self.silent.set()

    async def keep_lender(self) -> None:
        """Asks a database of accounts that was silent until it answers, without a job; until cancelled."""
        backoff = Backoff(FIRST_PAUSE_SECONDS, self.settings.account_wait_seconds)
        while True:
            await self.silent.wait()
            await asyncio.sleep(backoff.pause())
            if not await self.seats.lender.answers():
                self.miss_lender(self.silence)
                continue
            backoff.reset()
            self.silent.clear()
            self.gate.open("lender")

    async def keep_proven(self) -> None:
        """Proves the browser at the start and after each loss, until cancelled."""
        backoff = Backoff(FIRST_PAUSE_SECONDS, self.settings.site_pause_seconds)
        while True:
            await self.unproven.wait()
            try:
                await self.seats.prove()
            except PoolError as error:
                self.gate.close("browser", str(error))
                await asyncio.sleep(backoff.pause())
                continue
            backoff.reset()
            self.unproven.clear()
            self.gate.open("browser")
