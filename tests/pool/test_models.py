"""What the parent keeps of paid models, and says once."""

from collections.abc import Iterator

import pytest

from poolmgr.domain.json import JsonObject, record, records
from poolmgr.pool.models import Models
from poolmgr.telemetry.events import Event, subscribe


@pytest.fixture
def events() -> Iterator[list[Event]]:
    heard: list[Event] = []
    end = subscribe(heard.append)
    yield heard
    end()


def told(spent: int, **limit: object) -> JsonObject:
    one: JsonObject = {"model": "flash", "requests": 7, "waiting": {"prod": 2}} | dict(limit)  # type: ignore[assignment]
    return {"limits": [one], "spent_micros": spent, "limit_micros": 1_000_000}


def test_where_no_model_is_paid_for_there_is_nothing_to_show() -> None:
    assert Models().as_json() is None


def test_money_that_is_spent_is_said_once_and_once_that_a_new_day_began(events: list[Event]) -> None:
    models = Models()
    for spent in (999_999, 1_000_000, 1_200_000, 0, 0):
        assert models.hear(told(spent))
    assert [(event.name, event.level) for event in events] == [
        ("models.spent", "warning"),
        ("models.free", "info"),
    ]
    assert "quota.cad_a_day is 1" in str(events[0].fields["error"])


def test_what_makes_no_sense_is_shown_as_nothing(events: list[Event]) -> None:
    models = Models()
    models.hear({"limits": [{"model": 5, "requests": "many", "waiting": [1]}, "none"], "limit_micros": 5})
    shown = models.as_json()
    assert shown is not None
    (one,) = records(shown, "limits")
    assert (one["model"], one["requests"], record(one, "waiting")) == ("", 0, {})
