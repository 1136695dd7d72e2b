"""Logins of the registries, lent by a database. What it answers is never said: there is a password in it."""

from poolmgr.domain.errors import StoreError
from poolmgr.domain.json import JsonObject, text
from poolmgr.domain.ports import Accounts, Database
from poolmgr.domain.purchases import Account, AccountResult, Registry
from poolmgr.stores.answers import one_value, one_word, unknown_word

FROM_CONFIG = "config"
"""The id of the account whose login is in the configuration; no name or password comes with it."""


class DatabaseAccounts(Accounts):
    """`Accounts` over any `Database`. Every call may be repeated with the same arguments."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def lease(
        self, lease_id: str, registry: Registry, worker: str, host: str, lease_seconds: int
    ) -> Account | None:
        lent = await one_value(
            self.database,
            "pool_account_lease",
            {
                "lease_id": lease_id,
                "registry": registry,
                "worker": worker,
                "host": host,
                "lease_seconds": lease_seconds,
            },
        )
        if lent is None:
            return None
        if not isinstance(lent, dict):
            raise StoreError(f"pool_account_lease answered {type(lent).__name__} instead of an account.")
        return account_of(lent)

    async def give_back(self, lease_id: str, result: AccountResult) -> str:
        word = await one_word(self.database, "pool_account_return", {"lease_id": lease_id, "result": result})
        if word not in ("applied", "already"):
            raise unknown_word("pool_account_return", word)
        return word


def account_of(lent: JsonObject) -> Account:
    account = Account(id=text(lent, "id"), username=text(lent, "username"), password=text(lent, "password"))
    if not account.id:
        raise StoreError("pool_account_lease answered an account without an id.")
    if account.id != FROM_CONFIG and not (account.username and account.password):
        raise StoreError(
            f"Account {account.id} has no name or no password.",
            advice="Write both into its row of worker_accounts, or switch it off: is_active = false.",
        )
    return account
