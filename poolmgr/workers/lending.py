"""What a child asks of the database that lends the accounts, and what it says there of each search."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

from poolmgr.config.settings import QueueSettings
from poolmgr.domain.errors import PoolError, StoreError, StoreUnreachable
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.json import JsonObject
from poolmgr.domain.ports import Accounts
from poolmgr.domain.purchases import Account, AccountResult, Leave, Registry
from poolmgr.workers.seat import Seat
from poolmgr.workers.trouble import Backoff, within


@dataclass
class Search:
    """One search of an account. told: the database knows of it."""

    id: str = field(default_factory=lambda: str(uuid4()))
    told: bool = False


class Lender:
    """Nothing is waited for longer than queue.call_timeout_seconds. Raises what `Accounts` raises."""

    def __init__(self, accounts: Accounts, queue: QueueSettings, *, worker: str, host: str) -> None:
        self.accounts = accounts
        self.queue = queue
        self.worker = worker
        self.host = host

    @property
    def environment(self) -> EnvironmentName:
        return self.accounts.environment

    async def lease(self, lease_id: str, registry: Registry, limits: JsonObject) -> Account | Leave | None:
        call = self.accounts.lease(
            lease_id, registry, self.worker, self.host, self.queue.lease_seconds, limits
        )
        return await within(self.queue.call_timeout_seconds, call)

    async def give_back(self, lease_id: str, result: AccountResult) -> None:
        """What cannot be said now is said by the lease's own end."""
        with suppress(PoolError):
            await within(self.queue.call_timeout_seconds, self.accounts.give_back(lease_id, result))

    async def answers(self) -> bool:
        """Gives back what was never lent: nothing is changed by that. A refusal is an answer too."""
        try:
            call = self.accounts.give_back(str(uuid4()), "released")
            await within(self.queue.call_timeout_seconds, call)
        except StoreUnreachable:
            return False
        except StoreError:
            return True
        return True

    async def may_begin(self, seat: Seat, search: Search) -> Leave:
        """Waits as long as the account has to rest. go, spent or lost.

        While the database is silent the account is still ours alone, so what it allowed last is counted here.
        Raises StoreUnreachable when it allowed nothing more.
        """
        while True:
            limits = seat.door.limits()
            try:
                call = self.accounts.use(seat.lease_id, search.id, limits)
                leave = await within(self.queue.call_timeout_seconds, call)
            except StoreUnreachable:
                if not seat.is_good or seat.left < 1:
                    raise
                leave = seat.believed(limits)
            else:
                search.told = leave.answer == "go"
                if search.told:
                    seat.left = leave.left
            if leave.answer != "wait":
                seat.searched_at = time.monotonic()
                return leave
            await asyncio.sleep(leave.seconds)

    async def tell(self, seat: Seat, search: Search, documents: int, cents: int) -> None:
        """What became of it, until that is answered: else the account could do too much or too little."""
        backoff = Backoff()
        while True:
            try:
                call = self.accounts.used(seat.lease_id, search.id, documents, cents)
                await within(self.queue.call_timeout_seconds, call)
            except StoreUnreachable:
                await asyncio.sleep(backoff.pause())
            except StoreError:
                return
            else:
                return
