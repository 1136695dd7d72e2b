"""A limit of a test's own, with a window that is scaled down."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

from pydantic import SecretStr

from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.quota import Asker, Limit
from poolmgr.stores.quota.alone import AloneQuota
from poolmgr.stores.quota.shared import Place, SharedQuota
from poolmgr.stores.redis import RedisScripts

NUMBERS = count(1)
PROD, DEV = EnvironmentName("prod"), EnvironmentName("dev")
ASKER = Asker(environment=PROD, kind="ocr_index")
LATER = Asker(environment=DEV, kind="ocr_index")


@dataclass
class Opened:
    """said: what was heard of Redis' absence."""

    quota: SharedQuota
    said: list[str] = field(default_factory=list)


def place(
    limit: Limit, *, others_percent: int = 5, environments: Sequence[EnvironmentName] = (PROD, DEV)
) -> Place:
    return Place(
        project=f"test{next(NUMBERS)}",
        model="m",
        limit=limit,
        environments=environments,
        others_percent=others_percent,
    )


@asynccontextmanager
async def opened(url: str, where: Place, timeout_seconds: float = 2.0) -> AsyncIterator[Opened]:
    said: list[str] = []
    quota = SharedQuota(
        RedisScripts(SecretStr(url), timeout_seconds=timeout_seconds),
        where,
        AloneQuota(where.limit.part(0.5)),
        said.append,
    )
    try:
        yield Opened(quota=quota, said=said)
    finally:
        await quota.close()
