"""Which children a pool has, and what scout and OCR children are made of: stores, workers and engines meet
here and in `cli.registre` alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from typing import Literal, TypeAlias

from poolmgr.cli import gemini, quotas, registre
from poolmgr.cli.environments import Access, modules
from poolmgr.config.settings import Settings
from poolmgr.domain import hours
from poolmgr.domain.children import ChildSpec, ChildStart, Crew
from poolmgr.domain.jobs import OCR_KINDS
from poolmgr.domain.ports import Show
from poolmgr.domain.rates import MILLION
from poolmgr.pool import figures
from poolmgr.stores.purchases import DatabasePurchases
from poolmgr.stores.queue import DatabaseQueue
from poolmgr.workers import child
from poolmgr.workers.budgets import Budgets
from poolmgr.workers.environments import Watched, configuration, scout_clocks
from poolmgr.workers.loop import Loop, Surroundings, loop_clocks
from poolmgr.workers.metering import Metering
from poolmgr.workers.ocr import InTurn, OcrWork, Reader, offline_reader
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.salvage import Salvage
from poolmgr.workers.scout import Scout

Only: TypeAlias = Literal["registre", "ocr"]
OCR_MODULES = ("poolmgr.ocr.index.cover", "poolmgr.ocr.offline", "poolmgr.ocr.text", "poolmgr.workers.ocr")
TESSERACT_MODULES = ("poolmgr.ocr.image", "poolmgr.ocr.tesseract")


def crew(accesses: Sequence[Access], settings: Settings, only: Only | None = None) -> Crew:
    """The scout, and as many children of each kind as the settings say."""
    found = [scout_spec(accesses, settings)]
    notices: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    if settings.registre.enabled and only != "ocr":
        found += registre.specs(accesses, settings)
        notices, lacks = registre.notices(settings), registre.lacks(settings)
    if settings.ocr.enabled and only != "registre":
        found += ocr_specs(accesses, settings)
    return Crew(specs=found, notices=notices, lacks=lacks)


def scout_spec(accesses: Sequence[Access], settings: Settings) -> ChildSpec:
    return ChildSpec(
        name="scout",
        kind="scout",
        claims=(),
        target=partial(scout, accesses, settings),
        boot_limit_seconds=settings.pool.scout_boot_limit_seconds,
        preload=modules(accesses),
    )


def ocr_specs(accesses: Sequence[Access], settings: Settings) -> list[ChildSpec]:
    """Each may read indexes and actes; which of them, the parent tells it as it goes."""
    return [ocr_spec(f"ocr-{number}", accesses, settings) for number in range(1, settings.ocr.children + 1)]


def ocr_spec(name: str, accesses: Sequence[Access], settings: Settings) -> ChildSpec:
    return ChildSpec(
        name=name,
        kind="ocr",
        claims=OCR_KINDS,
        target=partial(ocr, accesses, settings),
        boot_limit_seconds=settings.ocr.boot_limit_seconds,
        preload=(*modules(accesses), *OCR_MODULES, *engine_modules(settings)),
    )


def engine_modules(settings: Settings) -> tuple[str, ...]:
    offline = TESSERACT_MODULES if has_tesseract() else ()
    return (*offline, *(gemini.MODULES if gemini.used(settings) else ()))


def has_tesseract() -> bool:
    """Without the extra, documents with a text layer are still read."""
    return all(find_spec(name) is not None for name in ("numpy", "tesserocr"))


def scout(accesses: Sequence[Access], settings: Settings, start: ChildStart) -> int:
    """A child's whole life, as `domain.children.ChildTarget`; everything is opened after the fork."""

    def make(pipe: Pipe) -> Scout:
        watched = [watch(access, settings) for access in accesses]
        return Scout(
            watched,
            host=settings.pool.host_name(),
            clocks=scout_clocks(settings),
            pipe=pipe,
            show=show(settings),
            figures=figures.path_in(settings.pool.data_path()),
            metering=metering(accesses, settings) if gemini.used(settings) else None,
        )

    return child.run(start, make, settings.pool.beat_seconds)


def metering(accesses: Sequence[Access], settings: Settings) -> Metering:
    names = [access.name for access in accesses]
    return Metering(
        quotas.meters(settings, gemini.models(settings), names),
        quotas.costs(accesses, settings),
        limit_micros=round(settings.quota.cad_a_day * MILLION),
        show=show(settings),
    )


def show(settings: Settings) -> Show | None:
    """Where a Redis is configured. Imported by the scout alone: no other child needs it."""
    if not settings.redis.url.get_secret_value():
        return None
    from poolmgr.stores.redis import RedisShow

    return RedisShow(settings.redis.url, timeout_seconds=settings.redis.timeout_seconds)


def watch(access: Access, settings: Settings) -> Watched:
    direct = access.direct(settings.queue) if access.database_url else None
    database = direct or access.database(settings.queue)
    purchases = DatabasePurchases(database, access.name)
    return Watched(
        queue=DatabaseQueue(database, access.name, settings.queue),
        configuration=lambda: configuration(settings, access.settings, hours.day_of(datetime.now(UTC))),
        listen=direct.listen if direct else None,
        salvage=Salvage(purchases, registre.spool(access, settings), settings.pool.host_name()),
        budgets=Budgets(purchases, registre.bought(access, settings)),
    )


def ocr(accesses: Sequence[Access], settings: Settings, start: ChildStart) -> int:
    """A child's whole life, as `domain.children.ChildTarget`; everything is opened after the fork."""

    def make(pipe: Pipe) -> Loop:
        hands = gemini_hands(accesses, settings, start) if gemini.used(settings) else offline_hands(settings)
        return Loop(
            registre.environments(accesses, settings),
            worker=start.worker,
            host=settings.pool.host_name(),
            claims=start.claims,
            jobs_at_once=hands.jobs_at_once,
            work=OcrWork(hands.reader, job_seconds=settings.ocr.job_seconds),
            clocks=loop_clocks(settings, settings.ocr.stop_seconds),
            pipe=pipe,
            surroundings=hands.surroundings,
            others_percent=settings.queue.others_percent,
            paused_at_start=start.pauses,
        )

    return child.run(start, make, settings.pool.beat_seconds)


@dataclass(frozen=True, kw_only=True)
class Hands:
    """What reads, how many documents it takes at a time, and what it needs around it."""

    reader: Reader
    jobs_at_once: int
    surroundings: Surroundings


def offline_hands(settings: Settings) -> Hands:
    reader = InTurn(
        offline_reader(settings.ocr),
        job_seconds=settings.ocr.job_seconds,
        stop_seconds=settings.ocr.stop_seconds,
    )
    return Hands(reader=reader, jobs_at_once=settings.ocr.jobs_at_once, surroundings=Surroundings())


def gemini_hands(accesses: Sequence[Access], settings: Settings, start: ChildStart) -> Hands:
    spending = quotas.spending(settings, accesses)
    reader = gemini.reader(settings, start.worker, spending, accesses)
    sweep = partial(gemini.swept, reader.engine, settings.gemini.sweep_seconds)
    return Hands(
        reader=reader,
        jobs_at_once=settings.gemini.documents_at_once,
        surroundings=Surroundings(beside=(sweep,), close=partial(gemini.closed, reader.engine, spending)),
    )
