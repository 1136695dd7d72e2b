import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from poolmgr.cli.acceptance import NotAccepted, as_owner_of, content
from poolmgr.domain.errors import NotAvailable

NOBODY = 65_534


def test_what_is_written_for_a_pool_belongs_to_the_owner_of_its_folder() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        with as_owner_of(folder):
            (folder / "42.pdf").touch()
        owner, now = folder.stat(), (os.geteuid(), os.getegid())
        written = (folder / "42.pdf").stat()
        assert (written.st_uid, written.st_gid) == (owner.st_uid, owner.st_gid)
        assert now == (os.getuid(), os.getgid())


def test_a_host_without_the_pools_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotAvailable, match="cannot be used: No such file"), as_owner_of(tmp_path / "none"):
        raise AssertionError


def test_a_file_beyond_the_limit_or_out_of_reach_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "acte.pdf"
    file.write_bytes(b"12345")
    assert content(file, 5) == b"12345"
    with pytest.raises(NotAccepted, match=r"larger than registre\.max_file_megabytes"):
        content(file, 4)
    with pytest.raises(NotAccepted, match="cannot be read: No such file"):
        content(tmp_path / "none.pdf", 5)
