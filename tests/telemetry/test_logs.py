"""Lines on stderr: one event, one line, no secret, nothing that a terminal would obey."""

import json
import os
import pty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolmgr.domain.json import Json
from poolmgr.telemetry.events import Event, emit, relay, speak_as, subscribe
from poolmgr.telemetry.logs import LONGEST_LINE_BYTES, LogWriter, Shape, listen_from, shape_of

SECRET = 'pass "word"/é\n=%'
SHAPES: tuple[Shape, ...] = ("journal", "json", "console")
TEXT = st.text(st.characters(), max_size=10)
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
AROUND = st.text('0 "=%&/\n', max_size=10)


def line(shape: Shape, event: str = "child.started", /, **fields: Json) -> str:
    writer = LogWriter(shape=shape, level="debug", secrets=[SECRET, "12345678"])
    return writer.line(Event(name=event, fields=fields, at=0.0)).decode()


def test_each_shape_of_the_same_event() -> None:
    assert line("journal", name="ocr 1", pid=7) == '<6>child.started name="ocr 1" pid=7\n'
    assert json.loads(line("json", name="ocr 1", pid=7)) == {
        "at": "1970-01-01T00:00:00.000Z",
        "level": "info",
        "event": "child.started",
        "name": "ocr 1",
        "pid": 7,
    }
    assert "\x1b[36minfo   \x1b[0m child.started pid=7\n" in line("console", pid=7)
    assert line("journal", "child.failed", error="no").startswith("<3>child.failed ")


@settings(max_examples=40)
@given(name=TEXT, fields=st.dictionaries(TEXT, VALUES, max_size=4))
def test_whatever_an_event_holds_it_is_one_short_line_without_control_characters(
    name: str, fields: dict[str, Json]
) -> None:
    for shape in SHAPES:
        writer = LogWriter(shape=shape, level="debug", secrets=[])
        data = writer.line(Event(name=name, fields=fields, at=0.0))
        text = data.decode()
        assert len(data) <= LONGEST_LINE_BYTES
        assert text.endswith("\n")
        bare = text[:-1]
        for colour in ("\x1b[0m", "\x1b[90m", "\x1b[36m", "\x1b[33m"):
            bare = bare.replace(colour, "") if shape == "console" else bare
        assert not any(ord(one) < 32 or 127 <= ord(one) < 160 or one in "\u2028\u2029\u202e" for one in bare)
        assert shape != "json" or json.loads(text)["level"]


@given(before=AROUND, after=AROUND)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_secret_is_taken_out_wherever_it_stands(shape: Shape, before: str, after: str) -> None:
    spelled = [SECRET, repr(SECRET), json.dumps(SECRET), "pass%20%22word%22%2F%C3%A9%0A%3D%25"]
    for spelling in spelled:
        value = f"{before}{spelling}{after}"
        fields: dict[str, Json] = {"error": value, "nested": {value: [value, {"deep": value}]}}
        text = line(shape, value, **fields)
        assert "word" not in text
    assert "12345678" not in line(shape, number=9_123_456_780, text="x12345678")


def test_a_value_that_is_too_long_keeps_its_head_and_its_tail() -> None:
    text = line("json", traceback="first" + "x" * 10_000 + "last line")
    assert len(text) <= LONGEST_LINE_BYTES
    assert "first" in text
    assert "last line" in text


def test_more_fields_than_fit_are_counted() -> None:
    many: dict[str, Json] = {f"field-{n}": "x" * 100 for n in range(1000)}
    shown = json.loads(line("json", **many))
    assert shown["…"] == 1000 - sum(key.startswith("field-") for key in shown)
    assert json.loads(line("json", values=[*range(1000)] * 100))["values"][-1].endswith(" more")


def test_an_event_below_the_level_is_not_written() -> None:
    with pipe() as (reading, writing):
        writer = LogWriter(shape="json", level="warning", secrets=[], fd=writing)
        writer(Event(name="child.started", fields={}, at=0.0))
        writer(Event(name="child.stuck", fields={}, at=0.0))
        assert os.read(reading, 10_000).count(b"\n") == 1


@contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    try:
        yield reading, writing
    finally:
        os.close(reading)
        os.close(writing)


def test_a_reader_that_hangs_costs_lines_and_never_the_writer_and_the_loss_is_said() -> None:
    with pipe() as (reading, writing):
        writer = LogWriter(shape="json", level="info", secrets=[], fd=writing)
        for number in range(5000):
            writer(Event(name="child.started", fields={"pid": number}, at=0.0))
        assert writer.lost > 0
        lost = writer.lost
        os.read(reading, 1_000_000)
        writer(Event(name="child.ready", fields={}, at=0.0))
        rest = os.read(reading, 1_000_000).decode()
        assert "child.ready" in rest
        said = json.loads(rest.splitlines()[-1])
        assert (said["event"], said["lines"]) == ("log.lost", lost)


def test_a_closed_stderr_is_survived() -> None:
    writer = LogWriter(shape="json", level="info", secrets=[], fd=999)
    writer(Event(name="child.started", fields={}, at=0.0))
    assert writer.lost == 1


def test_the_journal_is_known_by_its_socket_a_terminal_by_being_one() -> None:
    with pipe() as (_, writing):
        found = os.fstat(writing)
        stream = f"{found.st_dev}:{found.st_ino}"
        assert shape_of("auto", {"JOURNAL_STREAM": stream}, writing) == "journal"
        assert shape_of("auto", {"JOURNAL_STREAM": "8:1"}, writing) == "json"
        assert shape_of("json", {"JOURNAL_STREAM": stream}, writing) == "json"
        assert shape_of("auto", {"JOURNAL_STREAM": stream}, 999) == "json"
    controller, terminal = pty.openpty()
    assert shape_of("auto", {}, terminal) == "console"
    os.close(controller)
    os.close(terminal)


def test_a_line_of_a_child_says_whose_it_is_and_lines_of_many_never_mix() -> None:
    with pipe() as (reading, writing):
        pids = [forked(partial(shout, writing, number)) for number in range(4)]
        for pid in pids:
            os.waitpid(pid, 0)
        data = os.read(reading, 1_000_000)
        lines = [json.loads(one) for one in data.splitlines()]
        assert {one["worker"] for one in lines} == {f"worker-{number}" for number in range(4)}


def shout(fd: int, number: int) -> None:
    speak_as(worker=f"worker-{number}")
    subscribe(LogWriter(shape="json", level="info", secrets=[], fd=fd))
    for _ in range(5):
        emit("child.ready", text="x" * 500)


def forked(act: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            act()
        finally:
            os._exit(0)
    return pid


def test_what_a_child_has_logged_itself_is_not_logged_again() -> None:
    with pipe() as (reading, writing):
        end = subscribe(LogWriter(shape="json", level="info", secrets=[], fd=writing))
        relay("job.claimed", row="7f3c")
        emit("child.ready")
        end()
        assert [json.loads(one)["event"] for one in os.read(reading, 10_000).splitlines()] == ["child.ready"]


def test_the_level_can_be_changed_in_a_process_that_runs() -> None:
    with pipe() as (reading, writing):
        end = subscribe(LogWriter(shape="json", level="error", secrets=[], fd=writing))
        emit("child.started")
        listen_from("info")
        emit("child.ready")
        end()
        assert [json.loads(one)["event"] for one in os.read(reading, 10_000).splitlines()] == ["child.ready"]
