"""What reading with Gemini is made of, for a child or a command; opened after the fork, in an event loop."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from poolmgr.cli import quotas
from poolmgr.cli.environments import LOCAL, Access, configured
from poolmgr.config.settings import Settings
from poolmgr.domain.jobs import JobKind
from poolmgr.domain.quota import Asker
from poolmgr.workers.spending import Spending

if TYPE_CHECKING:
    from poolmgr.ocr.gemini.engine import Gemini
    from poolmgr.ocr.reading import Reading
    from poolmgr.workers.asked import AskedReader

MODULES = ("poolmgr.workers.asked", "poolmgr.stores.quota.shared")
"""Loaded before the fork: without google.genai's 44 MB an engine takes a second longer to begin."""


def used(settings: Settings) -> bool:
    """Whether documents go to Gemini: where it is asked for, or has a key."""
    return settings.ocr.engine == "gemini" or (settings.ocr.engine == "auto" and settings.gemini.usable)


def models(settings: Settings) -> tuple[str, ...]:
    """Those that read, each once."""
    return tuple(dict.fromkeys((settings.gemini.index_model, settings.gemini.acte_model)))


def reader(settings: Settings, owner: str, spending: Spending, accesses: Sequence[Access]) -> "AskedReader":
    """owner: the worker, said in the names of files that it uploads. spending: of all that it asks."""
    from poolmgr.ocr.gemini.engine import Gemini
    from poolmgr.workers.asked import AskedReader
    from poolmgr.workers.thread import OneThread

    thread = OneThread(settings.ocr.stop_seconds)
    limits = {model: quotas.paid(settings, model, accesses, spending) for model in models(settings)}
    answers = settings.pool.data_path() / "answers"
    engine = Gemini(settings.gemini, settings.ocr, limits, thread, owner, answers)
    return AskedReader(engine, thread, settings.ocr, spending.pricing)


async def read_once(settings: Settings, data: bytes, kind: JobKind, owner: str) -> "Reading":
    """One document without a queue, within the limits that all share; the first environment notes the cost.

    Raises what the engine raises, and Spent.
    """
    from poolmgr.ocr.gemini.client import Bill

    accesses = configured(settings)
    spending = quotas.spending(settings, accesses)
    engine = reader(settings, owner, spending, accesses).engine
    payer = accesses[0].name if accesses else LOCAL
    try:
        return await engine.read(data, Bill(asker=Asker(environment=payer, kind=kind)))
    finally:
        await closed(engine, spending)


async def closed(engine: "Gemini", spending: Spending) -> None:
    await engine.close()
    await spending.close()
    for quota in engine.client.quotas.values():
        await quota.close()


async def swept(engine: "Gemini", seconds: float) -> None:
    """Deletes what dead children left uploaded, now and again."""
    while True:
        await engine.sweep()
        await asyncio.sleep(seconds)
