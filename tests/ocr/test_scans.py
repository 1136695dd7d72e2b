import sys

import pymupdf
import pytest

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import NotAvailable
from poolmgr.ocr import scans
from poolmgr.ocr.recognised import Recognised
from tests.ocr import papers


def found(confidence: float, words: int = 10, *, sideways: bool = False) -> Recognised:
    return Recognised(text="", words=words, confidence=confidence, sideways=sideways)


@pytest.mark.parametrize("package", ["tesserocr", "numpy"])
def test_a_missing_package_is_named_with_the_extra_that_brings_it(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    for module in ("poolmgr.ocr.tesseract", "poolmgr.ocr.image"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.delattr("poolmgr.ocr.image", raising=False)
    page = pymupdf.open("pdf", papers.scanned(papers.picture(papers.DEED[:1])))[0]
    with pytest.raises(NotAvailable, match=package) as raised:
        scans.read(page, 1, OcrSettings())
    assert "registre-pool[offline]" in raised.value.advice


def test_a_page_that_makes_sense_is_read_once() -> None:
    tried: list[int] = []

    def recognised(quarters: int) -> Recognised:
        tried.append(quarters)
        return found(0.9)

    assert scans.upright(recognised, found(0.9)) == (0, found(0.9))
    assert tried == []


def test_the_best_of_four_ways_up_is_kept_when_none_makes_sense() -> None:
    ways = {0: found(0.2), 1: found(0.4), 2: found(0.3), 3: found(0.45, sideways=True)}
    assert scans.upright(ways.__getitem__, ways[0]) == (1, ways[1])


def test_doubt_and_size_are_said_in_the_note() -> None:
    page = scans.page_of(3, found(0.55), 0, 31.0, 300.0)
    assert page.note == "a very large page, drawn at 31 dpi, doubtful: confidence 55%"
    assert scans.page_of(3, found(0.0, words=0), 0, 300, 300).note.startswith("no words found")
