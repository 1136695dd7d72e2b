from pathlib import Path

import pytest

from poolmgr.pool import figures


@pytest.mark.parametrize("content", [None, b"", b"{", b"[1]", b"\xff", b"[" * 100_000])
def test_a_file_that_is_missing_or_makes_no_sense_means_nothing_was_measured(
    tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        figures.path_in(tmp_path).write_bytes(content)
    assert figures.load(tmp_path) == {}
