from collections.abc import Iterator

import pytest

from poolmgr.domain.json import JsonObject
from poolmgr.pool.complaints import MOST_OPEN, Complaints
from poolmgr.telemetry.events import Event, subscribe

PROD: JsonObject = {"environment": "prod", "error": "not allowed"}
LIVING = {"one", "two"}


@pytest.fixture
def said() -> Iterator[list[Event]]:
    heard: list[Event] = []
    end = subscribe(heard.append)
    yield heard
    end()


def names(said: list[Event]) -> list[str]:
    return [event.name for event in said]


def test_what_lasts_for_children_alone_is_said_once_whoever_complains(said: list[Event]) -> None:
    complaints = Complaints()
    complaints.hear("one", "claim.unanswered", PROD, now=0)
    complaints.hear("two", "claim.unanswered", PROD, now=5)
    complaints.judge(LIVING, set(), now=9, patience=10)
    assert not said
    for now in (10, 20):
        complaints.judge(LIVING, set(), now=now, patience=10)
    assert [(event.name, event.level, event.fields) for event in said] == [
        ("environment.troubled", "warning", {"environment": "prod", "call": "claim", "error": "not allowed"})
    ]
    assert complaints.sentences("prod") == ["claim: not allowed"]
    assert complaints.sentences("dev") == []


def test_it_is_over_when_the_last_one_has_an_answer_or_is_gone(said: list[Event]) -> None:
    complaints = Complaints()
    for worker in LIVING:
        complaints.hear(worker, "claim.unanswered", PROD, now=0)
    complaints.judge(LIVING, set(), now=10, patience=10)
    complaints.hear("one", "claim.answered", {"environment": "prod", "error": ""}, now=11)
    complaints.judge(LIVING, set(), now=12, patience=10)
    assert names(said) == ["environment.troubled"]
    complaints.judge({"one"}, set(), now=13, patience=10)
    assert names(said) == ["environment.troubled", "environment.untroubled"]
    assert not complaints.open


def test_nothing_is_said_twice_of_an_environment_that_is_down(said: list[Event]) -> None:
    complaints = Complaints()
    complaints.hear("one", "claim.unanswered", PROD, now=0)
    for now in (10, 20, 30):
        complaints.judge(LIVING, {"prod"}, now=now, patience=10)
    complaints.judge(LIVING, set(), now=31, patience=10)
    assert not said, "it may just not have asked again yet"
    complaints.judge(LIVING, set(), now=41, patience=10)
    assert names(said) == ["environment.troubled"]


def test_nonsense_does_not_grow_without_bound(said: list[Event]) -> None:
    complaints = Complaints()
    for number in range(MOST_OPEN + 5):
        complaints.hear("one", "claim.unanswered", {"environment": f"e{number}", "error": {}}, now=0)
        complaints.hear("one", "odd.event", PROD, now=0)
    assert len(complaints.open) == MOST_OPEN
