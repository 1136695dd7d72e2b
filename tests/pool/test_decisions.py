from poolmgr.domain.json import Json
from poolmgr.pool.decisions import LONGEST_TEXT, MOST_KEPT, Decisions
from poolmgr.telemetry.events import Event


def decided(name: str, **fields: Json) -> Event:
    return Event(name=name, fields=fields, at=0.0)


def test_the_newest_are_kept_with_their_reason_and_their_time() -> None:
    decisions = Decisions()
    for number in range(MOST_KEPT + 10):
        decisions(decided("child.refused", cause="booked", why=f"{number}"))
    kept = decisions.as_json()
    assert len(kept) == MOST_KEPT
    assert kept[-1] == {
        "at": "1970-01-01T00:00:00.000+00:00",
        "event": "child.refused",
        "cause": "booked",
        "why": str(MOST_KEPT + 9),
    }


def test_what_is_no_decision_is_not_kept_and_no_reason_grows_without_end() -> None:
    decisions = Decisions()
    decisions(decided("job.claimed", row="1"))
    decisions(decided("child.killed", why="x" * 10_000))
    (kept,) = decisions.as_json()
    assert isinstance(kept, dict)
    assert kept["why"] == "x" * LONGEST_TEXT
