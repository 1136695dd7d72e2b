"""A pool that buys from a replica: held still at a step of a visit, struck there, and its books read."""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Self, TypeAlias

import psutil

from poolmgr.domain.json import JsonObject, record, text, whole
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.faults import When
from tests.chaos.faults import identities, survivors
from tests.chaos.money import Books, Job, check_nobody_left
from tests.clusters import Database
from tests.pools import Pool
from tests.replicas import acte, index, plan, put_accounts, put_orders
from tests.waiting import until

Part: TypeAlias = Literal["child", "browser", "node"]
PARTS: tuple[Part, ...] = ("child", "browser", "node")
Setting: TypeAlias = str | float | bool | None
ANSWER_SECONDS = 20.0
"""More than any step of a job that nothing hinders, also on a full machine."""

GONE_SECONDS = 5.0
ONE_CONTEXT: Mapping[str, Setting] = MappingProxyType(
    {
        "ocr__enabled": False,
        "money__land_cents_a_day": 1_000_000,
        "registre__contexts": 1,
        "registre__step_seconds": 5,
        "registre__answer_seconds": 8,
        "registre__launch_seconds": 10,
        "registre__spool_seconds": 0.3,
        "registre__site_pause_seconds": 0.5,
        "registre__account_wait_seconds": 0.3,
        "registre__purchase_wait_seconds": 0.3,
        "registre__storage_wait_seconds": 0.3,
        "pool__restart_first_seconds": 0.05,
        "pool__restart_max_seconds": 0.2,
    }
)
# Waiting in error or for the reader of documents, which nobody is here: a plan is done at once.
WAITING, RUNNING, BOUGHT, ERROR, DONE = 1, 2, 3, 4, 5
HELD = "held: purchase {id} may have been paid and its document is not here"
WAY_OUT = "registre-pool purchases allow {id}"
NUMBERS = count(1)


def an_index(end: str = "01") -> JsonObject:
    return index(number(end))


def an_acte(end: str = "01") -> JsonObject:
    return acte(number(end))


def a_plan(end: str = "01") -> JsonObject:
    return plan(number(end))


def number(end: str) -> str:
    """Seven digits of which this test has not asked before; the end says what the replica makes of it."""
    first = 10 ** (5 - len(end))
    # The nought keeps the end by itself: 3444 is another end than 444.
    return f"{first + next(NUMBERS) % (9 * first)}0{end}"


@dataclass(frozen=True, kw_only=True)
class Life:
    """One life of a registre child, and the processes that it has started."""

    name: str
    worker: str
    pids: Mapping[Part, int]
    family: Mapping[int, int]

    def send(self, part: Part, number: signal.Signals) -> None:
        os.kill(self.pids[part], number)

    def wait_until_gone(self) -> None:
        until(lambda: not self.left(), GONE_SECONDS, f"the end of {self.worker} and all below it")

    def left(self) -> list[int]:
        return survivors({**self.family})


class Market:
    """A replica, a database with accounts, and a pool with registre children; used by `with`."""

    def __init__(self, folder: Path, database: Database, replica: Replica, **settings: Setting) -> None:
        put_accounts(database)
        self.folder = folder
        self.database = database
        self.replica = replica
        self.books = Books(database, replica)
        given = {"foncier__url": replica.url, **ONE_CONTEXT, **settings}
        self.pool = Pool(folder, database, **given)

    def __enter__(self) -> Self:
        self.pool.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.kill()

    def order(self, *orders: JsonObject) -> list[str]:
        return put_orders(self.database, orders)

    # Holding still

    def hang(self, step: str, when: When = "before", times: int = 1, spares: int = 0) -> None:
        """The next visit, or the next but so many, stands still at this step."""
        self.replica.fault("hang", step, when=when, times=times, spares=spares)

    def wait_until_at(self, step: str, how_many: int = 1) -> None:
        def stand_there() -> bool:
            return self.replica.steps().waiting.get(step, 0) >= how_many

        until(stand_there, ANSWER_SECONDS, f"{how_many} visits at {step}")

    def stop_at(
        self, step: str, order: JsonObject, when: When = "before", spares: int = 0
    ) -> tuple[str, Life]:
        """A new row, and the child that stands still with it at this step."""
        self.hang(step, when, spares=spares)
        (row,) = self.order(order)
        self.wait_until_at(step)
        return row, self.life()

    # Looking

    def life(self, name: str = "registre-1") -> Life:
        child = self.pool.child(name)
        top = psutil.Process(whole(child, "pid"))
        below = top.children(recursive=True)
        node = next(one for one in below if one.ppid() == top.pid)
        browser = next(one for one in below if one.ppid() == node.pid)
        return Life(
            name=name,
            worker=text(child, "worker"),
            pids={"child": top.pid, "browser": browser.pid, "node": node.pid},
            family=identities([top.pid, *(one.pid for one in below)]),
        )

    def workers(self) -> list[str]:
        """Every child that ever was."""
        return [text(event, "worker") for event in self.pool.events("child.started")]

    def spool_files(self) -> int:
        """As `status` tells of them."""
        environment = record(record(self.pool.status(), "environments"), "dev")
        return whole(record(environment, "spool"), "files")

    def note(self, row: str) -> Path:
        """Where the note of the row's last purchase is, once its file is in the spool."""
        return self.folder / "paid" / "dev" / f"{self.books.purchases(row)[-1].id}.json"

    # Waiting and hurrying

    def wait_for(self, row: str, status: int, within_seconds: float = ANSWER_SECONDS) -> None:
        until(lambda: self.books.job(row).status == status, within_seconds, f"status {status} of {row}")

    def hurry(self, row: str) -> None:
        """What waits for its next try need not: `registre-pool jobs retry`."""
        self.books.query("select public.pool_retry('land', %s)", row)

    def wait_until_settled(self, row: str, within_seconds: float = ANSWER_SECONDS) -> Job:
        """However often it has to be tried."""

        def is_settled() -> bool:
            status = self.books.job(row).status
            if status == WAITING:
                self.hurry(row)
            return status not in (WAITING, RUNNING)

        until(is_settled, within_seconds, f"the end of {row}")
        return self.books.job(row)

    def wait_until_bought(self, row: str, within_seconds: float = ANSWER_SECONDS) -> None:
        job = self.wait_until_settled(row, within_seconds)
        assert job.status in (BOUGHT, DONE), (job, self.books.purchases(row))

    def wait_until_held(self, row: str, within_seconds: float = ANSWER_SECONDS) -> None:
        """Its purchase is unknown, its sentence names what a person may do, and no attempt was counted."""
        job, purchase = self.wait_until_settled(row, within_seconds), self.books.purchases(row)[-1]
        assert (job.status, purchase.state) == (ERROR, "unknown"), (job, purchase)
        assert job.error.startswith(HELD.format(id=purchase.id)), job
        assert WAY_OUT.format(id=purchase.id) in job.error, job
        assert job.attempts == 0

    # The end

    def close(self, *, evictions: int | None = 0) -> None:
        """SIGTERM; then as `check_end`."""
        assert self.pool.stop() == 0
        self.check_end(evictions=evictions)

    def check_end(self, *, evictions: int | None = 0) -> None:
        """The pool is gone: so is everybody below it, and the books agree."""
        check_nobody_left(self.folder, self.workers())
        self.books.check(evictions=evictions)
