import asyncio

from poolmgr.ocr.gemini.flight import MEGABYTE, Flight


async def test_never_more_bytes_fly_than_allowed_and_all_of_them_land() -> None:
    flight = Flight(10)
    most = 0.0

    async def fly(megabytes: float) -> None:
        nonlocal most
        async with flight.room(megabytes * MEGABYTE):
            most = max(most, flight.inside)
            await asyncio.sleep(0)

    await asyncio.gather(*(fly(1 + number % 7) for number in range(50)))
    assert 5 * MEGABYTE < most <= 10 * MEGABYTE
    assert flight.inside == 0


async def test_one_that_is_larger_than_everything_flies_alone_and_is_not_passed_by_small_ones() -> None:
    flight = Flight(2)
    order: list[str] = []

    async def fly(name: str, megabytes: float) -> None:
        async with flight.room(megabytes * MEGABYTE):
            order.append(name)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for name, megabytes in (("small", 1), ("large", 99), ("later", 1)):
            group.create_task(fly(name, megabytes))
    assert order == ["small", "large", "later"]


async def test_what_is_cancelled_while_it_waits_takes_no_room() -> None:
    flight = Flight(1)
    async with flight.room(MEGABYTE):
        waiting = asyncio.create_task(flight.room(MEGABYTE).__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
    async with asyncio.timeout(5), flight.room(MEGABYTE):
        assert flight.inside == MEGABYTE
