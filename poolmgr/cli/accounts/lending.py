"""Accounts that a command uses: lent to it alone, kept for as long as a site takes, and given back."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

from poolmgr.config.settings import Settings
from poolmgr.domain.errors import AccountRefused, PoolError
from poolmgr.domain.purchases import Account, AccountResult, Leave, Registry
from poolmgr.stores.accounts import DatabaseAccounts


class Lending:
    """command: as leases name who has them."""

    def __init__(self, accounts: DatabaseAccounts, settings: Settings, command: str) -> None:
        self.accounts = accounts
        self.queue = settings.queue
        self.worker = f"{command}-{os.getpid()}"
        self.host = settings.pool.host_name()

    @asynccontextmanager
    async def lent(self, username: str = "", registry: Registry = "land") -> AsyncIterator[Account | None]:
        """The account of that name, or any that is free; None = another has it, or none is free.

        A login that was refused inside counts a failure, what ends well forgets them.
        Raises NoLogin, StoreError, StoreUnreachable.
        """
        lease_id = str(uuid4())
        result: AccountResult = "released"
        try:
            account = await self.lease(lease_id, username, registry)
            if account is None:
                yield None
                return
            keeping = asyncio.create_task(self.keep(lease_id, username, registry))
            try:
                yield account
            finally:
                keeping.cancel()
            result = "ok"
        except AccountRefused:
            result = "login_failed"
            raise
        finally:
            await self.accounts.give_back(lease_id, result)

    async def lease(self, lease_id: str, username: str, registry: Registry) -> Account | None:
        seconds = self.queue.lease_seconds
        if username:
            return await self.accounts.lease_named(lease_id, username, self.worker, self.host, seconds)
        found = await self.accounts.lease(lease_id, registry, self.worker, self.host, seconds)
        return None if isinstance(found, Leave) else found

    async def keep(self, lease_id: str, username: str, registry: Registry) -> None:
        while True:
            await asyncio.sleep(self.queue.renew_seconds)
            with suppress(PoolError):
                await self.lease(lease_id, username, registry)
