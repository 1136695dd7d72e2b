"""Logins of the registries, lent by a database. What it answers is never said: there is a password in it."""

import math

from poolmgr.domain.errors import NoLogin, StoreError
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.json import Json, JsonObject, number, text
from poolmgr.domain.ports import Accounts, Database, Roster
from poolmgr.domain.purchases import LEAVE_ANSWERS, Account, AccountResult, Leave, Registry
from poolmgr.stores.answers import one_object, one_order, one_value, one_word, unknown_word

FROM_CONFIG = "config"
"""The id of the account whose login is in the configuration; no name or password comes with it."""


class DatabaseAccounts(Accounts, Roster):
    """`Accounts` and `Roster` over any `Database`. Every call may be repeated with the same arguments."""

    def __init__(self, database: Database, environment: EnvironmentName) -> None:
        self.database = database
        self.name = environment

    @property
    def environment(self) -> EnvironmentName:
        return self.name

    async def lease(
        self,
        lease_id: str,
        registry: Registry,
        worker: str,
        host: str,
        lease_seconds: int,
        limits: JsonObject | None = None,
    ) -> Account | Leave | None:
        said = await one_value(
            self.database,
            "pool_account_lease",
            {
                "lease_id": lease_id,
                "registry": registry,
                "worker": worker,
                "host": host,
                "lease_seconds": lease_seconds,
                "limits": limits or {},
            },
        )
        if isinstance(said, dict) and text(said, "spent"):
            return Leave(answer="spent", limit=text(said, "spent"), seconds=number(said, "seconds"))
        return lent_by("pool_account_lease", said)

    async def use(self, lease_id: str, use_id: str, limits: JsonObject) -> Leave:
        arguments: JsonObject = {"lease_id": lease_id, "use_id": use_id, "limits": limits}
        said = await one_object(self.database, "pool_account_use", arguments)
        word = text(said, "answer")
        answer = next((one for one in LEAVE_ANSWERS if one == word), None)
        if answer is None:
            raise unknown_word("pool_account_use", word)
        left = math.inf if said.get("left") is None else number(said, "left")
        return Leave(answer=answer, limit=text(said, "limit"), seconds=number(said, "seconds"), left=left)

    async def used(self, lease_id: str, use_id: str, documents: int, cents: int) -> str:
        arguments: JsonObject = {
            "lease_id": lease_id,
            "use_id": use_id,
            "documents": documents,
            "cents": cents,
        }
        word = await one_word(self.database, "pool_account_used", arguments)
        if word not in ("applied", "already"):
            raise unknown_word("pool_account_used", word)
        return word

    async def lease_named(
        self, lease_id: str, username: str, worker: str, host: str, lease_seconds: int
    ) -> Account | None:
        return lent_by(
            "pool_account_lease_named",
            await one_value(
                self.database,
                "pool_account_lease_named",
                {
                    "lease_id": lease_id,
                    "username": username,
                    "worker": worker,
                    "host": host,
                    "lease_seconds": lease_seconds,
                },
            ),
        )

    async def give_back(self, lease_id: str, result: AccountResult) -> str:
        word = await one_word(self.database, "pool_account_return", {"lease_id": lease_id, "result": result})
        if word not in ("applied", "already"):
            raise unknown_word("pool_account_return", word)
        return word

    async def accounts_list(self, how_many: int) -> list[JsonObject]:
        return await self.database.call("pool_accounts_list", {"how_many": how_many})

    async def put(self, username: str, password: str) -> str:
        word = await one_word(self.database, "pool_account_put", {"username": username, "password": password})
        if word not in ("added", "replaced", "already") and not word.startswith("refused"):
            raise unknown_word("pool_account_put", word)
        return word

    async def switch(self, username: str, *, is_active: bool) -> str:
        return await one_order(
            self.database, "pool_account_switch", {"username": username, "is_active": is_active}
        )


def lent_by(function: str, said: Json) -> Account | None:
    if said is None:
        return None
    if not isinstance(said, dict):
        raise StoreError(f"{function} answered {type(said).__name__} instead of an account.")
    return account_of(function, said)


def account_of(function: str, lent: JsonObject) -> Account:
    account = Account(id=text(lent, "id"), username=text(lent, "username"), password=text(lent, "password"))
    if not account.id:
        raise StoreError(f"{function} answered an account without an id.")
    if account.id != FROM_CONFIG and not (account.username and account.password):
        raise NoLogin(
            f"Account {account.id} has no name or no password.",
            advice="Write both into its row of worker_accounts, or switch it off: is_active = false.",
        )
    return account
