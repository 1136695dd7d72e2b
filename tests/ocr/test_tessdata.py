from pathlib import Path

import pytest

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import NotAvailable
from poolmgr.ocr.tessdata import find


def folder(path: Path, *languages: str) -> Path:
    path.mkdir(parents=True)
    for language in languages:
        (path / f"{language}.traineddata").touch()
    return path


def test_the_setting_comes_first_then_the_variable_then_debian(tmp_path: Path) -> None:
    said, variable = folder(tmp_path / "said", "fra"), folder(tmp_path / "variable", "fra")
    debian = folder(tmp_path / "debian" / "5" / "tessdata", "fra").parent.parent
    environ = {"TESSDATA_PREFIX": str(variable)}
    assert find(OcrSettings(tessdata_folder=str(said)), environ, debian) == said
    assert find(OcrSettings(), environ, debian) == variable
    assert find(OcrSettings(), {}, debian) == debian / "5" / "tessdata"


def test_debians_highest_version_wins_by_number(tmp_path: Path) -> None:
    for version in ("4.00", "5", "10"):
        folder(tmp_path / version / "tessdata", "fra")
    assert find(OcrSettings(), {}, tmp_path) == tmp_path / "10" / "tessdata"


def test_a_debian_folder_without_the_language_is_passed_over(tmp_path: Path) -> None:
    folder(tmp_path / "5" / "tessdata", "eng")
    folder(tmp_path / "4.00" / "tessdata", "fra")
    assert find(OcrSettings(), {}, tmp_path) == tmp_path / "4.00" / "tessdata"


def test_a_missing_language_names_the_package_to_install(tmp_path: Path) -> None:
    folder(tmp_path / "5" / "tessdata", "fra")
    with pytest.raises(NotAvailable) as raised:
        find(OcrSettings(language="fra+eng"), {}, tmp_path)
    assert "eng" in raised.value.sentence
    assert "apt-get install tesseract-ocr-eng" in raised.value.advice


def test_a_folder_that_was_named_is_not_replaced_in_silence(tmp_path: Path) -> None:
    folder(tmp_path / "5" / "tessdata", "fra")
    with pytest.raises(NotAvailable, match=r"ocr\.tessdata_folder"):
        find(OcrSettings(tessdata_folder=str(tmp_path / "empty")), {}, tmp_path)
    with pytest.raises(NotAvailable, match="TESSDATA_PREFIX"):
        find(OcrSettings(), {"TESSDATA_PREFIX": str(tmp_path / "empty")}, tmp_path)
