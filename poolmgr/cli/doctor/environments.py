"""What `doctor` says of the environments: each looked at for itself, side by side, within its time."""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from statistics import median
from typing import TypeAlias

import orjson

from poolmgr.cli.doctor import buckets, contents, registries, versions
from poolmgr.cli.doctor.findings import Finding
from poolmgr.cli.doctor.versions import title
from poolmgr.cli.environments import Access, queue_of
from poolmgr.cli.looking import looks_of
from poolmgr.config.settings import Settings
from poolmgr.domain.errors import NotMigrated, PoolError
from poolmgr.domain.json import JsonObject, text
from poolmgr.domain.ports import Queue
from poolmgr.stores.addresses import address
from poolmgr.stores.looks import DatabaseLooks
from poolmgr.stores.migrations import checksums

LookAt: TypeAlias = Callable[[Access, Settings, list[Finding]], Awaitable[None]]
Ask: TypeAlias = Callable[[], Awaitable[list[JsonObject]]]
Judge: TypeAlias = Callable[[Access, list[JsonObject]], Iterable[Finding]]

CALLS = 5
LOOKS = "pool_016_looks.sql"
"""The migration that brings what is asked here beyond pool_version."""


async def examine(accesses: Sequence[Access], settings: Settings) -> list[Finding]:
    """In their order. None waits for another, and none for longer than doctor.environment_seconds."""
    looking = [
        bounded(check, access, settings, looked_at)
        for place, access in enumerate(accesses)
        for check, looked_at in (
            (title(access), partial(look, lends=place == 0)),
            (f"{title(access)} storage", buckets.examine),
        )
    ]
    return [finding for findings in await asyncio.gather(*looking) for finding in findings]


async def bounded(check: str, access: Access, settings: Settings, looked_at: LookAt) -> list[Finding]:
    """All that was found by the time that is given."""
    found: list[Finding] = []
    seconds = settings.doctor.environment_seconds
    try:
        async with asyncio.timeout(seconds):
            await looked_at(access, settings, found)
    except TimeoutError:
        detail = f"not all of it could be looked at within {seconds:g} s"
        fix = "Ask again, or raise doctor.environment_seconds."
        found.append(Finding(check=check, grade="failure", detail=detail, fix=fix))
    return found


async def look(access: Access, settings: Settings, found: list[Finding], *, lends: bool) -> None:
    """Adds what it finds to `found`. lends: the pool takes its accounts there."""
    found += [*key(access), way(access)]
    try:
        async with looks_of(access, settings) as looks:
            version = await looks.version()
            found += versions.verify(access, version)
            found.append(versions.predecessor(title(access), version))
            found.append(versions.told(access, settings, version))
            found += await reached(access, settings, version)
            found.append(await registries.money(access, settings, title(access)))
            if LOOKS in checksums(version):
                await see(access, settings, looks, found, lends=lends)
    except NotMigrated as error:
        found.append(versions.unmigrated(access, error.sentence))
    except PoolError as error:
        found.append(Finding(check=title(access), grade="failure", detail=error.sentence, fix=error.advice))


async def reached(access: Access, settings: Settings, version: JsonObject) -> list[Finding]:
    """That it answers as the scout asks it, and how fast."""
    name = title(access)
    async with queue_of(access, settings) as queue:
        depths = await queue.depths(settings.pool.host_name())
        milliseconds = await latency(queue, settings.pool.host_name())
    waiting = ", ".join(f"{one.kind} {one.ready}" for one in depths if one.ready) or "nothing waits"
    return [
        Finding(check=name, grade="ok", detail=f"PostgreSQL {text(version, 'server')}; {waiting}"),
        speed(name, milliseconds, settings.queue.patience_seconds * 1000),
    ]


async def see(
    access: Access, settings: Settings, looks: DatabaseLooks, found: list[Finding], *, lends: bool
) -> None:
    """What the functions of `LOOKS` tell. One that fails hides no other."""
    minutes = -(-settings.queue.foreign_limit_seconds // 60)
    asked: tuple[tuple[str, Ask, Judge], ...] = (
        ("writes", looks.refusals, contents.refusals),
        ("other triggers", looks.triggers, contents.triggers),
        ("rows", looks.counts, contents.counts),
        ("odd rows", partial(looks.odd_rows, minutes), contents.odd_rows),
        ("accounts", looks.accounts, partial(contents.accounts, settings, lends)),
    )
    for what, ask, judge in asked:
        try:
            found += judge(access, await ask())
        except PoolError as error:
            check = f"{title(access)} {what}"
            found.append(Finding(check=check, grade="failure", detail=error.sentence, fix=error.advice))


async def latency(queue: Queue, host: str) -> float:
    """The median of a few calls, the first connection not counted (milliseconds)."""
    clock = asyncio.get_running_loop().time
    taken = []
    for _ in range(CALLS):
        started = clock()
        await queue.depths(host)
        taken.append((clock() - started) * 1000)
    return median(taken)


def speed(name: str, milliseconds: float, patience: float) -> Finding:
    check, detail = f"{name} latency", f"{milliseconds:.1f} ms, the median of {CALLS} calls"
    if milliseconds <= patience:
        return Finding(check=check, grade="ok", detail=detail)
    fix = "Run the pool nearer to the database, or raise queue.patience_seconds."
    return Finding(check=check, grade="warning", detail=f"{detail}: it is often not waited for", fix=fix)


def way(access: Access) -> Finding:
    """How it is connected, and how it learns of work."""
    check = f"{title(access)} connection"
    if not access.database_url:
        return Finding(check=check, grade="ok", detail=f"PostgREST at {access.settings.supabase_url}; polls")
    try:
        place = address(access.database_url)
    except PoolError as error:
        return Finding(check=check, grade="failure", detail=error.sentence, fix=error.advice)
    hearing = "polls: no LISTEN here" if place.pooled else "listens, and polls"
    return Finding(check=check, grade="ok", detail=f"{place.way}, {place.place}; {hearing}")


def key(access: Access) -> list[Finding]:
    """Of which role the Supabase key is, by the key alone; it is never shown."""
    secret = access.settings.service_key.get_secret_value()
    if not secret:
        return []
    check, role = f"{title(access)} key", role_of(secret)
    if role in ("service_role", ""):
        detail = "of service_role" if role else "of a form that does not tell its role"
        return [Finding(check=check, grade="ok", detail=detail)]
    fix = f"Put the project's service_role key into {access.name.upper()}_SUPABASE_SERVICE_KEY."
    return [Finding(check=check, grade="failure", detail=f"of {role}, not of service_role", fix=fix)]


def role_of(secret: str) -> str:
    """Of a JWT what its payload claims; of the newer keys what their prefix says; else empty."""
    if secret.startswith(("sb_secret_", "sb_publishable_")):
        return "service_role" if secret.startswith("sb_secret_") else "anon"
    parts = secret.split(".")
    if len(parts) != 3:
        return ""
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return ""
    return text(claims, "role")[:40] if isinstance(claims, dict) else ""
