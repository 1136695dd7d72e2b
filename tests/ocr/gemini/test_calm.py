import asyncio

from poolmgr.domain.errors import ModelDown
from poolmgr.ocr.gemini.calm import Calm
from poolmgr.telemetry.events import Event, subscribe

DOWN = ModelDown("overloaded")


async def test_pauses_double_up_to_the_longest_and_are_never_in_step() -> None:
    calm = Calm(0.001, 0.004)
    clock = asyncio.get_running_loop().time
    pauses = []
    for _ in range(5):
        await calm.wait()
        calm.began(DOWN)
        pauses.append(calm.until - clock())
    for pause, full in zip(pauses, (0.001, 0.002, 0.004, 0.004, 0.004), strict=True):
        assert full * 0.3 <= pause <= full


async def test_calls_that_fail_together_make_one_pause() -> None:
    calm = Calm(5.0, 60.0)
    for _ in range(20):
        calm.began(DOWN)
    assert calm.failures == 1
    assert calm.until - asyncio.get_running_loop().time() <= 5.0


async def test_trouble_is_said_once_when_it_begins_and_once_when_it_is_over() -> None:
    heard: list[Event] = []
    end = subscribe(heard.append)
    try:
        calm = Calm(0.001, 0.001)
        calm.over()
        for _ in range(3):
            calm.began(DOWN)
            await calm.wait()
        calm.over()
        calm.over()
    finally:
        end()
    assert [(event.name, event.level) for event in heard] == [("model.down", "warning"), ("model.up", "info")]
