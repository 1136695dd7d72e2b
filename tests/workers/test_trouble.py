import asyncio
import gc
import time

import pytest

from poolmgr.domain.errors import StoreUnreachable
from poolmgr.workers.trouble import Backoff, Pace, Trouble, within


async def test_an_answer_in_time_is_the_answer() -> None:
    assert await within(1.0, asyncio.sleep(0, "yes")) == "yes"


async def test_a_call_that_does_not_even_end_when_cancelled_is_left_behind() -> None:
    let_go = asyncio.Event()

    async def stubborn() -> None:
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue

    began = time.monotonic()
    with pytest.raises(StoreUnreachable):
        await within(0.05, stubborn())
    assert time.monotonic() - began < 1
    let_go.set()


async def test_a_caller_that_is_cancelled_takes_its_call_along() -> None:
    ended = asyncio.Event()

    async def call() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(within(60, call()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    async with asyncio.timeout(1):
        await ended.wait()


async def test_a_call_that_fails_in_the_moment_its_caller_is_cancelled_leaves_no_stray_error() -> None:
    stray: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: stray.append(context))
    call: asyncio.Future[None] = loop.create_future()
    waiting = asyncio.create_task(within(60, call))
    await asyncio.sleep(0)
    call.set_exception(StoreUnreachable("gone"))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    del call, waiting
    gc.collect()
    await asyncio.sleep(0)
    assert stray == []


def test_pauses_double_with_jitter_up_to_the_longest() -> None:
    backoff = Backoff(first_seconds=1, longest_seconds=8)
    for full in (1, 2, 4, 8, 8, 8):
        assert full / 2 <= backoff.pause() <= full
    backoff.reset()
    assert backoff.pause() <= 1


def test_trouble_is_said_when_it_begins_and_when_it_is_over() -> None:
    said: list[str] = []
    trouble = Trouble(said.append)
    trouble.over()
    for sentence in ("down", "still down", "down"):
        trouble.began(StoreUnreachable(sentence))
    trouble.over()
    trouble.over()
    assert said == ["down", ""]


def test_a_pace_is_slow_after_three_slow_answers_and_quick_after_three_quick_ones() -> None:
    pace = Pace(1.0)
    said = [pace.judged(seconds) for seconds in (2, 2, 0.5, 2, 3, 4, 0.5, 5, 1, 1, 1, 9)]
    assert said == [0, 0, 0, 0, 0, 4, 0.5, 5, 1, 1, 0, 0]
