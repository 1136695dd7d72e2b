import json
from pathlib import Path
from uuid import uuid4

from tests.cli.conftest import Verb


def test_a_document_is_stored_and_waits_for_its_reading(verb: Verb, tmp_path: Path) -> None:
    (tmp_path / "acte.pdf").write_bytes(b"%PDF-1.7")
    answer = verb("enqueue", "ocr_acte", "12 345 678", "--file", "acte.pdf", "--json")
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    shown = json.loads(verb("jobs", "show", told["row_id"], "--json").stdout)["job"]
    assert (shown["kind"], shown["state"], shown["number"]) == ("ocr_acte", "waiting", "12 345 678")
    assert (tmp_path / "documents" / shown["path"]).read_bytes() == b"%PDF-1.7"


def test_the_same_id_again_adds_nothing(verb: Verb) -> None:
    row = str(uuid4())
    first = verb("enqueue", "req", "Tremblay et Fils inc.", "--id", row)
    second = verb("enqueue", "req", "Tremblay et Fils inc.", "--id", row)
    assert (first.returncode, second.returncode) == (0, 0)
    assert "waits in dev" in first.stdout
    assert "was there already" in second.stdout
    assert len(json.loads(verb("jobs", "list", "--json").stdout)["jobs"]) == 1


def test_a_job_that_would_buy_the_wrong_document_is_refused_with_the_reason(verb: Verb) -> None:
    answer = verb("enqueue", "land", "2784195", "--source", "index", "--cadastre", "Cadastre du Québec")
    assert answer.returncode == 1
    assert "circonscription_fonciere is empty" in answer.stderr


def test_a_file_that_is_not_there_and_a_kind_that_is_none_are_said(verb: Verb) -> None:
    missing = verb("enqueue", "ocr_acte", "1", "--file", "nowhere.pdf")
    assert (missing.returncode, "nowhere.pdf cannot be read" in missing.stderr) == (1, True)
    unknown = verb("enqueue", "actes", "1")
    assert (unknown.returncode, "'actes' is not a kind of job" in unknown.stderr) == (2, True)
