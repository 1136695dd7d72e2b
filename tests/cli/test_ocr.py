import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ocr import papers


def ocr(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "poolmgr", "ocr", *words],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.fixture
def deed(tmp_path: Path) -> Path:
    file = tmp_path / "acte.pdf"
    file.write_bytes(papers.printed(papers.DEED, []))
    return file


def test_text_goes_to_stdout_and_notes_to_stderr(deed: Path) -> None:
    done = ocr(str(deed))
    assert done.returncode == 0
    assert done.stdout.startswith("--- Page 1 ---\nDevant Maître Hélène Côté")
    assert done.stderr == "page 1: text_layer\npage 2: text_layer, blank page\n"


def test_json_is_one_object_and_nothing_else(deed: Path) -> None:
    done = ocr(str(deed), "--json")
    found = json.loads(done.stdout)
    assert found["schema"] == 1
    assert [page["page"] for page in found["pages"]] == [1, 2]
    assert done.stderr == ""


def test_a_document_that_cannot_be_read_is_a_sentence_and_an_exit_code(tmp_path: Path) -> None:
    file = tmp_path / "empty.pdf"
    file.touch()
    done = ocr(str(file))
    assert done.returncode == 1
    assert done.stderr == "The file has zero bytes.\n  Download the document again.\n"
    assert done.stdout == ""
