"""The work of an OCR child: a document's place in the row -> its bytes -> its text."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import DocumentError, StoreError
from poolmgr.domain.jobs import Claim, JobKind
from poolmgr.domain.json import JsonObject, items, text
from poolmgr.domain.outcomes import Done
from poolmgr.domain.ports import Documents
from poolmgr.stores.paths import locate
from poolmgr.workers.verdicts import Stuck

ReadDocument: TypeAlias = Callable[[bytes, JobKind, Callable[[], bool]], JsonObject]
"""A document's bytes -> the result of its job; returns soon after its last argument turns true.

Raises DocumentError for what can never be read, NotAvailable when an engine is missing. Runs in a thread.
"""


def offline_reader(settings: OcrSettings) -> ReadDocument:
    """Text layer, else Tesseract on this machine."""
    from poolmgr.ocr import offline
    from poolmgr.ocr import text as texts

    def read(data: bytes, kind: JobKind, stop: Callable[[], bool]) -> JsonObject:
        return texts.result(offline.read(data, settings, stop, kind), kind, settings)

    return read


class OcrWork:
    """Reads one document at a time, in one thread (PyMuPDF takes no two), while others are fetched.

    `job_seconds` bounds the fetching and the reading, each; waiting for the turn is nobody's fault.
    """

    def __init__(self, read: ReadDocument, *, job_seconds: float, stop_seconds: float) -> None:
        self.read = read
        self.job_seconds = job_seconds
        self.stop_seconds = stop_seconds
        self.turn = asyncio.Lock()
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ocr")

    async def __call__(self, claim: Claim, documents: Documents) -> Done:
        """Raises TimeoutError when it took too long, Stuck when the thread did not stop then."""
        data = await self.fetch(claim, documents)
        async with self.turn:
            began = time.monotonic()
            result = await self.read_in_thread(data, claim.kind)
            seconds = round(time.monotonic() - began, 3)
        return Done(result=result, trail=[trail_of(result, seconds)])

    async def fetch(self, claim: Claim, documents: Documents) -> bytes:
        async with asyncio.timeout(self.job_seconds):
            return await documents.read(place_of(claim))

    async def read_in_thread(self, data: bytes, kind: JobKind) -> JsonObject:
        told = threading.Event()
        submitted = self.thread.submit(self.read, data, kind, told.is_set)
        reading = asyncio.wrap_future(submitted)
        try:
            await asyncio.wait({reading}, timeout=self.job_seconds)
        finally:
            if not reading.done():
                told.set()
                await self.see_it_end(submitted, reading)
        if told.is_set():
            raise TimeoutError(f"Reading took longer than {self.job_seconds:g} s.")
        return reading.result()

    async def see_it_end(self, submitted: Future[JsonObject], reading: asyncio.Future[JsonObject]) -> None:
        """Waits for the thread, not longer than agreed. Raises Stuck when it goes on."""
        if submitted.cancel():
            return
        await asyncio.wait({reading}, timeout=self.stop_seconds)
        if not reading.done():
            raise Stuck(f"The thread that reads went on {self.stop_seconds:g} s after it was told to stop.")
        reading.exception()


def trail_of(result: JsonObject, seconds: float) -> JsonObject:
    """What a person asks first of a finished job; `note` and `cut` only where there is something to say."""
    said = {key: result[key] for key in ("note", "cut") if result.get(key)}
    return {"pages": len(items(result, "pages")), "seconds": seconds} | said


def place_of(claim: Claim) -> str:
    """`bucket/object`. Raises DocumentError for a row that names no place a document can have."""
    try:
        return locate(text(claim.job, "supabase_path"), text(claim.job, "document_source"))
    except StoreError as error:
        raise DocumentError(error.sentence, advice=error.advice) from error
