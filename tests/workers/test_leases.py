from dataclasses import dataclass

import pytest

from poolmgr.domain.errors import StoreUnreachable
from poolmgr.domain.jobs import Token
from poolmgr.workers.leases import LeaseClocks, Leases
from poolmgr.workers.trouble import Trouble
from tests.workers.queues import LOSE, REFUSE, QueueInMemory

CLOCKS = LeaseClocks(renew=25, self_fence=60, answer=0.2)


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_time(self) -> None:
        self.now += 50


class Held:
    """One claim in a queue, and its lease on a clock of ours."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.queue = QueueInMemory(rows=1)
        self.lost: list[tuple[Token, str]] = []
        self.leases = Leases(
            self.queue,
            CLOCKS,
            lambda token, why: self.lost.append((token, why)),
            Trouble(lambda _: None),
            self.clock,
        )
        (claim,) = self.queue.claimed("id", ["ocr_index"], "worker-1", 1)
        self.token = claim.token
        self.leases.hold(self.token, self.clock.now)


async def test_a_claim_is_believed_until_the_fence_and_not_at_it() -> None:
    held = Held()
    held.clock.now += 59.9
    assert held.leases.believed(held.token)
    held.clock.now += 0.1
    assert not held.leases.believed(held.token)


async def test_a_renewal_counts_from_before_it_was_sent() -> None:
    held = Held()
    held.clock.now += 25
    held.queue.meanwhile = held.clock.pass_time
    await held.leases.confirm([held.token])
    assert held.leases.confirmed[held.token] == 1025


@pytest.mark.parametrize("trouble", [LOSE, REFUSE])
async def test_a_renewal_without_an_answer_confirms_nothing_and_loses_nothing(trouble: str) -> None:
    held = Held()
    held.clock.now += 25
    held.queue.plan["renew"] = [trouble]
    with pytest.raises(StoreUnreachable):
        await held.leases.confirm([held.token])
    assert held.leases.confirmed[held.token] == 1000
    assert not held.lost


async def test_after_a_failure_the_next_renewal_comes_sooner() -> None:
    held = Held()
    held.queue.plan["renew"] = [REFUSE]
    assert await held.leases.renew() < 1
    assert await held.leases.renew() == CLOCKS.renew


async def test_one_call_renews_all_tokens_and_none_is_made_without_tokens() -> None:
    queue, lost = QueueInMemory(rows=3), list[Token]()
    leases = Leases(queue, CLOCKS, lambda token, _: lost.append(token), Trouble(lambda _: None))
    await leases.renew()
    assert not queue.calls.total()
    claims = queue.claimed("id", ["ocr_index"], "worker-1", 3)
    for claim in claims:
        leases.hold(claim.token, leases.clock())
    queue.lease(claims[1].token).ended = "taken"
    await leases.renew()
    assert queue.calls["renew"] == 1
    assert lost == [claims[1].token]
    assert set(leases.confirmed) == {claims[0].token, claims[2].token}


async def test_a_token_settled_while_its_renewal_was_under_way_is_not_lost() -> None:
    held = Held()
    held.queue.end("ended")
    held.leases.drop(held.token)
    await held.leases.confirm([held.token])
    assert not held.lost
    assert not held.leases.confirmed
