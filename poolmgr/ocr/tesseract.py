"""Tesseract, in this process. Needs tesserocr (extra `offline`); imported late, by `scans.py` alone."""

import os
from functools import lru_cache
from pathlib import Path

import tesserocr

from poolmgr.domain.errors import NotAvailable
from poolmgr.ocr.image import Grey
from poolmgr.ocr.recognised import Recognised, recognised

LEAST_DPI = 70
"""Below this Tesseract guesses for itself."""


@lru_cache(maxsize=1)
def api(pid: int, folder: Path, language: str) -> tesserocr.PyTessBaseAPI:  # noqa: ARG001
    """One a process (`pid` is part of the key), made on first use: none is shared over a fork."""
    try:
        made = tesserocr.PyTessBaseAPI(path=str(folder), lang=language, psm=tesserocr.PSM.AUTO)
    except RuntimeError as failure:
        raise NotAvailable(
            f"Tesseract cannot use its data for {language} in {folder}: {failure}.",
            advice="Install the language data again: apt-get install --reinstall tesseract-ocr-fra.",
        ) from failure
    made.SetVariable("debug_file", os.devnull)
    return made


def recognise(grey: Grey, dpi: float, folder: Path, language: str, limit_seconds: float) -> Recognised:
    """The words on a page's picture. Raises RuntimeError when `limit_seconds` was not enough."""
    tesseract = api(os.getpid(), folder, language)
    height, width = grey.shape
    tesseract.SetImageBytes(grey.tobytes(), width, height, 1, width)
    try:
        tesseract.SetSourceResolution(max(LEAST_DPI, round(dpi)))
        if not tesseract.Recognize(int(limit_seconds * 1000)):
            raise RuntimeError(f"Tesseract took longer than {limit_seconds:g} s for one page")
        return recognised(tesseract.GetTSVText(0))
    finally:
        tesseract.Clear()


def recognise_line(
    grey: Grey, dpi: float, folder: Path, language: str, limit_seconds: float, letters: str
) -> Recognised:
    """The words of a cut-out that holds one line and a margin. letters: all it can hold, "" = any."""
    tesseract = api(os.getpid(), folder, language)
    tesseract.SetPageSegMode(tesserocr.PSM.SINGLE_LINE)
    tesseract.SetVariable("tessedit_char_whitelist", letters)
    try:
        return recognise(grey, dpi, folder, language, limit_seconds)
    finally:
        tesseract.SetVariable("tessedit_char_whitelist", "")
        tesseract.SetPageSegMode(tesserocr.PSM.AUTO)
