"""The work of an OCR child: a document's place in the row -> its bytes -> its text."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import DocumentError, Missing, StoreError
from poolmgr.domain.jobs import Claim, JobKind
from poolmgr.domain.json import JsonObject, items, text
from poolmgr.domain.outcomes import Done
from poolmgr.domain.ports import Documents
from poolmgr.ocr.papers import Papers
from poolmgr.stores.paths import locate
from poolmgr.workers.thread import OneThread

ReadDocument: TypeAlias = Callable[[Papers, JobKind, Callable[[], bool]], JsonObject]
"""A document's papers -> the result of its job; returns soon after its last argument turns true.

Raises DocumentError for what can never be read, NotAvailable when an engine is missing. Runs in a thread.
"""


@dataclass(frozen=True, kw_only=True)
class Read:
    """result: of the job. seconds: without waiting for the turn. took: of a paid model, for people."""

    result: JsonObject
    seconds: float
    took: JsonObject = field(default_factory=dict)


class Reader(Protocol):
    """Reads a document; several may be asked for at a time."""

    async def __call__(self, papers: Papers, claim: Claim) -> Read: ...


def offline_reader(settings: OcrSettings) -> ReadDocument:
    """The registry's own table, else the text layer, else Tesseract on this machine."""
    from poolmgr.ocr import offline
    from poolmgr.ocr import text as texts
    from poolmgr.ocr.index.cover import cover

    def read(papers: Papers, kind: JobKind, stop: Callable[[], bool]) -> JsonObject:
        known = cover(papers, settings)
        try:
            rest = None if known.rest is None else offline.read(known.rest, settings, stop, kind)
            reading = known.joined(rest)
        except DocumentError as error:
            reading = known.alone(error)
        return texts.result(reading, kind, settings)

    return read


class InTurn:
    """`Reader` that reads one document at a time, in the one thread; waiting for the turn is nobody's fault.

    Raises TimeoutError when it took longer than `job_seconds`, Stuck when the thread did not stop then.
    """

    def __init__(self, read: ReadDocument, *, job_seconds: float, stop_seconds: float) -> None:
        self.read = read
        self.job_seconds = job_seconds
        self.turn = asyncio.Lock()
        self.thread = OneThread(stop_seconds)

    async def __call__(self, papers: Papers, claim: Claim) -> Read:
        async with self.turn:
            began = time.monotonic()
            result = await self.thread.run(lambda stop: self.read(papers, claim.kind, stop), self.job_seconds)
            return Read(result=result, seconds=time.monotonic() - began)


class OcrWork:
    """Fetches documents, within `job_seconds` each, while others are read."""

    def __init__(self, reader: Reader, *, job_seconds: float) -> None:
        self.reader = reader
        self.job_seconds = job_seconds

    async def __call__(self, claim: Claim, documents: Documents) -> Done:
        """Raises TimeoutError when the fetching took too long, and what the reader raises."""
        read = await self.reader(await self.fetch(claim, documents), claim)
        return Done(result=read.result, trail=[trail_of(read)])

    async def fetch(self, claim: Claim, documents: Documents) -> Papers:
        place = place_of(claim)
        async with asyncio.timeout(self.job_seconds):
            pdf = await documents.read(place)
            table = await table_beside(place, documents) if claim.kind == "ocr_index" else None
        return Papers(pdf=pdf, table=table)


async def table_beside(place: str, documents: Documents) -> bytes | None:
    """The registry's own page of an index, where it was saved beside the document."""
    try:
        return await documents.read(place.removesuffix(".pdf") + ".html")
    except Missing:
        return None


def trail_of(read: Read) -> JsonObject:
    """What a person asks first of a finished job; `note` and `cut` only where there is something to say."""
    said = {key: read.result[key] for key in ("note", "cut") if read.result.get(key)}
    pages, seconds = len(items(read.result, "pages")), round(read.seconds, 3)
    return {"pages": pages, "seconds": seconds} | said | read.took


def place_of(claim: Claim) -> str:
    """`bucket/object`. Raises DocumentError for a row that names no place a document can have."""
    try:
        return locate(text(claim.job, "supabase_path"), text(claim.job, "document_source"))
    except StoreError as error:
        raise DocumentError(error.sentence, advice=error.advice) from error
