"""The engine: a document's bytes -> a reading, several pages and several documents side by side.

PyMuPDF and Tesseract stay in the one thread that `in_thread` gives them; a document is open from its first
page to its last, and one page of it is drawn at a time.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pymupdf

from poolmgr.config.settings import GeminiSettings, OcrSettings
from poolmgr.domain.errors import Declined, DocumentError
from poolmgr.domain.quota import Quota
from poolmgr.ocr import documents, layer, offline, scans
from poolmgr.ocr.completeness import is_whole
from poolmgr.ocr.gemini import acte, answers, drawing, index, prompts, questions, second, uploads
from poolmgr.ocr.gemini.answers import Answers
from poolmgr.ocr.gemini.client import Bill, Client
from poolmgr.ocr.gemini.drawing import Band
from poolmgr.ocr.gemini.flight import MEGABYTE, Flight
from poolmgr.ocr.gemini.opened import InThread, Opened, excerpt
from poolmgr.ocr.gemini.question import Answer, Document
from poolmgr.ocr.reading import Page, Reading
from poolmgr.ocr.rendering import draw
from poolmgr.telemetry.events import emit

T = TypeVar("T")
JPEG = "image/jpeg"
COUNTING_DPI = 150
"""Rows are counted as well as at 300 in a quarter of the time: 0.1 s of CPU a page."""


class Gemini:
    """Made inside a child's event loop, after the fork. owner: who uploads, said in a file's name.
    answers: the folder for those that were paid for.

    `read` raises DocumentError, and all that `Client.ask` raises but Declined: what the model does not read
    is read offline, and is never paid for again.
    """

    def __init__(
        self,
        settings: GeminiSettings,
        ocr: OcrSettings,
        quotas: Mapping[str, Quota],
        in_thread: InThread,
        owner: str,
        answers: Path | None = None,
    ) -> None:
        self.settings = settings
        self.ocr = ocr
        self.client = Client(settings, quotas)
        self.in_thread = in_thread
        self.owner = owner
        self.answers = answers
        self.flight = Flight(settings.flight_megabytes)

    async def read(self, data: bytes, bill: Bill) -> Reading:
        if self.answers:
            bill.answers = Answers(self.answers, data)
        async with self.opened(data, bill) as opened:
            of_kind = self.read_index if bill.asker.kind == "ocr_index" else self.read_acte
            reading = await of_kind(opened)
        if bill.answers:
            await bill.answers.end()
        if not any(page.text for page in reading.pages):
            notes = "; ".join(dict.fromkeys(page.note for page in reading.pages))
            raise DocumentError(
                f"No text was found on any of the {len(reading.pages)} pages ({notes[:300]}).",
                advice="Look at the document: it may be blank, or a photograph.",
            )
        noted = [str(page.number) for page in reading.pages if page.note]
        note = f"see the notes of pages {', '.join(noted)}" if noted else ""
        return replace(reading, note=note, usages=tuple(bill.usages))

    async def sweep(self) -> int:
        """Of dead children: their uploaded files, how many, and answers that nobody will ask for any more."""
        if self.answers:
            await asyncio.to_thread(answers.sweep, self.answers, self.settings.answers_seconds)
        return await uploads.sweep(self.client)

    async def close(self) -> None:
        await self.client.close()

    @asynccontextmanager
    async def opened(self, data: bytes, bill: Bill) -> AsyncIterator[Opened]:
        manager = documents.opened(data, self.ocr)
        document = await self.in_thread(manager.__enter__)
        try:
            yield Opened(document=document, data=data, bill=bill)
        finally:
            await self.in_thread(lambda: manager.__exit__(None, None, None))

    async def read_index(self, opened: Opened) -> Reading:
        gate = asyncio.Semaphore(self.settings.pages_at_once)

        async def one(number: int) -> Page:
            async with gate:
                return await self.read_index_page(opened, number)

        pages = await side_by_side([one(number) for number in opened.pages])
        if not (self.settings.second_call and self.ocr.boost):
            return Reading(pages=tuple(pages))
        return Reading(pages=await second.look_again(pages, self.client, self.settings, opened.bill))

    async def read_index_page(self, opened: Opened, number: int) -> Page:
        """number: from 0. The cheapest truth first: rows from a good text layer, then the picture."""
        printed = await self.in_thread(lambda: self.layer_page(opened, number))
        if printed and not printed.note and printed.index and printed.index.rows and is_whole(printed.index):
            return printed

        async def ask(dpi: float, band: Band, text: str) -> Answer | None:
            return await self.ask_picture(opened, number, dpi, band, text)

        async def count() -> int | None:
            return await self.in_thread(lambda: rows_in(opened.document, number))

        reader = index.PageReader(
            ask,
            count,
            dpi=self.ocr.dpi,
            retry_dpi=self.settings.retry_dpi,
            most=self.settings.max_questions_a_page,
        )
        try:
            found = await reader.read()
        except (Declined, *documents.FAILURES) as why:
            return await self.offline_page(opened, number, why)
        if found.blank:
            return Page(number=number + 1, text="", engine="gemini", note="blank page")
        page = index.finished(found, number + 1)
        if page.note:
            emit("page.doubtful", row=opened.bill.asker.row_id, page=number + 1, error=page.note)
        return Page(
            number=number + 1,
            text=index.text_of(page),
            engine="gemini",
            confidence=index.confidence(found),
            note=page.note,
            model=self.settings.index_model,
            prompt=prompts.INDEX,
            index=page,
        )

    def layer_page(self, opened: Opened, number: int) -> Page | None:
        """The page from its own text; None where that is not good enough, or the page is broken."""
        try:
            _, why = layer.read(opened.document.load_page(number), self.ocr.min_layer_characters_a_page)
            return None if why else self.here(opened, number)
        except documents.FAILURES:
            return None

    def here(self, opened: Opened, number: int) -> Page:
        """The page as this machine reads it, one of an index with its rows."""
        rows = opened.bill.asker.kind == "ocr_index"
        return offline.read_page(opened.document, number, self.ocr, rows=rows)

    async def ask_picture(
        self, opened: Opened, number: int, dpi: float, band: Band, text: str
    ) -> Answer | None:
        def size() -> int:
            return drawing.size_of(opened.document.load_page(number), dpi)

        def draw() -> drawing.Picture:
            page = opened.document.load_page(number)
            documents.refuse_page(page, self.ocr)
            documents.complaints()
            picture = drawing.picture(page, dpi, band)
            documents.forget()
            if not picture.jpeg and (damage := documents.complaints()):
                raise Declined(f"The page is damaged: {damage}")
            return picture

        async with self.flight.room(await self.in_thread(size)):
            picture = await self.in_thread(draw)
            if not picture.jpeg:
                return None
            shown = Document(mime=JPEG, data=picture.jpeg)
            return await self.client.ask(
                questions.of_index(self.settings.index_model, shown, text), opened.bill
            )

    async def offline_page(self, opened: Opened, number: int, why: Exception) -> Page:
        """By this machine, with why. A page that it cannot read either has no text."""
        evidence = " ".join(str(why).split()) or type(why).__name__
        emit("page.offline", row=opened.bill.asker.row_id, page=number + 1, error=evidence)

        def read() -> Page:
            try:
                return self.here(opened, number)
            except documents.FAILURES as failure:
                return Page(number=number + 1, text="", engine="tesseract", note=f"unreadable: {failure}")
            finally:
                documents.forget()

        page = await self.in_thread(read)
        return replace(page, note=", ".join(filter(None, (page.note, f"read offline: {evidence}"))))

    async def read_acte(self, opened: Opened) -> Reading:
        printed = await self.in_thread(lambda: self.layer_pages(opened))
        if printed:
            return Reading(pages=printed)
        most = self.settings.acte_pages_a_call
        parts = [opened.pages[first : first + most] for first in opened.pages[::most]]
        gate = asyncio.Semaphore(self.settings.pages_at_once)

        async def one(pages: Sequence[int]) -> acte.Transcript:
            async with gate:
                return await self.read_part(opened, pages)

        transcripts = await side_by_side([one(pages) for pages in parts])
        blocks = [block for transcript in transcripts for block in transcript.blocks]
        blank = set[int]().union(*(transcript.blank for transcript in transcripts))
        whys = {page: read.why for pages, read in zip(parts, transcripts, strict=True) for page in pages}
        texts = acte.texts(blocks)
        pages = [
            await self.acte_page(opened, number, texts.get(number), number in blank, whys[number])
            for number in opened.pages
        ]
        return Reading(pages=tuple(pages), sections=acte.sections(blocks))

    def layer_pages(self, opened: Opened) -> tuple[Page, ...]:
        """Every page from its own text; none at all when one of them has to be looked at."""
        if not self.settings.acte_text_layer:
            return ()
        found: list[Page] = []
        for number in opened.pages:
            page = self.layer_page(opened, number)
            if page is None:
                return ()
            found.append(page)
        return tuple(found)

    async def read_part(self, opened: Opened, pages: Sequence[int]) -> acte.Transcript:
        async def ask(asked: Sequence[int], text: str) -> Answer:
            return await self.ask_pages(opened, asked, text)

        try:
            return await acte.PartReader(ask, self.settings.max_questions_a_page).read(pages)
        except Declined as why:
            return acte.Transcript(why=str(why))

    async def acte_page(
        self, opened: Opened, number: int, text: str | None, is_blank: bool, why: str
    ) -> Page:
        if text is None and is_blank:
            return Page(number=number + 1, text="", engine="gemini", note="blank page")
        if text is None:
            left_out = Declined(why or "The model left this page out.")
            return await self.offline_page(opened, number, left_out)
        return Page(
            number=number + 1,
            text=text,
            engine="gemini",
            model=self.settings.acte_model,
            prompt=prompts.ACTE,
        )

    async def ask_pages(self, opened: Opened, pages: Sequence[int], text: str) -> Answer:
        try:
            data = await self.in_thread(lambda: excerpt(opened, pages))
        except documents.FAILURES as failure:
            raise Declined(f"A page cannot be taken out of the PDF: {failure}") from failure
        shown = Document(mime=uploads.PDF, data=data)
        is_large = len(data) > self.settings.inline_megabytes * MEGABYTE
        async with self.flight.room(len(data)):
            question = questions.of_acte(self.settings.acte_model, shown, len(pages), text)
            return await self.client.ask(question, opened.bill, self.upload if is_large else None)

    def upload(self, data: bytes) -> AbstractAsyncContextManager[Document]:
        return uploads.uploaded(self.client, data, self.owner)


def rows_in(document: pymupdf.Document, number: int) -> int | None:
    """By the lines of ink in its table; None where it has none, or numpy is not installed."""
    scans.one_thread()
    try:
        from poolmgr.ocr.image import from_samples
        from poolmgr.ocr.index.counting import count_rows

        drawn = draw(document.load_page(number), COUNTING_DPI)
        return count_rows(from_samples(drawn.samples, drawn.width, drawn.height), drawn.dpi)
    except (ModuleNotFoundError, *documents.FAILURES):
        return None
    finally:
        documents.forget()


async def side_by_side(works: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """The values in order. The first error cancels the others, is waited for and raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
