"""The queue protocol as a test calls it: functions, the product's rows, and time that passes when told."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from poolmgr.domain.states import RUNNING, TABLES, WAITING
from tests.clusters import Database
from tests.migrations.calls import DONE, KINDS, Row, Value, call

EMPTY = """
delete from public.pool_leases; delete from public.pool_jobs; delete from public.pool_purchases;
delete from public.pool_budgets; delete from public.pool_settings; delete from public.pool_account_leases;
delete from public.pool_ocr_results; delete from public.extraction_queue; delete from public.rdprm_searches;
delete from public.search_sessions; delete from public.worker_status; delete from public.worker_accounts;
delete from public.pool_hosts; delete from public.pool_account_uses"""
LAND_JOB = {
    "document_source": "index",
    "document_number": "1 234 567",
    "circonscription_fonciere": "Montréal",
    "cadastre": "Cadastre du Québec",
}
PLACES = {
    kind: (sql.Identifier("public", TABLES[kind]), sql.Identifier(column))
    for kind, column in {
        "land": "status_id",
        "ocr_index": "status_id",
        "ocr_acte": "status_id",
        "req": "status",
        "rdprm": "status",
    }.items()
}


@dataclass(frozen=True)
class Protocol:
    """`service` calls as service_role; `admin` is the superuser that moves time and looks at everything."""

    database: Database
    service: psycopg.Connection
    admin: psycopg.Connection

    @property
    def address(self) -> str:
        """Where a process of its own speaks the protocol."""
        return self.database.url_as("service_role")

    def rows(self, function: str, **arguments: Value) -> list[Row]:
        return call(self.service, function, arguments)

    def value(self, function: str, **arguments: Value) -> Value:
        (row,) = self.rows(function, **arguments)
        return row[function]

    def query(self, statement: LiteralString | sql.Composed, *parameters: Value) -> list[Row]:
        with self.admin.cursor(row_factory=dict_row) as cursor:
            cursor.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def one(self, statement: LiteralString | sql.Composed, *parameters: Value) -> Row:
        (row,) = self.query(statement, *parameters)
        return row

    @contextmanager
    def beside(self) -> Iterator[psycopg.Connection]:
        """Another session's open transaction, rolled back at the end unless it committed."""
        with psycopg.connect(self.database.url_as("service_role")) as connection:
            yield connection
            connection.rollback()

    def empty(self) -> None:
        """As after the migrations: no row but the product's own words for its statuses."""
        self.service.execute("reset all")
        self.query(EMPTY)

    # What the product writes.

    def add(self, kind: str, **columns: Value) -> UUID:
        """A row that waits for this kind of job."""
        row_id = UUID(str(columns.pop("id", uuid4())))
        if kind == "req":
            columns = {"initial_search_query": "Tremblay"} | columns
        elif kind == "rdprm":
            session = columns.pop("search_session_id", None) or self.add("req", req_completed=True)
            columns = {"search_session_id": session, "search_name": "Tremblay"} | columns
        else:
            standing = (
                {"status_id": 1} if kind == "land" else {"status_id": 3, "supabase_path": "index/a.pdf"}
            )
            columns = (
                {
                    "document_source": kind[4:] if kind != "land" else "index",
                    "document_number": "1",
                    "circonscription_fonciere": "Montréal",
                    "cadastre": "Cadastre du Québec",
                }
                | standing
                | columns
            )
        self.query(
            sql.SQL("insert into {} ({}) values ({})").format(
                PLACES[kind][0],
                sql.SQL(", ").join(map(sql.Identifier, ["id", *columns])),
                sql.SQL(", ").join([sql.Placeholder()] * (len(columns) + 1)),
            ),
            row_id,
            *columns.values(),
        )
        return row_id

    def set(self, kind: str, row_id: UUID, **columns: Value) -> None:
        """The product's or a person's own update of a row."""
        pairs = sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder()) for name in columns
        )
        self.query(
            sql.SQL("update {} set {} where id = %s").format(PLACES[kind][0], pairs),
            *columns.values(),
            row_id,
        )

    # What a worker does.

    def claim(
        self,
        *kinds: str,
        worker: str = "w1",
        host: str = "h1",
        how_many: int = 1,
        claim_id: UUID | None = None,
        seconds: int = 90,
    ) -> list[Row]:
        return self.rows(
            "pool_claim",
            claim_id=claim_id or uuid4(),
            kinds=list(kinds or KINDS),
            worker=worker,
            host=host,
            how_many=how_many,
            lease_seconds=seconds,
        )

    def claimed(self, kind: str, *, worker: str = "w1", host: str = "h1", **columns: Value) -> Row:
        """A new row of this kind, under a lease."""
        self.add(kind, **columns)
        (claim,) = self.claim(kind, worker=worker, host=host)
        return claim

    def settle(self, claim: Row, outcome: str, **more: Value) -> str:
        result = {"result": DONE[claim["kind"]]} if outcome == "done" else {"error": "a sentence"}
        return str(
            self.value("pool_settle", token=claim["token"], outcome={"outcome": outcome} | result | more)
        )

    def renew(self, *claims: Row, seconds: int = 90) -> list[Row]:
        return self.rows("pool_renew", tokens=[claim["token"] for claim in claims], lease_seconds=seconds)

    def rescue(self, minutes: int = 30) -> list[Row]:
        return self.rows("pool_rescue", foreign_limit_minutes=minutes)

    def configure(self, **settings: Value) -> Row:
        return dict(self.value("pool_configure", settings=settings))

    def afford(self) -> None:
        """Budgets far above what a test spends."""
        self.configure(budgets={"land": 1_000_000, "rdprm": 1_000_000})

    def intent(self, claim: Row, identity: str = "a lot", cents: int = 150) -> Row:
        registry = "rdprm" if claim["kind"] == "rdprm" else "land"
        return dict(
            self.value(
                "pool_purchase_intent",
                token=claim["token"],
                registry=registry,
                identity=identity,
                price_cents=cents,
            )
        )

    def mark(self, claim: Row, purchase: int, state: str, **facts: Value) -> str:
        return str(
            self.value("pool_purchase_mark", id=purchase, token=claim["token"], state=state, facts=facts)
        )

    def bought(self, claim: Row, state: str = "clicked", identity: str = "a lot") -> int:
        """The id of a purchase that was taken to `state` by this claim."""
        purchase = int(self.intent(claim, identity)["id"])
        for step in {
            "intent": [],
            "clicked": ["clicked"],
            "secured": ["clicked", "secured"],
            "unknown": ["clicked", "unknown"],
        }[state]:
            facts = {"sha256": "ab", "size": 2} if step == "secured" else {}
            assert self.mark(claim, purchase, step, **facts) == "applied"
        return purchase

    # What time does.

    def expire(self, claim: Row) -> None:
        """The lease's time is over; everything else stays."""
        self.query(
            "update public.pool_leases set expires_at = clock_timestamp() - interval '1 second' "
            "where token = %s",
            claim["token"],
        )

    def ripen(self) -> None:
        """Every delay is over."""
        self.query(
            "update public.pool_jobs set not_before = clock_timestamp() - interval '1 second' where "
            "not_before is not null"
        )

    # What can be seen.

    def row(self, kind: str, row_id: UUID) -> Row:
        return self.one(sql.SQL("select * from {} where id = %s").format(PLACES[kind][0]), row_id)

    def status(self, claim: Row) -> int | str:
        table, column = PLACES[claim["kind"]]
        found = self.one(
            sql.SQL("select {} as status from {} where id = %s").format(column, table), claim["row_id"]
        )
        return found["status"]  # type: ignore[no-any-return]

    def waits(self, claim: Row) -> bool:
        return self.status(claim) == WAITING[claim["kind"]]

    def runs(self, claim: Row) -> bool:
        return self.status(claim) == RUNNING[claim["kind"]]

    def failed(self, claim: Row) -> bool:
        return self.status(claim) in (4, "failed")

    def error(self, claim: Row) -> str | None:
        row = self.row(claim["kind"], claim["row_id"])
        found = row["ocr_error"] if claim["kind"].startswith("ocr") else row["error_message"]
        return None if found is None else str(found)

    def attempts(self, claim: Row) -> int:
        row = self.row(claim["kind"], claim["row_id"])
        if claim["kind"] == "land":
            return int(row["attemtps"] or 0)
        if claim["kind"].startswith("ocr"):
            return int(row["ocr_attempts"] or 0)
        return int(self.job(claim).get("attempts", 0))

    def job(self, claim: Row) -> Row:
        """What the pool remembers of the row; empty when nothing."""
        found = self.query(
            "select * from public.pool_jobs where kind = %s and row_id = %s", claim["kind"], claim["row_id"]
        )
        return found[0] if found else {}

    def lease(self, claim: Row) -> Row:
        return self.one("select * from public.pool_leases where token = %s", claim["token"])

    def purchase(self, purchase: int) -> Row:
        return self.one("select * from public.pool_purchases where id = %s", purchase)

    def budget(self, registry: str = "land") -> tuple[int, int]:
        """Cents reserved and spent, all days."""
        found = self.one(
            "select coalesce(sum(reserved_cents), 0)::int r, coalesce(sum(spent_cents), 0)::int s "
            "from public.pool_budgets where registry = %s",
            registry,
        )
        return found["r"], found["s"]

    def why(self, kind: str, row_id: UUID) -> dict[str, bool]:
        return {row["condition"]: row["met"] for row in self.rows("pool_why", kind=kind, row_id=row_id)}

    def unmet(self, kind: str, row_id: UUID) -> list[str]:
        return [condition for condition, met in self.why(kind, row_id).items() if not met]


def open_protocol(database: Database) -> Protocol:
    return Protocol(database, database.connect("service_role"), database.connect("supabase_admin"))


def say(line: str) -> None:
    """For who reads the output of a long run."""
    sys.stdout.write(f"{line}\n")
