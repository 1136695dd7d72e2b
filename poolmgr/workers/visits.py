"""A child's searches among those of all machines: so many at once, and so many a minute.

Redis counts them. Without one, and while it is silent, this machine keeps to its part of each limit.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from uuid import uuid4

from poolmgr.domain.errors import Outage, PoolError, StoreError, StoreUnreachable
from poolmgr.domain.jobs import JobKind
from poolmgr.domain.limits import Entry, SiteLimits
from poolmgr.stores.visits import OwnVisits, SharedVisits
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.tasks import Tasks
from poolmgr.workers.trouble import Trouble

TABLES: dict[JobKind, str] = {"land": "foncier", "req": "req", "rdprm": "rdprm"}


class TooMany(Outage):
    """The registry is asked as much as it may be."""


class Visits:
    """hosts: machines that share the limits. renew_seconds: so often a visit that goes on is said again."""

    def __init__(
        self,
        own: OwnVisits,
        shared: SharedVisits | None,
        *,
        hosts: int,
        worker: str,
        renew_seconds: float,
        pipe: Pipe,
    ) -> None:
        self.own = own
        self.shared = shared
        self.hosts = hosts
        self.worker = worker
        self.renew_seconds = renew_seconds
        self.pipe = pipe
        self.trouble = Trouble(self.say)
        self.retry_at = 0.0
        self.leaving = Tasks()

    def say(self, error: str) -> None:
        self.pipe.event("limits.alone" if error else "limits.shared", error=error)

    @asynccontextmanager
    async def entered(self, kind: JobKind, limits: SiteLimits) -> "AsyncIterator[Visit]":
        """One of those that search now. Raises TooMany, naming the setting."""
        visit = Visit(self, kind, limits)
        if limits.are_none:
            yield visit
            return
        try:
            await visit.enter()
            staying = asyncio.create_task(visit.stay())
            try:
                yield visit
            finally:
                staying.cancel()
        finally:
            self.own.leave(kind, visit.name)
            if self.shared:
                self.leaving.start(self.left(self.shared, visit))

    async def left(self, shared: SharedVisits, visit: "Visit") -> None:
        """What cannot be said now is forgotten by itself."""
        with suppress(PoolError):
            await shared.leave(visit.kind, visit.name)

    async def close(self) -> None:
        if self.shared:
            await self.shared.close()


class Visit:
    """One job at a registry. name: as people read it in Redis."""

    def __init__(self, visits: Visits, kind: JobKind, limits: SiteLimits) -> None:
        self.visits = visits
        self.kind = kind
        self.limits = limits
        self.name = f"{visits.worker} {uuid4().hex[:8]}"

    async def enter(self) -> None:
        """Raises TooMany."""
        entry = await self.shared_entry(turn=False)
        if entry is None:
            self.check(self.own_entry())
            return
        self.check(entry)
        with suppress(TooMany):  # were Redis silent next, whoever comes then must know of this one
            self.own_entry()

    async def turn(self) -> None:
        """Waits until the next search may begin. Raises TooMany when that would be too long."""
        if not self.limits.a_minute:
            return
        entry = await self.shared_entry(turn=True) or self.own_turn()
        self.check(entry)
        await asyncio.sleep(entry.seconds)

    def own_entry(self) -> Entry:
        """Of this machine's part. Raises TooMany when it cannot be counted."""
        if not self.limits.at_once:
            return Entry()
        part = self.limits.at_once // self.visits.hosts
        with counted():
            fits = self.visits.own.enter(self.kind, self.name, part)
        return Entry(why="" if fits else "searches_at_once")

    def own_turn(self) -> Entry:
        """As `own_entry`."""
        with counted():
            wait = self.visits.own.turn(self.kind, self.limits.gap_seconds * self.visits.hosts)
        return Entry(why="searches_a_minute") if wait is None else Entry(seconds=wait)

    async def stay(self) -> None:
        """Until cancelled. What Redis forgot meanwhile, it is told again."""
        while True:
            await asyncio.sleep(self.visits.renew_seconds)
            await self.shared_entry(turn=False)

    async def shared_entry(self, *, turn: bool) -> Entry | None:
        """None = without Redis."""
        visits, shared = self.visits, self.visits.shared
        if shared is None or time.monotonic() < visits.retry_at:
            return None
        ask = shared.turn if turn else shared.enter
        try:
            entry = await ask(self.kind, self.name, self.limits)
        except (StoreUnreachable, StoreError) as error:
            visits.retry_at = time.monotonic() + visits.trouble.began(error)
            return None
        visits.trouble.over()
        return entry

    def check(self, entry: Entry) -> None:
        if not entry.why:
            return
        key, most = f"{TABLES[self.kind]}.{entry.why}", getattr(self.limits, SETTING[entry.why])
        hosts = self.visits.hosts
        alone = f", and while Redis is silent 1/{hosts} of it here" if self.visits.trouble.lasting else ""
        raise TooMany(f"As much is asked of the registry as may be: {key} = {most:g}{alone}.")


@contextmanager
def counted() -> Iterator[None]:
    """What cannot be counted may not begin; no job is to blame for that."""
    try:
        yield
    except StoreError as error:
        raise TooMany(error.sentence, advice=error.advice) from error


SETTING = {"searches_at_once": "at_once", "searches_a_minute": "a_minute"}
