import math
from dataclasses import dataclass, field

from poolmgr.workers.gate import Gate
from tests.waiting import async_until
from tests.workers.stage import happened, passed


@dataclass
class Watched:
    """A gate, what it said, and how often it told that there may be more room."""

    said: list[str] = field(default_factory=list)
    openings: int = 0

    def __post_init__(self) -> None:
        self.gate = Gate(say=self.said.append)
        self.gate.opened = self.count

    def count(self) -> None:
        self.openings += 1

    async def opens(self) -> None:
        await async_until(lambda: happened(self.gate.width == math.inf), what="an open gate")


async def test_a_gate_that_nobody_closed_is_open() -> None:
    watched = Watched()
    assert watched.gate.width == math.inf
    assert (watched.said, watched.openings) == ([], 0)


async def test_a_closed_gate_says_why_once_and_that_it_is_open_again() -> None:
    watched = Watched()
    watched.gate.close("browser", "no browser")
    watched.gate.close("browser", "no browser")
    assert watched.gate.width == 0
    watched.gate.open("browser")
    assert watched.gate.width == math.inf
    assert watched.said == ["no browser", ""]
    assert watched.openings == 1


async def test_opening_what_is_open_tells_nobody() -> None:
    watched = Watched()
    watched.gate.open("browser")
    assert (watched.said, watched.openings) == ([], 0)


async def test_a_gate_with_two_causes_opens_with_the_second_and_says_the_one_that_is_left() -> None:
    watched = Watched()
    watched.gate.close("browser", "no browser")
    watched.gate.close("site", "the site is down")
    assert watched.said == ["no browser"]
    watched.gate.open("browser")
    assert watched.gate.width == 0
    watched.gate.open("site")
    assert watched.gate.width == math.inf
    assert watched.said == ["no browser", "the site is down", ""]


async def test_another_sentence_of_the_same_cause_is_said() -> None:
    watched = Watched()
    watched.gate.close("browser", "it does not start")
    watched.gate.close("browser", "it is not installed")
    assert watched.said == ["it does not start", "it is not installed"]


async def test_a_narrow_gate_is_no_trouble_and_the_narrowest_cause_counts() -> None:
    watched = Watched()
    watched.gate.close("accounts", "one account", limit=1)
    watched.gate.close("site", "slow", limit=3)
    assert watched.gate.width == 1
    assert watched.said == []
    watched.gate.open("accounts")
    assert (watched.gate.width, watched.openings) == (3, 1)


async def test_a_gate_that_becomes_wider_without_opening_tells_it() -> None:
    watched = Watched()
    watched.gate.close("accounts", "none", limit=0)
    watched.gate.close("accounts", "one", limit=1)
    assert (watched.said, watched.openings) == (["none", ""], 1)
    watched.gate.close("accounts", "none", limit=0)
    assert watched.openings == 1


async def test_a_rest_ends_by_itself() -> None:
    watched = Watched()
    watched.gate.rest("site", "down", 0.02)
    assert watched.gate.width == 0
    await watched.opens()
    assert (watched.said, watched.openings) == (["down", ""], 1)


async def test_a_later_rest_is_counted_from_its_own_beginning() -> None:
    watched = Watched()
    watched.gate.rest("site", "down", 0.02)
    watched.gate.rest("site", "still down", 60.0)
    await async_until(passed(0.06))
    assert (watched.gate.width, watched.openings) == (0, 0)


async def test_a_shorter_rest_does_not_cut_a_longer_one() -> None:
    watched = Watched()
    watched.gate.rest("site", "down", 60.0)
    watched.gate.rest("site", "down again", 0.02)
    await async_until(passed(0.06))
    assert (watched.gate.width, watched.openings) == (0, 0)
    assert watched.said == ["down", "down again"]


async def test_what_is_closed_after_a_rest_stays_closed_when_the_rest_is_over() -> None:
    watched = Watched()
    watched.gate.rest("browser", "resting", 0.02)
    watched.gate.close("browser", "gone")
    await async_until(passed(0.06))
    assert watched.gate.width == 0


async def test_a_rest_that_was_ended_early_does_not_open_what_is_closed_later() -> None:
    watched = Watched()
    watched.gate.rest("site", "down", 0.02)
    watched.gate.open("site")
    watched.gate.close("site", "down again")
    await async_until(passed(0.06))
    assert (watched.gate.width, watched.openings) == (0, 1)


async def test_rests_of_two_causes_do_not_end_each_other() -> None:
    watched = Watched()
    watched.gate.rest("site", "down", 0.02)
    watched.gate.rest("accounts", "one account", 60.0, limit=1)
    await async_until(lambda: happened(watched.gate.width == 1))
    await async_until(passed(0.06))
    assert watched.gate.width == 1


async def test_a_kind_rests_while_others_go_on_and_is_asked_for_again_afterwards() -> None:
    watched = Watched()
    watched.gate.rest_kind("req", 0.02)
    assert (watched.gate.takes("req"), watched.gate.takes("land"), watched.gate.width) == (
        False,
        True,
        math.inf,
    )
    await async_until(lambda: happened(watched.gate.takes("req")))
    assert (watched.openings, watched.said) == (1, [])


async def test_a_kinds_longer_rest_is_not_made_shorter() -> None:
    watched = Watched()
    watched.gate.rest_kind("req", 60.0)
    watched.gate.rest_kind("req", 0.01)
    await async_until(passed(0.05))
    assert not watched.gate.takes("req")


def test_a_gate_says_nothing_to_nobody() -> None:
    gate = Gate()
    gate.close("site", "down")
    gate.open("site")
    assert gate.width == math.inf


async def test_what_shuts_one_kind_leaves_room_for_the_others_and_is_said_when_there_is_no_other() -> None:
    said: list[str] = []
    both, alone = Gate(claims=("land", "req")), Gate(say=said.append, claims=("land",))
    for gate in (both, alone):
        gate.close("site", "the land registry is down", kind="land")
        assert (gate.takes("land"), gate.width) == (False, math.inf)
    assert both.takes("req")
    assert both.said == ""
    alone.open("site")
    assert alone.takes("land")
    assert said == ["the land registry is down", ""]


async def test_a_kind_that_was_shut_and_is_narrow_now_is_told_as_more_room() -> None:
    watched = Watched()
    watched.gate.close("accounts", "none", kind="land")
    watched.gate.close("accounts", "one", limit=1, kind="land")
    assert (watched.gate.takes("land"), watched.gate.width, watched.openings) == (True, 1, 1)
