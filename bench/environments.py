"""From the product's insert to a child's claim, in an environment beside one that takes every connection and
never answers, and in one that is alone."""

import random
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from types import MappingProxyType

from bench import papers, pool
from bench.figures import Figure, percentile, samples
from bench.latency import claimed_after
from bench.pool import event
from bench.server import Server
from poolmgr.domain.json import Json

BACKLOG = 1024
LONGEST_PAUSE_SECONDS = 0.3
LIMIT = 1.2
ALONE: Mapping[str, Json] = MappingProxyType({})


@contextmanager
def silent() -> Iterator[Mapping[str, Json]]:
    """The settings of a first environment behind which the kernel alone accepts, and nobody reads."""
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listener:
        yield {
            "environments.prod.database_url": f"postgresql://nobody@127.0.0.1:{listener.getsockname()[1]}/x",
            "environments.prod.documents_folder": "/nonexistent",
        }


def measure(server: Server, rows: int, chance: random.Random) -> list[Figure]:
    """Two pools side by side take turns, row by row; that one environment is silent is known by then."""
    with ExitStack() as stack:
        beside = opened(stack, server, "beside_silence", stack.enter_context(silent()))
        alone = opened(stack, server, "alone", ALONE)
        running, _ = beside
        running.wait(event("environment.down", environment="prod"))
        found: tuple[list[float], list[float]] = ([], [])
        data = papers.printed()
        for _ in range(rows + 1):
            for (running, product), latencies in zip((beside, alone), found, strict=True):
                time.sleep(chance.uniform(0.1, LONGEST_PAUSE_SECONDS))
                latencies.append(claimed_after(running, product, data))
        # The first of each is the first of a fresh child.
        return compared(found[0][1:], found[1][1:])


def opened(
    stack: ExitStack, server: Server, name: str, more: Mapping[str, Json]
) -> tuple[pool.Pool, pool.Product]:
    url, folder = server.migrated(name), server.folder / name
    running = stack.enter_context(pool.running(folder, url, 1, more=more))
    product = stack.enter_context(pool.Product(folder, server.url_as("service_role", name)))
    return running, product


def compared(beside: list[float], alone: list[float]) -> list[Figure]:
    meaning = f"1 = nothing is lost to an environment that never answers; not above {LIMIT}"
    return [
        samples(
            f"insert to start, beside a silent one / alone, p{share:.0%}".replace("%", ""),
            beside,
            alone,
            partial(percentile, share=share),
            "ms",
            meaning,
        )
        for share in (0.5, 0.95)
    ]
