import asyncio
import errno
import os
import stat
from pathlib import Path

import pytest

from poolmgr.domain.errors import Missing, StoreError, StoreUnreachable
from poolmgr.stores.files import FolderDocuments


def write(folder: Path, path: str, data: bytes) -> None:
    asyncio.run(FolderDocuments(folder).write(path, data))


def read(folder: Path, path: str) -> bytes:
    return asyncio.run(FolderDocuments(folder).read(path))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write(tmp_path / "new" / "documents", "index/d/a.pdf", b"%PDF")
    assert read(tmp_path / "new" / "documents", "index/d/a.pdf") == b"%PDF"


def test_writing_again_replaces(tmp_path: Path) -> None:
    write(tmp_path, "index/a.pdf", b"one")
    write(tmp_path, "index/a.pdf", b"two")
    assert read(tmp_path, "index/a.pdf") == b"two"
    assert [file.name for file in (tmp_path / "index").iterdir()] == ["a.pdf"]


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    write(tmp_path / "documents", "index/d/a.pdf", b"x")
    modes = {
        place: stat.S_IMODE((tmp_path / place).stat().st_mode)
        for place in ("documents", "documents/index", "documents/index/d", "documents/index/d/a.pdf")
    }
    assert modes == {
        "documents": 0o700,
        "documents/index": 0o700,
        "documents/index/d": 0o700,
        "documents/index/d/a.pdf": 0o600,
    }


@pytest.mark.parametrize("path", ["index/none.pdf", "none/a.pdf", "index/d"])
def test_what_is_not_there_is_missing(tmp_path: Path, path: str) -> None:
    write(tmp_path, "index/d/a.pdf", b"x")
    with pytest.raises(Missing):
        read(tmp_path, path)


@pytest.mark.parametrize(
    "path",
    [
        "../a.pdf",
        "index/../../a.pdf",
        "/etc/passwd",
        "index//etc/passwd",
        "index/a\0b.pdf",
        "a.pdf",
        "",
        "index/",
        "index/.",
        "index/" + "é" * 128,
        "index/\udcff.pdf",
    ],
)
def test_a_hostile_path_is_refused_and_writes_nothing(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "documents"
    with pytest.raises(StoreError):
        write(folder, path, b"x")
    with pytest.raises(StoreError):
        read(folder, path)
    assert list(tmp_path.rglob("*")) == []


def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_bytes(b"secret")
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "index").symlink_to(tmp_path / "outside")
    with pytest.raises(StoreError, match="leads out"):
        read(folder, "index/secret")
    with pytest.raises(StoreError, match="leads out"):
        write(folder, "index/new.pdf", b"x")


def test_a_folder_that_is_itself_a_link_is_fine(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "documents").symlink_to(tmp_path / "disk")
    write(tmp_path / "documents", "index/a.pdf", b"x")
    assert (tmp_path / "disk" / "index" / "a.pdf").read_bytes() == b"x"


def test_a_file_where_a_folder_must_be_is_a_store_error(tmp_path: Path) -> None:
    write(tmp_path, "index/a.pdf", b"x")
    with pytest.raises(StoreError, match=r"index/a\.pdf/b\.pdf"):
        write(tmp_path, "index/a.pdf/b.pdf", b"x")
    with pytest.raises(StoreError):
        read(tmp_path, "index/a.pdf/b.pdf")


def test_a_full_disk_is_said_and_keeps_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "index/a.pdf", b"old")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreUnreachable, match=r"writing index/a\.pdf \(3 bytes\).*No space left"):
        write(tmp_path, "index/a.pdf", b"new")
    assert read(tmp_path, "index/a.pdf") == b"old"
    assert [file.name for file in (tmp_path / "index").iterdir()] == ["a.pdf"]
