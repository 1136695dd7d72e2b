"""A question whose answer was lost takes no job that nobody knows of, however late it is heard."""

from collections.abc import Sequence

import pytest

from poolmgr.domain.jobs import JobKind
from poolmgr.workers.claims import DOUBT_SECONDS, Claimer, Found
from poolmgr.workers.trouble import Trouble
from tests.workers.queues import HANG, LOSE, QueueInMemory

KINDS: Sequence[JobKind] = ("ocr_index",)


class Watch:
    """A clock that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Watch:
    return Watch()


@pytest.fixture
def queue() -> QueueInMemory:
    return QueueInMemory(rows=0)


@pytest.fixture
def claimer(queue: QueueInMemory, clock: Watch) -> Claimer:
    return Claimer(queue, "w", "h", 0.05, Trouble(lambda _: None), clock)


def heard_late(queue: QueueInMemory) -> None:
    """The first call arrives now, and its answer reaches nobody."""
    queue.claimed(queue.claim_ids[0], KINDS, "w", 1)


def rows(queue: QueueInMemory, found: Found) -> list[str]:
    return [lease.row for lease in queue.leases if lease.token in [one.token for one in found.claims]]


async def test_what_a_late_question_took_is_brought_by_the_next_one(
    queue: QueueInMemory, claimer: Claimer, clock: Watch
) -> None:
    queue.plan["claim"] = [HANG]
    assert not (await claimer.ask(KINDS, 1)).claims
    assert not (await claimer.ask(KINDS, 1)).claims  # its repeat: nothing there yet
    queue.waiting = ["a row"]
    heard_late(queue)
    clock.now += 20
    found = await claimer.ask(KINDS, 2)
    assert rows(queue, found) == ["a row"]
    assert found.confirmed == clock.now, "it was renewed: how old its lease is nobody knows"
    assert queue.calls["renew"] == 1


async def test_a_late_question_takes_nothing_once_its_id_has_brought_something(
    queue: QueueInMemory, claimer: Claimer
) -> None:
    queue.plan["claim"] = [HANG]
    await claimer.ask(KINDS, 1)
    await claimer.ask(KINDS, 1)
    queue.waiting = ["first", "second"]
    assert rows(queue, await claimer.ask(KINDS, 1)) == ["first"]
    heard_late(queue)
    assert queue.waiting == ["second"]
    assert rows(queue, await claimer.ask(KINDS, 1)) == ["second"]
    assert queue.claim_ids[-1] != queue.claim_ids[0]


async def test_the_doubt_ends_when_no_gateway_would_hold_a_call_for_longer(
    queue: QueueInMemory, claimer: Claimer, clock: Watch
) -> None:
    queue.plan["claim"] = [LOSE]
    await claimer.ask(KINDS, 1)
    await claimer.ask(KINDS, 1)
    clock.now += DOUBT_SECONDS - 1
    await claimer.ask(KINDS, 1)
    assert len(set(queue.claim_ids)) == 1
    clock.now += 2
    await claimer.ask(KINDS, 1)
    assert len(set(queue.claim_ids)) == 2


async def test_without_a_lost_answer_each_question_has_its_own_id_and_nothing_is_renewed(
    queue: QueueInMemory, claimer: Claimer
) -> None:
    queue.waiting = ["a row"]
    for _ in range(3):
        await claimer.ask(KINDS, 1)
    assert len(set(queue.claim_ids)) == 3
    assert queue.calls["renew"] == 0
