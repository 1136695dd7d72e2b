"""A registry that does not serve is not asked; one that is about to close is asked for nothing new."""

import asyncio
from datetime import date, datetime, timedelta

from poolmgr.domain.hours import ZONE, Hours, parse
from poolmgr.domain.jobs import OCR_KINDS
from poolmgr.workers.gate import Gate
from poolmgr.workers.loop import Surroundings
from poolmgr.workers.opening import Opening
from tests.waiting import async_until
from tests.workers.queues import QueueInMemory
from tests.workers.stage import passed, read_at_once, show

OFFICE = Hours(windows=parse("mon-fri 08:00-22:00"), closed=frozenset({date(2026, 12, 25)}))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def opening(gate: Gate, hours: Hours = OFFICE) -> Opening:
    return Opening(
        "land", "The land registry", hours, margin=timedelta(minutes=10), look_seconds=0.01, gate=gate
    )


async def test_it_is_shut_while_the_site_is_and_for_the_last_minutes_before() -> None:
    said: list[str] = []
    gate = Gate(say=said.append, claims=("land",))
    here = opening(gate)
    for moment, serves in (
        ("2026-11-26T21:49", True),
        ("2026-11-26T21:51", False),
        ("2026-11-26T22:30", False),
        ("2026-11-27T08:00", True),
        ("2026-12-25T12:00", False),
    ):
        here.look(local(moment))
        assert gate.takes("land") is serves, moment
    assert said == [
        "The land registry is about to close; it serves again on 2026-11-27 at 08:00 (Quebec).",
        "The land registry is closed; it serves again on 2026-11-27 at 08:00 (Quebec).",
        "",
        "The land registry is closed; it serves again on 2026-12-28 at 08:00 (Quebec).",
    ]


async def test_one_registry_that_is_closed_keeps_no_other_from_working() -> None:
    said: list[str] = []
    gate = Gate(say=said.append, claims=("land", "req"))
    opening(gate).look(local("2026-11-26T23:00"))
    assert (gate.takes("land"), gate.takes("req"), said) == (False, True, [])


async def test_a_kind_that_is_shut_is_not_asked_for_until_it_is_let_in() -> None:
    gate, queue = Gate(), QueueInMemory(rows=1)
    for kind in OCR_KINDS:
        gate.shut(kind, "hours", "closed")
    async with show(queue, work=read_at_once, surroundings=Surroundings(gate=gate)) as stage:
        await async_until(passed(0.05))
        assert queue.calls["claim"] == 0
        for kind in OCR_KINDS:
            gate.let(kind, "hours")
        await stage.parent.hears("settled")


async def test_it_looks_at_the_clock_by_itself() -> None:
    gate = Gate(claims=("land",))
    never = Hours(windows=OFFICE.windows, closed=frozenset(all_days()))
    keeping = asyncio.create_task(opening(gate, never).keep())
    try:
        await async_until(lambda: asyncio.sleep(0, not gate.takes("land")), what="a look")
    finally:
        keeping.cancel()


def all_days() -> list[date]:
    return [date.today() + timedelta(days=number) for number in range(-2, 90)]  # noqa: DTZ011
