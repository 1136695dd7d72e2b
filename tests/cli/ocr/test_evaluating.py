from pathlib import Path

import orjson
import pytest

from poolmgr.cli.main import answer
from poolmgr.domain.errors import PoolError


def test_a_saved_set_is_measured_from_its_folder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert answer(["ocr", "eval", "--save", str(tmp_path), "--only", "radiation text_layer"]) == 0
    assert "1 documents" in capfd.readouterr().out
    assert answer(["ocr", "eval", str(tmp_path), "--json"]) == 0
    groups = orjson.loads(capfd.readouterr().out)["groups"]
    assert groups["ocr_index"]["field_f1"] == 1.0
    assert groups["ocr_index"]["hidden_rows_noticed"] == 1.0


def test_a_pdf_without_its_truth_is_named(tmp_path: Path) -> None:
    (tmp_path / "acte.pdf").write_bytes(b"%PDF-1.7")
    with pytest.raises(PoolError, match=r"acte\.json is missing"):
        answer(["ocr", "eval", str(tmp_path)])


def test_nothing_to_measure_is_an_error() -> None:
    with pytest.raises(PoolError, match="No document was found"):
        answer(["ocr", "eval", "--only", "no such group"])
