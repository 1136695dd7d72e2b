"""Whom to wake: never more than there is work, nobody for nothing, each in turn."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from poolmgr.pool.waking import Sleeper, choose

KINDS = ("land", "req", "ocr_index", "ocr_acte")
CLAIMS = st.lists(st.sampled_from(KINDS), unique=True, max_size=4).map(tuple)
READY = st.dictionaries(st.sampled_from(KINDS), st.integers(-3, 6))


def sleepers_of(claims: list[tuple[str, ...]]) -> list[Sleeper]:
    return [Sleeper(worker=str(n), claims=one, woken_at=float(n % 3)) for n, one in enumerate(claims)]


@given(claims=st.lists(CLAIMS, max_size=12), ready=READY)
def test_as_many_as_there_is_work_and_each_can_do_some_of_it(
    claims: list[tuple[str, ...]], ready: dict[str, int]
) -> None:
    chosen = choose(sleepers_of(claims), ready)
    waiting = {kind for kind, count in ready.items() if count > 0}
    assert len(chosen) == len(set(chosen))
    assert len(chosen) <= sum(count for count in ready.values() if count > 0)
    assert all(waiting & set(claims[int(worker)]) for worker in chosen)


@given(claims=st.lists(CLAIMS, max_size=12), ready=READY)
def test_nobody_sleeps_while_there_is_more_work_than_children(
    claims: list[tuple[str, ...]], ready: dict[str, int]
) -> None:
    plenty = {kind: 100 for kind, count in ready.items() if count > 0}
    able = [n for n, one in enumerate(claims) if set(one) & set(plenty)]
    assert len(choose(sleepers_of(claims), plenty)) == len(able)


def test_everybody_gets_a_turn() -> None:
    woken_at = {"a": 0.0, "b": 0.0, "c": 0.0}
    turns: Counter[str] = Counter()
    for moment in range(1, 31):
        sleepers = [Sleeper(worker=w, claims=("land",), woken_at=at) for w, at in woken_at.items()]
        (worker,) = choose(sleepers, {"land": 1})
        woken_at[worker] = float(moment)
        turns[worker] += 1
    assert set(turns.values()) == {10}


def test_who_can_do_everything_leaves_to_others_what_only_they_can() -> None:
    versatile = Sleeper(worker="both", claims=("ocr_index", "ocr_acte"), woken_at=0)
    narrow = Sleeper(worker="index", claims=("ocr_index",), woken_at=5)
    assert sorted(choose([versatile, narrow], {"ocr_index": 1, "ocr_acte": 1})) == ["both", "index"]


@given(claims=st.lists(CLAIMS, max_size=6), busy=st.lists(CLAIMS, max_size=6), ready=READY)
def test_the_busy_hear_of_what_is_left_and_take_nothing_from_the_idle(
    claims: list[tuple[str, ...]], busy: list[tuple[str, ...]], ready: dict[str, int]
) -> None:
    idle = sleepers_of(claims)
    others = [Sleeper(worker=f"busy-{n}", claims=one, woken_at=-1.0, busy=True) for n, one in enumerate(busy)]
    alone, chosen = choose(idle, ready), choose([*others, *idle], ready)
    assert [worker for worker in chosen if not worker.startswith("busy")] == alone
    told = [worker for worker in chosen if worker.startswith("busy")]
    assert not told or len(alone) < sum(max(0, count) for count in ready.values())
    if not claims:
        waiting = {kind for kind, count in ready.items() if count > 0}
        assert len(told) == sum(bool(waiting & set(one)) for one in busy)
