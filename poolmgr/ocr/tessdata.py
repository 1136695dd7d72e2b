"""Where Tesseract's language data lie."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import NotAvailable

DEBIAN = Path("/usr/share/tesseract-ocr")


def find(settings: OcrSettings, environ: Mapping[str, str] | None = None, debian: Path = DEBIAN) -> Path:
    """The folder that ocr.tessdata_folder names, else $TESSDATA_PREFIX, else Debian's of the highest version.

    Raises NotAvailable with what to install when that folder lacks a language of ocr.language.
    """
    environ = os.environ if environ is None else environ
    if settings.tessdata_folder:
        return complete(Path(settings.tessdata_folder), settings.language, "ocr.tessdata_folder")
    if environ.get("TESSDATA_PREFIX"):
        return complete(Path(environ["TESSDATA_PREFIX"]), settings.language, "$TESSDATA_PREFIX")
    folders = sorted(debian.glob("*/tessdata"), key=version, reverse=True)
    for folder in folders:
        if not lacking(folder, settings.language):
            return folder
    return complete(folders[0] if folders else debian, settings.language, "Debian's folder")


def version(folder: Path) -> tuple[int, ...]:
    """`4.00` and `5` as numbers, so that 10 is higher than 9."""
    return tuple(int(number) for number in re.findall(r"\d+", folder.parent.name))


def lacking(folder: Path, language: str) -> list[str]:
    return [part for part in language.split("+") if not (folder / f"{part}.traineddata").is_file()]


def complete(folder: Path, language: str, source: str) -> Path:
    missing = lacking(folder, language)
    if missing:
        packages = " ".join(f"tesseract-ocr-{part.replace('_', '-')}" for part in missing)
        raise NotAvailable(
            f"Tesseract's data for {', '.join(missing)} are not in {folder} ({source}).",
            advice=f"apt-get install {packages}, or set ocr.tessdata_folder.",
        )
    return folder
