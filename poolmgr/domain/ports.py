"""What the floors above need of a store. Each adapter proves itself by the one conformance suite."""

from collections.abc import Sequence
from typing import Protocol

from poolmgr.domain.jobs import Claim, Depth, EnvironmentName, JobKind, Renewal, Rescue, Token
from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.outcomes import Outcome
from poolmgr.domain.purchases import Account, AccountResult, Intent, Leave, PurchaseId, Registry, Secured
from poolmgr.domain.quota import Standing
from poolmgr.domain.states import PurchaseState


class Database(Protocol):
    """Calls a function of the queue protocol by name. Raises StoreError or StoreUnreachable."""

    async def call(self, function: str, arguments: JsonObject) -> list[JsonObject]:
        """The rows; a function of one value gives one row with one column named like the function."""
        ...

    async def close(self) -> None: ...


class Documents(Protocol):
    """Where files rest: `path` is `bucket/object`. Raises Missing, StoreError or StoreUnreachable."""

    async def read(self, path: str) -> bytes: ...

    async def write(self, path: str, data: bytes) -> None: ...

    async def close(self) -> None: ...


class Queue(Protocol):
    """One environment's queue."""

    @property
    def environment(self) -> EnvironmentName: ...

    async def claim(
        self, claim_id: str, kinds: Sequence[JobKind], worker: str, host: str, how_many: int
    ) -> list[Claim]: ...

    async def renew(self, tokens: Sequence[Token]) -> list[Renewal]: ...

    async def settle(self, claim: Claim, outcome: Outcome) -> str: ...

    async def release(self, tokens: Sequence[Token], reason: str) -> int: ...

    async def release_worker(self, worker: str, reason: str, *, crashed: bool) -> int: ...

    async def rescue(self) -> list[Rescue]: ...

    async def depths(self, host: str) -> list[Depth]: ...

    async def beat(self, beats: list[Json]) -> int: ...

    async def configure(self, settings: JsonObject) -> JsonObject: ...

    async def version(self) -> JsonObject: ...


class Desk(Protocol):
    """What people ask and order of one environment's queue; rows as the database names them.

    Orders answer `applied`, `already` or `refused: why`.
    """

    async def enqueue(self, row_id: str, kind: JobKind, job: JsonObject) -> str: ...

    async def retry(self, kind: JobKind, row_id: str) -> str: ...

    async def cancel(self, kind: JobKind, row_id: str) -> str: ...

    async def why(self, kind: JobKind, row_id: str) -> list[JsonObject]:
        """condition, met, value, facts: each condition of a claim."""
        ...

    async def failures(self, since: str, how_many: int) -> list[JsonObject]:
        """Since a time (ISO 8601), the newest first."""
        ...

    async def jobs_list(self, narrow: JsonObject, how_many: int) -> list[JsonObject]:
        """By kind, state, source, number, row_id; `before` = created_at and row_id of the last row seen."""
        ...

    async def stats(self, days: int) -> list[JsonObject]: ...

    async def overdue(self) -> list[JsonObject]:
        """What runs and should not any more: an expired lease, no lease, or longer than the foreign limit."""
        ...

    async def backfill(self, kind: JobKind, how_many: int) -> list[JsonObject]: ...


class Purchases(Protocol):
    """Money in one environment, as workers and the scout need it. Every call may be repeated."""

    @property
    def environment(self) -> EnvironmentName: ...

    async def intent(self, token: Token, registry: Registry, identity: str, price_cents: int) -> Intent: ...

    async def mark(self, purchase: PurchaseId, token: Token, state: PurchaseState, facts: JsonObject) -> str:
        """`applied`, `already` or `refused: why`."""
        ...

    async def states(self, purchases: Sequence[PurchaseId]) -> dict[PurchaseId, PurchaseState]:
        """Of those that exist."""
        ...

    async def secured(self, host: str) -> list[Secured]:
        """Says that `host` is here; the paid files that wait for their delivery, on any host."""
        ...


class Ledger(Protocol):
    """What people ask and order of one environment's purchases; rows as the database names them."""

    async def purchases_list(self, narrow: JsonObject, how_many: int) -> list[JsonObject]:
        """Newest first, by id, ids, registry, state, row_id, since; `before` = the last id seen."""
        ...

    async def budgets(self, days: int) -> list[JsonObject]:
        """registry, day, limit_cents, reserved_cents, spent_cents of the last `days` days, newest first."""
        ...

    async def allow(self, purchase: PurchaseId, person: str) -> str:
        """`applied`, `already` or `refused: why`."""
        ...


class Costs(Protocol):
    """What paid models took in one environment. Raises StoreError, StoreUnreachable."""

    async def add(self, batch: str, costs: Sequence[JsonObject]) -> int:
        """What today has cost there, these included (millionths of a CAD). The same batch counts once.

        costs: none to 1,000 with kind, row_id, model, calls, input_tokens, output_tokens, cad_micros.
        """
        ...

    async def days(self, days: int) -> list[JsonObject]:
        """day, kind, model, documents and the sums of the last days, newest first."""
        ...

    async def close(self) -> None: ...


class Show(Protocol):
    """Where people and older tools look at workers. Nothing is ever read back from it."""

    async def show(self, workers: list[JsonObject], reason: str = "") -> None:
        """Rows as the parent tells them, and why those that read are split so.

        Raises StoreError or StoreUnreachable.
        """
        ...

    async def show_use(self, standings: Sequence[Standing]) -> None:
        """How much of their limits the models take. Raises StoreError or StoreUnreachable."""
        ...


class Accounts(Protocol):
    """Logins of the registries, one holder each; they rest in the first environment."""

    @property
    def environment(self) -> EnvironmentName: ...

    async def lease(
        self,
        lease_id: str,
        registry: Registry,
        worker: str,
        host: str,
        lease_seconds: int,
        limits: JsonObject | None = None,
    ) -> Account | Leave | None:
        """The same id gives the same account, for longer; None = none is free, or this lease has ended.

        limits: of `AccountLimits`, and the price_cents of one more. A Leave says that all there is is spent.
        """
        ...

    async def use(self, lease_id: str, use_id: str, limits: JsonObject) -> Leave:
        """Leave to begin a search; the same use_id counts once."""
        ...

    async def used(self, lease_id: str, use_id: str, documents: int, cents: int) -> str:
        """What became of a search: `applied`, or `already` when the lease is not known."""
        ...

    async def give_back(self, lease_id: str, result: AccountResult) -> str:
        """`applied` or `already`."""
        ...


class Roster(Protocol):
    """What people ask and order of the land registry's accounts. No answer but a lease has a password."""

    async def accounts_list(self, how_many: int) -> list[JsonObject]:
        """id, username, is_active, failure_count, last_used; worker, host and leased_until of who has it."""
        ...

    async def put(self, username: str, password: str) -> str:
        """`added`, `replaced` (active, its failures forgotten), `already` or `refused: why`."""
        ...

    async def switch(self, username: str, *, is_active: bool) -> str:
        """`applied`, `already` or `refused: why`; on forgets failures."""
        ...

    async def lease_named(
        self, lease_id: str, username: str, worker: str, host: str, lease_seconds: int
    ) -> Account | None:
        """As `Accounts.lease`, of this one account, whether or not it is off or has failed."""
        ...
