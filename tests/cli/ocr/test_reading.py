import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from poolmgr.cli.main import answer
from poolmgr.domain.errors import DocumentError
from tests.gemini.process import LoopbackGemini
from tests.gemini.service import KEY
from tests.ocr import papers

TITLES = (
    "Date de présentation", "Numéro d'inscription", "Nature de l'acte", "Qualité",
    "Nom des parties", "Remarques", "Avis d'adresse", "Radiations",
)  # fmt: skip
CELLS = ("1986-02-03", "770 292", "Servitude", "", "HQ", "", "", "")
HEAD = "".join(f"<th>{one}</th>" for one in TITLES)
BODY = "".join(f"<td>{one}</td>" for one in CELLS)
TABLE = f"<table><tr>{HEAD}</tr><tr>{BODY}</tr></table>"


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
    done = ocr("--json", str(deed))
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


def test_a_mode_gives_the_texts_of_a_job_and_says_each_correction(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "index.html"
    file.write_text(TABLE, "iso-8859-1")
    assert answer(["ocr", str(file), "--mode", "index", "--corrected"]) == 0
    shown = capsys.readouterr()
    assert "Nom des parties: Hydro-Québec\n" in shown.out
    assert "page 1 row 1: « HQ » -> « Hydro-Québec » (rule 52)" in shown.err
    assert answer(["ocr", str(file), "--mode", "index", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "Nom des parties: HQ\n" in told["file_content"]
    assert told["boosted_file_content"] == shown.out.removesuffix("\n")
    (page,) = told["pages"]
    assert (page["engine"], page["kind"], page["text"]) == ("table", "ocr_index", told["file_content"][15:])


@pytest.mark.parametrize("words", [("--mode", "plan"), ("--corrected",)])
def test_words_that_say_nothing_are_refused(deed: Path, words: tuple[str, ...]) -> None:
    assert answer(["ocr", str(deed), *words]) == 2


def test_a_page_without_the_table_is_refused_with_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<p>Just a moment</p>")
    with pytest.raises(DocumentError, match="no table of registrations"):
        answer(["ocr", str(file)])


def test_a_document_is_read_with_gemini_where_it_is_asked_for_and_its_cost_is_said(
    tmp_path: Path, gemini: LoopbackGemini
) -> None:
    file = tmp_path / "acte.pdf"
    file.write_bytes(papers.printed(papers.DEED))
    config = tmp_path / "config.toml"
    config.write_text(
        f'[pool]\ndata_folder = "{tmp_path}"\n[gemini]\nbase_url = "{gemini.url}"\nacte_text_layer = false\n'
    )
    config.chmod(0o600)
    done = subprocess.run(
        [sys.executable, "-m", "poolmgr", "--config", str(config), "ocr", "--engine", "gemini", str(file)],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        env=os.environ | {"GEMINI_API_KEY": KEY},
    )
    assert done.returncode == 0, done.stderr
    assert "Maître Hélène Côté" in done.stdout
    assert "calls of Gemini" in done.stderr
    assert "CAD" in done.stderr
    assert KEY not in done.stdout + done.stderr


def test_an_engine_that_is_none_is_a_usage_error(deed: Path) -> None:
    done = ocr("--engine", "copyist", str(deed))
    assert done.returncode == 2
    assert "auto, gemini, offline" in done.stderr
