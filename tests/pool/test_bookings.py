import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from poolmgr.pool.bookings import Bookings, folder_for
from poolmgr.pool.capacity import NOTHING, Size
from poolmgr.telemetry.events import Event, subscribe

OTHER_POOL = """
import sys
from pathlib import Path
from poolmgr.pool.bookings import Bookings
from poolmgr.pool.capacity import Size
bookings = Bookings(Path(sys.argv[1]))
with bookings.exclusively() as alone:
    bookings.tell(Size(cpu=3, ram=1.5))
    if len(sys.argv) > 2:
        print("holds", flush=True)
        sys.stdin.read()
print("booked", flush=True)
sys.stdin.read()
"""


def seen(bookings: Bookings) -> Size:
    with bookings.exclusively() as alone:
        assert alone
        return bookings.others


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[Bookings]:
    bookings = Bookings(tmp_path / "bookings")
    yield bookings
    bookings.close()


def other_pool(folder: Path, *more: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER_POOL, str(folder / "bookings"), *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


def end(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_what_another_pool_booked_is_seen_until_it_is_killed(tmp_path: Path, mine: Bookings) -> None:
    other = other_pool(tmp_path)
    try:
        assert seen(mine) == Size(cpu=3, ram=1.5)
    finally:
        end(other)
    assert seen(mine) == NOTHING
    assert list((tmp_path / "bookings").glob("*.booking")) == [mine.path], "what the dead left is removed"


def test_while_another_pool_books_nobody_waits_for_it(tmp_path: Path, mine: Bookings) -> None:
    other = other_pool(tmp_path, "hold")
    try:
        with mine.exclusively() as alone:
            assert not alone
    finally:
        end(other)
    with mine.exclusively() as alone:
        assert alone


def test_a_pool_tells_what_it_has_now_and_takes_it_back_at_its_end(tmp_path: Path, mine: Bookings) -> None:
    other = Bookings(tmp_path / "bookings")
    other.tell(Size(cpu=10.25, ram=4))
    other.tell(Size(cpu=1, ram=1))
    assert seen(mine) == Size(cpu=1, ram=1)
    other.close()
    assert seen(mine) == NOTHING


@pytest.mark.parametrize("nonsense", [b"", b"{", b"[]", b'{"cpu": "many", "ram_gb": -4}', b"\0" * 100])
def test_what_makes_no_sense_counts_as_nothing(tmp_path: Path, mine: Bookings, nonsense: bytes) -> None:
    other = Bookings(tmp_path / "bookings")
    os.pwrite(other.fd, nonsense, 0)
    assert seen(mine) == NOTHING
    other.close()


def test_pools_of_every_user_meet_in_one_folder_in_which_each_removes_only_its_own(
    tmp_path: Path, mine: Bookings
) -> None:
    folder = mine.path.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o1777
    assert stat.S_IMODE((folder / "lock").stat().st_mode) == 0o666
    assert folder_for("") == folder_for("")


def test_without_a_folder_the_pool_reckons_alone_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    heard: list[Event] = []
    silence = subscribe(heard.append)
    bookings = Bookings(tmp_path / "file" / "bookings")
    silence()
    assert [event.name for event in heard] == ["bookings.alone"]
    with bookings.exclusively() as alone:
        assert alone
    bookings.tell(Size(cpu=1, ram=1))
    assert bookings.others == NOTHING
    bookings.close()


def test_a_link_that_somebody_laid_into_the_folder_is_not_followed(tmp_path: Path, mine: Bookings) -> None:
    (tmp_path / "secret").write_text('{"cpu": 99, "ram_gb": 99}')
    (mine.path.parent / "1-a.booking").symlink_to(tmp_path / "secret")
    assert seen(mine) == NOTHING
    assert (tmp_path / "secret").exists()
