import os
from pathlib import Path

import numpy as np
import pytest

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import NotAvailable
from poolmgr.ocr.image import Grey
from poolmgr.ocr.tessdata import find
from poolmgr.ocr.tesseract import api, recognise
from tests.ocr import papers

FOLDER = find(OcrSettings())


def page() -> Grey:
    return np.asarray(papers.picture(papers.DEED, dpi=200), dtype=np.uint8)


def test_one_api_serves_a_process_and_none_is_shared_over_a_fork() -> None:
    assert "notaire" in recognise(page(), 200, FOLDER, "fra", 60).text
    assert api(os.getpid(), FOLDER, "fra") is api(os.getpid(), FOLDER, "fra")
    child = os.fork()
    if not child:
        found = recognise(page(), 200, FOLDER, "fra", 60)
        os._exit(0 if "notaire" in found.text and api.cache_info().misses == 2 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_page_that_takes_longer_than_its_limit_is_given_up_and_the_next_is_read() -> None:
    with pytest.raises(RuntimeError, match="took longer"):
        recognise(page(), 200, FOLDER, "fra", 0.001)
    assert "notaire" in recognise(page(), 200, FOLDER, "fra", 60).text


def test_broken_language_data_are_named(tmp_path: Path) -> None:
    (tmp_path / "fra.traineddata").write_bytes(b"nonsense")
    with pytest.raises(NotAvailable, match="cannot use its data for fra"):
        recognise(page(), 200, tmp_path, "fra", 60)
