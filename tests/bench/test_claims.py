"""How the rivals take turns, and what is made of their tallies."""

from bench.claims import compared, rotated
from bench.race import Tally


def tally(done: int, lost: int = 0) -> Tally:
    return Tally(done=done, lost=lost, seconds=2.0)


def test_nobody_always_follows_the_same_rival() -> None:
    assert [rotated(["a", "b", "c"], turn) for turn in range(4)] == [
        ["a", "b", "c"],
        ["b", "c", "a"],
        ["c", "a", "b"],
        ["a", "b", "c"],
    ]


def test_a_tally_counts_jobs_a_second_and_tries() -> None:
    found = tally(done=10, lost=30)
    assert found.per_second == 5
    assert found.tries == 40


def test_lost_tries_are_shown_as_tries_for_a_job_and_as_a_share() -> None:
    found = {
        "ours": [tally(done=20)],
        "predecessor": [tally(done=10, lost=30)],
        "ours by 20": [tally(done=40)],
        "procrastinate": [tally(done=40)],
        "functions": [tally(done=30)],
    }
    figures = {figure.name: figure for figure in compared(4, found)}
    tries = figures["tries for a job, 4 competitors"]
    assert tries.ratio == 4
    assert "loses 75% of its tries, we 0%" in tries.meaning
    assert figures["ours / predecessor, one by one, 4 competitors"].ratio == 2
    assert figures["ours by 20 / predecessor, 4 competitors"].ratio == 4
    assert figures["ours / procrastinate, one by one, 4 competitors"].ratio == 0.5
    assert figures["our functions / our store, 4 competitors"].ratio == 1.5
