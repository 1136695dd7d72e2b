"""What reading with Gemini is made of, for a child or a command; opened after the fork, in an event loop."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from poolmgr.config.settings import ENVIRONMENT_NAMES, Settings
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.quota import Limit, Quota
from poolmgr.telemetry.events import emit

if TYPE_CHECKING:
    from poolmgr.ocr.gemini.engine import Gemini
    from poolmgr.workers.asked import AskedReader

MODULES = ("poolmgr.workers.asked", "poolmgr.stores.quota.shared")
"""Loaded before the fork: without google.genai's 44 MB an engine takes a second longer to begin."""

ALONE = 0.5
"""Of its part of the limit a process takes that much while it knows nothing of the others."""


def used(settings: Settings) -> bool:
    """Whether documents go to Gemini: where it is asked for, or has a key."""
    return settings.ocr.engine == "gemini" or (settings.ocr.engine == "auto" and settings.gemini.usable)


def reader(settings: Settings, owner: str) -> "AskedReader":
    """owner: the worker, said in the names of files that it uploads."""
    from poolmgr.ocr.gemini.engine import Gemini
    from poolmgr.workers.asked import AskedReader
    from poolmgr.workers.thread import OneThread

    thread = OneThread(settings.ocr.stop_seconds)
    engine = Gemini(
        settings.gemini, settings.ocr, quotas(settings), thread, owner, settings.pool.data_path() / "answers"
    )
    return AskedReader(engine, thread, settings.ocr)


async def closed(engine: "Gemini") -> None:
    await engine.close()
    for quota in engine.client.quotas.values():
        await quota.close()


async def swept(engine: "Gemini", seconds: float) -> None:
    """Deletes what dead children left uploaded, now and again."""
    while True:
        await engine.sweep()
        await asyncio.sleep(seconds)


def quotas(settings: Settings) -> Mapping[str, Quota]:
    """Of each model that reads; in Redis where one is configured, else this process keeps to its part."""
    models = (settings.gemini.index_model, settings.gemini.acte_model)
    return {model: quota(settings, model) for model in dict.fromkeys(models)}


def quota(settings: Settings, model: str) -> Quota:
    from poolmgr.stores.quota.alone import AloneQuota

    limit = Limit(
        requests=settings.quota.requests_a_minute, tokens=settings.quota.tokens_a_minute, window_seconds=60.0
    )
    processes = settings.quota.hosts_expected * max(1, settings.ocr.children)
    alone = AloneQuota(limit.part(ALONE / processes))
    if not settings.redis.url.get_secret_value():
        return alone
    from poolmgr.stores.quota.shared import Place, SharedQuota
    from poolmgr.stores.redis import RedisScripts

    names = [name for name in ENVIRONMENT_NAMES if name in settings.environments]
    place = Place(
        project=settings.quota.project,
        model=model,
        limit=limit,
        environments=[EnvironmentName(name) for name in names or ENVIRONMENT_NAMES],
        others_percent=settings.quota.others_percent,
    )
    scripts = RedisScripts(settings.redis.url, timeout_seconds=settings.redis.timeout_seconds)
    return SharedQuota(scripts, place, alone, say)


def say(error: str) -> None:
    emit("quota.alone" if error else "quota.shared", error=error)
