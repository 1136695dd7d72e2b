"""Entries of the journal, over a real datagram socket and read by a parser of the tests' own."""

import json
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolmgr.domain.json import Json
from poolmgr.telemetry.events import Event
from poolmgr.telemetry.journal import LONGEST_ENTRY_BYTES, Journal
from poolmgr.telemetry.logs import LogWriter
from tests.journald import Journald, journald, parsed

JOB: dict[str, Json] = {
    "worker": "worker-host-1",
    "environment": "prod",
    "kind": "ocr_index",
    "row": "7f3c",
    "attempt": 2,
    "outcome": "retry",
    "seconds": 1.25,
    "error": "the site is down",
}


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Journald]:
    with journald(tmp_path / "socket") as journal:
        yield journal


@pytest.fixture
def stderr() -> Iterator[int]:
    """A descriptor to write lines to; `lines` reads what came."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    NEXT_TO[writing] = reading
    yield writing
    del NEXT_TO[writing]
    os.close(reading)
    os.close(writing)


NEXT_TO: dict[int, int] = {}


def lines(writing: int) -> list[str]:
    try:
        return os.read(NEXT_TO[writing], 1_000_000).decode().splitlines()
    except BlockingIOError:
        return []


def writer(address: Path, fd: int) -> LogWriter:
    return LogWriter(
        shape="journal", level="debug", secrets=["open-sesame"], journal=Journal(str(address)), fd=fd
    )


def event(name: str = "job.settled", /, **fields: Json) -> Event:
    return Event(name=name, fields=fields, at=0.0)


def test_each_field_of_an_event_can_be_searched(tmp_path: Path, heard: Journald, stderr: int) -> None:
    writer(tmp_path / "socket", stderr)(event(**JOB))
    (entry,) = heard.entries(POOL_JOB="7f3c")
    assert entry == {
        "MESSAGE": "job.settled worker=worker-host-1 environment=prod kind=ocr_index row=7f3c attempt=2 "
        'outcome=retry seconds=1.25 error="the site is down"',
        "PRIORITY": "6",
        "SYSLOG_IDENTIFIER": "registre-pool",
        "POOL_EVENT": "job.settled",
        "POOL_WORKER": "worker-host-1",
        "POOL_ENV": "prod",
        "POOL_KIND": "ocr_index",
        "POOL_JOB": "7f3c",
        "POOL_ATTEMPT": "2",
        "POOL_OUTCOME": "retry",
        "POOL_DURATION_MS": "1250",
        "POOL_ERROR": "the site is down",
    }
    assert lines(stderr) == []


def test_a_value_of_many_lines_comes_whole_and_without_secrets(
    tmp_path: Path, heard: Journald, stderr: int
) -> None:
    traceback = "Traceback:\n  line=1\n\nopen-sesame\nMESSAGE=forged\nPRIORITY=0\n"
    writer(tmp_path / "socket", stderr)(event("child.failed", error="no", traceback=traceback))
    (entry,) = heard.entries(POOL_EVENT="child.failed", PRIORITY="3")
    assert entry["POOL_TRACEBACK"] == traceback.replace("open-sesame", "***")
    assert "\n" not in entry["MESSAGE"]
    assert not any("open-sesame" in value for value in entry.values())


@settings(max_examples=60)
@given(fields=st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.integers(), max_size=5))
def test_whatever_an_event_holds_journald_can_read_it(fields: dict[str, Json]) -> None:
    one = event("odd\nname=1", **fields)
    log = LogWriter(shape="journal", level="debug", secrets=[])
    entry = parsed(log.entry(one, log.line(one)))
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]{0,63}", name) for name in entry)
    assert (entry["PRIORITY"], entry["SYSLOG_IDENTIFIER"]) in (("6", "registre-pool"), ("4", "registre-pool"))


def test_an_entry_without_room_for_all_is_cut_and_still_an_entry(
    tmp_path: Path, heard: Journald, stderr: int
) -> None:
    many: dict[str, Json] = {f"part_{number}": "x" * 19_000 for number in range(30)}
    writer(tmp_path / "socket", stderr)(event(**JOB, **many))
    (entry,) = heard.entries(POOL_JOB="7f3c")
    assert len(heard.raw[0]) <= LONGEST_ENTRY_BYTES
    assert entry["POOL_PART_29"].startswith("x")


def test_what_is_too_much_for_a_datagram_is_a_line_with_its_priority(
    tmp_path: Path, heard: Journald, stderr: int
) -> None:
    endless: dict[str, Json] = {f"part_{number}": ["x" * 1900] * 10 for number in range(30)}
    writer(tmp_path / "socket", stderr)(event(**JOB, **endless))
    assert heard.entries() == []
    assert lines(stderr)[0].startswith("<6>job.settled ")


def test_without_journald_each_event_is_a_line_with_its_priority(tmp_path: Path, stderr: int) -> None:
    writer(tmp_path / "nowhere", stderr)(event("child.failed", error="no"))
    writer(Path("x" * 200), stderr)(event("child.stuck"))
    assert lines(stderr) == ["<3>child.failed error=no", "<4>child.stuck"]


def test_a_journald_that_hangs_costs_lines_on_stderr_and_never_the_writer(
    tmp_path: Path, heard: Journald, stderr: int
) -> None:
    log = writer(tmp_path / "socket", stderr)
    for number in range(3000):
        log(event("child.started", pid=number))
    said = lines(stderr)
    assert said
    assert said[0].startswith("<6>child.started pid=")
    taken = len(heard.entries())
    assert taken + len(said) + log.lost == 3000
    log(event("child.ready"))
    assert len(heard.entries(POOL_EVENT="child.ready")) == 1


def test_only_the_shape_journal_goes_to_the_journal(tmp_path: Path, heard: Journald, stderr: int) -> None:
    log = LogWriter(
        shape="json", level="debug", secrets=[], journal=Journal(str(tmp_path / "socket")), fd=stderr
    )
    log(event(**JOB))
    assert heard.entries() == []
    assert json.loads(lines(stderr)[0])["row"] == "7f3c"


def test_a_stream_socket_in_its_place_is_no_journald(tmp_path: Path, stderr: int) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        other.bind(str(tmp_path / "socket"))
        other.listen()
        writer(tmp_path / "socket", stderr)(event("child.ready"))
        assert lines(stderr) == ["<6>child.ready"]
