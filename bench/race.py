"""Rivals over one kind of work, in separate processes, in turns."""

import asyncio
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from bench.rivals import RIVALS
from poolmgr.pool.kernel import die_with_parent

MOST_WORKERS = 8
WARM_SECONDS = 0.3
LEAD_SECONDS = 0.05
ANSWER_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Heat:
    """What every competitor of one round is told."""

    rival: str
    url: str
    batch: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Of one round after its warm-up, all competitors together; `finished` counts from the first job on."""

    done: int
    lost: int
    seconds: float
    finished: Counter[str] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        return self.done / self.seconds

    @property
    def tries(self) -> int:
        return self.done + self.lost


def compete(pipe: Connection, number: int) -> None:
    """A competitor's whole life: a heat, a start signal, a tally, until it is told None."""
    die_with_parent()
    while (heat := pipe.recv()) is not None:
        asyncio.run(run(pipe, heat, f"bench-{number}"))


async def run(pipe: Connection, heat: Heat, worker: str) -> None:
    """Waits as a process: nothing else runs in it."""
    done = lost = 0
    finished: Counter[str] = Counter()
    async with aclosing(RIVALS[heat.rival](heat.url, worker, heat.batch)) as jobs:
        await anext(jobs)
        pipe.send("ready")
        start: float = pipe.recv()
        time.sleep(max(0.0, start - time.monotonic()))  # noqa: ASYNC251
        counted_from, end = start + WARM_SECONDS, start + WARM_SECONDS + heat.seconds
        async for got_it in jobs:
            now = time.monotonic()
            finished[worker] += got_it
            if now >= end:
                break
            if now >= counted_from:
                done, lost = done + got_it, lost + (not got_it)
    seconds = min(time.monotonic(), end) - counted_from
    pipe.send(Tally(done=done, lost=lost, seconds=seconds, finished=finished))


@contextmanager
def competitors() -> Iterator[list[Connection]]:
    context = multiprocessing.get_context("fork")
    pipes: list[Connection] = []
    processes = []
    for number in range(MOST_WORKERS):
        here, there = context.Pipe()
        process = context.Process(target=compete, args=(there, number), daemon=True)
        process.start()
        there.close()
        pipes.append(here)
        processes.append(process)
    try:
        yield pipes
        for pipe in pipes:
            pipe.send(None)
        for process in processes:
            process.join(ANSWER_SECONDS)
    finally:
        for process in processes:
            process.kill()


def round_of(pipes: Sequence[Connection], heat: Heat) -> Tally:
    """Raises RuntimeError when a competitor fails or there was not work enough for the whole round."""
    for pipe in pipes:
        pipe.send(heat)
    for pipe in pipes:
        answer(pipe, heat)
    start = time.monotonic() + LEAD_SECONDS
    for pipe in pipes:
        pipe.send(start)
    tallies = [tally for pipe in pipes if isinstance(tally := answer(pipe, heat), Tally)]
    seconds = max(tally.seconds for tally in tallies)
    if min(tally.seconds for tally in tallies) < heat.seconds / 2:
        raise RuntimeError(f"{heat.rival} ran out of work before the round ended: raise tracks.ROWS_A_SECOND")
    done, lost = sum(tally.done for tally in tallies), sum(tally.lost for tally in tallies)
    finished = sum((tally.finished for tally in tallies), Counter[str]())
    return Tally(done=done, lost=lost, seconds=seconds, finished=finished)


def answer(pipe: Connection, heat: Heat) -> object:
    if not pipe.poll(ANSWER_SECONDS):
        raise RuntimeError(f"a competitor of {heat.rival} does not answer")
    try:
        return pipe.recv()
    except EOFError as gone:
        raise RuntimeError(f"a competitor of {heat.rival} failed, see above") from gone
