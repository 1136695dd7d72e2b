import asyncio
import socket

from poolmgr.domain.messages import encode
from poolmgr.workers.pipe import MOST_WAITING_BYTES, Pipe
from tests.workers.stage import line


async def test_words_arrive_with_their_fields() -> None:
    async with line() as (parent, pipe):
        pipe.send("settled", token="t", seconds=1.5)
        pipe.event("job.stuck", row="r")
        (settled,) = await parent.hears("settled")
        assert settled == {"word": "settled", "token": "t", "seconds": 1.5}
        assert parent.events("job.stuck") == [{"row": "r"}]


async def test_messages_come_whole_whatever_the_pieces_and_end_with_the_parent() -> None:
    async with line() as (parent, pipe):
        data = encode("wake") + b"nonsense\n" + encode("drain", deadline_seconds=5)
        for start in range(0, len(data), 7):
            parent.end.send(data[start : start + 7])
        parent.end.shutdown(socket.SHUT_WR)
        heard = [message async for message in pipe.messages()]
        assert heard == [{"word": "wake"}, {"word": "drain", "deadline_seconds": 5}]
        assert pipe.inbox.dropped == 1


async def test_a_parent_that_does_not_read_costs_beats_but_no_settled_job() -> None:
    async with line() as (parent, pipe):
        filler = "x" * 1000
        for _ in range(2 * MOST_WAITING_BYTES // 1000):
            pipe.event("filler", text=filler)
        assert pipe.dropped
        pipe.send("settled", token="t")
        assert pipe.writer.transport.get_write_buffer_size() < 2 * MOST_WAITING_BYTES
        await parent.hears("settled")


async def test_a_flush_is_bounded_when_nobody_reads() -> None:
    async with line() as (_, pipe):
        for _ in range(100):
            pipe.event("filler", text="x" * 10_000)
        async with asyncio.timeout(1):
            await pipe.flush(0.05)
        assert pipe.writer.transport.get_write_buffer_size()


async def test_sending_to_a_parent_that_is_gone_is_no_error() -> None:
    ours, theirs = socket.socketpair()
    pipe = await Pipe.opened(theirs)
    ours.close()
    assert [message async for message in pipe.messages()] == []
    pipe.send("beat")
    pipe.close()
    pipe.send("beat")
