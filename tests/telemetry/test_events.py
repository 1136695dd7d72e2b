"""Named events and who hears them."""

import re
from pathlib import Path

from poolmgr.domain.json import Json
from poolmgr.telemetry import events
from poolmgr.telemetry.events import Event, Tally, emit, subscribe


def event(name: str, **fields: Json) -> Event:
    return Event(name=name, fields=fields, at=0.0)


def test_a_subscriber_hears_until_it_ends_its_subscription() -> None:
    heard: list[Event] = []
    end = subscribe(heard.append)
    emit("child.started", name="ocr-1", pid=7)
    end()
    emit("child.started", name="ocr-2", pid=8)
    assert [(one.name, one.fields) for one in heard] == [("child.started", {"name": "ocr-1", "pid": 7})]


def test_the_level_comes_from_the_table_else_from_what_the_fields_say() -> None:
    assert event("child.failed").level == "error"
    assert event("adoptee.reaped").level == "debug"
    assert event("job.settled", error="the site is down").level == "info"
    assert event("child.exited", crashed=True).level == "warning"
    assert event("child.exited", crashed=False).level == "info"
    assert event("claim.unanswered", error="no answer").level == "debug"
    assert event("something.new").level == "info"
    assert event("something.new", error="disk full").level == "warning"


def test_a_tally_counts_names_and_does_not_grow_without_bound() -> None:
    tally = Tally(most_names=2)
    for name in ("a", "b", "c", "d", "a"):
        tally(event(name))
    assert tally.counts == {"a": 2, "b": 1, "other": 2}


def test_every_event_that_is_emitted_stands_in_the_table() -> None:
    table = events.__doc__ or ""
    package = Path(events.__file__).parents[1]
    code = "\n".join(file.read_text() for file in package.rglob("*.py"))
    emitted = set(re.findall(r"(?:emit|relay|\.event)\(\s*\"([a-z_.]+)\"", code))
    assert len(emitted) > 30
    assert sorted(name for name in emitted if name not in table) == []
