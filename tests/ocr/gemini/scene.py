"""The engine in front of the loopback Gemini, and small documents that Tesseract reads in a moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import pymupdf
from PIL import Image

from poolmgr.config.settings import GeminiSettings, OcrSettings
from poolmgr.domain.jobs import EnvironmentName, JobKind
from poolmgr.domain.quota import Asker, Grant, Refusal, Usage
from poolmgr.ocr.gemini.client import Bill
from poolmgr.ocr.gemini.engine import Gemini
from poolmgr.ocr.reading import Reading

T = TypeVar("T")
DPI = 150
OCR = OcrSettings(dpi=DPI)
PROD = EnvironmentName("prod")
ROWS = (
    ("1987-03-12", "234567", "Vente", "Tremblay, Jean", "Gagnon, Luc"),
    ("1989-11-02", "251340", "Hypothèque", "Gagnon, Luc", "Banque Nationale"),
    ("1991-06-21", "268811", "Servitude", "Gagnon, Luc", "Bell Canada"),
    ("1994-01-30", "290412", "Quittance", "Banque Nationale", "Gagnon, Luc"),
    ("1998-09-14", "325007", "Vente", "Gagnon, Luc", "Roy, Marie"),
    ("2003-04-08", "377123", "Donation", "Roy, Marie", "Roy, Paul"),
)
TITLES = ("Date", "Numéro", "Nature", "Parties", "Remarques")
NUMBERS = [row[1] for row in ROWS]
COLUMNS = (30, 120, 200, 300, 430)


def picture_of(rows: Sequence[Sequence[str]], *, ruled: bool = False) -> Image.Image:
    """ruled: with the lines of a table."""
    document = pymupdf.open()
    page = document.new_page(width=580, height=40 + 30 * len(rows))
    if ruled:
        rule(page, len(rows))
    for place, row in enumerate(rows):
        for left, cell in zip(COLUMNS, row, strict=True):
            page.insert_text((left, 40 + 30 * place), cell, fontsize=12)
    pixels = page.get_pixmap(dpi=DPI, colorspace=pymupdf.csGRAY, alpha=False)
    return Image.frombytes("L", (pixels.width, pixels.height), pixels.samples)


def rule(page: pymupdf.Page, rows: int) -> None:
    edges = [left - 6 for left in (*COLUMNS, 570)]
    for place in range(rows + 1):
        page.draw_line((edges[0], 20 + 30 * place), (edges[-1], 20 + 30 * place), width=0.7)
    for edge in edges:
        page.draw_line((edge, 20), (edge, 20 + 30 * rows), width=0.7)


def scanned(*pictures: Image.Image) -> bytes:
    document = pymupdf.open()
    for picture in pictures:
        file = BytesIO()
        picture.save(file, "PNG")
        page = document.new_page(width=picture.width * 72 / DPI, height=picture.height * 72 / DPI)
        page.insert_image(page.rect, stream=file.getvalue())
    return bytes(document.tobytes(deflate=True))


def index_of(*pages: Sequence[Sequence[str]]) -> bytes:
    return scanned(*map(picture_of, pages))


def deed_of(*pages: Sequence[str], as_picture: bool = True) -> bytes:
    """Each page has paragraphs of one line."""
    document = pymupdf.open()
    for lines in pages:
        page = document.new_page(width=580, height=60 + 30 * len(lines))
        for place, line in enumerate(lines):
            page.insert_text((30, 40 + 30 * place), line, fontsize=12)
    if not as_picture:
        return bytes(document.tobytes())
    pixels = [page.get_pixmap(dpi=DPI, colorspace=pymupdf.csGRAY, alpha=False) for page in document]
    return scanned(*(Image.frombytes("L", (one.width, one.height), one.samples) for one in pixels))


@dataclass
class QuotaInMemory:
    """Gives every turn at once, and keeps what it was told."""

    reserved: list[Grant] = field(default_factory=list)
    settled: list[tuple[Grant, Usage | None]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    async def reserve(self, asker: Asker, tokens: int) -> Grant:
        grant = Grant(id=str(len(self.reserved)), asker=asker, tokens=tokens)
        self.reserved.append(grant)
        return grant

    async def settle(self, grant: Grant, usage: Usage | None) -> None:
        self.settled.append((grant, usage))

    async def refused(self, refusal: Refusal) -> None:
        self.refusals.append(refusal)

    async def close(self) -> None: ...


class OneThread:
    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(max_workers=1)

    def __call__(self, work: Callable[[], T]) -> Awaitable[T]:
        return asyncio.wrap_future(self.pool.submit(work))


@dataclass
class Scene:
    engine: Gemini
    quota: QuotaInMemory

    async def read(self, data: bytes, kind: JobKind = "ocr_index") -> Reading:
        return await self.engine.read(data, Bill(asker=Asker(environment=PROD, kind=kind)))


@asynccontextmanager
async def scene(
    settings: GeminiSettings, ocr: OcrSettings = OCR, answers: Path | None = None
) -> AsyncIterator[Scene]:
    """At the end every turn that was given must be settled, once."""
    quota, thread = QuotaInMemory(), OneThread()
    quotas = dict.fromkeys((settings.index_model, settings.acte_model), quota)
    engine = Gemini(settings, ocr, quotas, thread, "tests", answers)
    try:
        yield Scene(engine, quota)
    finally:
        await engine.close()
        thread.pool.shutdown()
    assert sorted(grant.id for grant, _ in quota.settled) == sorted(grant.id for grant in quota.reserved)


def numbers(reading: Reading) -> list[list[str]]:
    return [[row.number for row in page.index.rows] if page.index else [] for page in reading.pages]
