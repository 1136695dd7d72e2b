import subprocess
from pathlib import Path

from tests.chaos.disks import Disk
from tests.waiting import until


def test_who_opens_a_file_of_a_disk_that_hangs_stands_still_until_it_answers(tmp_path: Path) -> None:
    document = tmp_path / "index" / "1.pdf"
    document.parent.mkdir()
    document.write_bytes(b"text")
    with Disk(tmp_path) as disk:
        assert not disk.held_up()
        reader = subprocess.Popen(["cat", document], stdout=subprocess.PIPE)
        until(disk.held_up, 5, "a reader that waits")
        assert reader.poll() is None
    said, _ = reader.communicate(timeout=5)
    assert (said, reader.returncode) == (b"text", 0)


def test_a_file_that_somebody_reads_just_now_is_let_be(tmp_path: Path) -> None:
    document = tmp_path / "1.pdf"
    document.write_bytes(b"text")
    with document.open("rb"), Disk(tmp_path) as disk:
        assert disk.held == []
