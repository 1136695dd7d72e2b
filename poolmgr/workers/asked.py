"""Reading with a model: many documents at a time, each with patience as long as its pages come."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import DocumentError
from poolmgr.domain.hours import ZONE
from poolmgr.domain.jobs import Claim
from poolmgr.domain.json import JsonObject
from poolmgr.domain.quota import Asker, Usage
from poolmgr.domain.rates import MILLION, Pricing
from poolmgr.ocr import text as texts
from poolmgr.ocr.gemini.client import Bill
from poolmgr.ocr.gemini.engine import Gemini
from poolmgr.ocr.index.cover import cover
from poolmgr.ocr.papers import Papers
from poolmgr.ocr.reading import Reading
from poolmgr.workers.ocr import Read
from poolmgr.workers.thread import OneThread


class Clock:
    """`Patience` of one job: it ends when no answer came for so long. It stands still while a call of the job
    waits for the limit that all share."""

    def __init__(self, limit: asyncio.Timeout, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self.waits = 0

    @contextmanager
    def waiting(self) -> Iterator[None]:
        self.waits += 1
        self.progress()
        try:
            yield
        finally:
            self.waits -= 1
            self.progress()

    def progress(self) -> None:
        if not self.limit.expired():
            now = asyncio.get_running_loop().time()
            self.limit.reschedule(None if self.waits else now + self.seconds)


class AskedReader:
    """`Reader` that asks Gemini. thread: the engine's own. pricing: what the bill is reckoned with.

    Raises TimeoutError when no answer came for `job_seconds`, Stuck when the thread did not stop then.
    """

    def __init__(self, engine: Gemini, thread: OneThread, settings: OcrSettings, pricing: Pricing) -> None:
        self.engine = engine
        self.thread = thread
        self.settings = settings
        self.pricing = pricing

    async def __call__(self, papers: Papers, claim: Claim) -> Read:
        began = time.monotonic()
        asker = Asker(environment=claim.environment, kind=claim.kind, row_id=claim.row_id)
        try:
            async with asyncio.timeout(self.settings.job_seconds) as limit:
                bill = Bill(asker=asker, patience=Clock(limit, self.settings.job_seconds))
                reading = await self.whole(papers, bill)
                result = await self.thread(lambda: texts.result(reading, claim.kind, self.settings))
        except TimeoutError as error:
            raise TimeoutError(f"No answer came for {self.settings.job_seconds:g} s.") from error
        finally:
            self.thread.check()
        return Read(result=result, seconds=time.monotonic() - began, took=took(reading.usages, self.pricing))

    async def whole(self, papers: Papers, bill: Bill) -> Reading:
        """The registry's own table, and what the model is asked of the rest."""
        known = await self.thread(lambda: cover(papers, self.settings))
        try:
            return known.joined(None if known.rest is None else await self.engine.read(known.rest, bill))
        except DocumentError as error:
            return replace(known.alone(error), usages=tuple(bill.usages))


def took(usages: Sequence[Usage], pricing: Pricing) -> JsonObject:
    """Nothing where no call was made."""
    if not usages:
        return {}
    today = datetime.now(ZONE).date()
    return {
        "calls": len(usages),
        "input_tokens": sum(one.input for one in usages),
        "output_tokens": sum(one.output for one in usages),
        "cad": round(sum(pricing.cad_micros(one, today) for one in usages) / MILLION, 4),
    }
