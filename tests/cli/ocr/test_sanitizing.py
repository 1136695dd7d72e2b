import json
from pathlib import Path

import pytest

from poolmgr.cli.main import answer
from tests.pools import command

TEXT = """--- Page 1 ---
Lot: 12
Ligne 1:
Numéro: 770 292
Nature de l'acte: Vente
Qualité: Vendeur
Nom des parties: TREMBLAY, Jean
"""


def test_a_text_on_stdin_becomes_the_products_shape(tmp_path: Path) -> None:
    done = command("ocr", "sanitize", "--json", folder=tmp_path, piped=TEXT)
    (page,) = json.loads(done.stdout)["pages"]
    assert page["metadata"]["lot_number"] == "12"
    assert page["inscriptions"][0]["acte_publication_number"] == "770 292"


def test_a_file_is_shown_as_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "texte.txt").write_text(TEXT)
    assert answer(["ocr", "sanitize", str(tmp_path / "texte.txt")]) == 0
    titles, only = capsys.readouterr().out.splitlines()
    assert titles.split()[:3] == ["page", "row", "date"]
    assert "Vendeur TREMBLAY, Jean" in only


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "octets").write_bytes(b"\xff\xfe\x00")
    assert answer(["ocr", "sanitize", str(tmp_path / "octets")]) == 2
    assert answer(["ocr", "sanitize", str(tmp_path / "nowhere")]) == 2
