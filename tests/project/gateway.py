"""The one address of a project: /rest/v1 is a genuine PostgREST, /storage/v1 a small Storage, with faults."""

import asyncio
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.project.faults import Fault, Faults
from tests.project.http import MOST_HEAD_BYTES, Request, answer, json_answer, read_answer, read_request
from tests.project.storage import Storage

REST = "/rest/v1"
START_SECONDS = 10.0


class Line:
    """One client's connection, and the one to PostgREST that belongs to it."""

    def __init__(
        self, gateway: "Gateway", reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.gateway = gateway
        self.reader = reader
        self.writer = writer
        self.upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def serve(self) -> None:
        try:
            while request := await read_request(self.reader):
                if not await self.meet(request, self.gateway.faults.draw(request.path)):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            await self.hang_up()

    async def hang_up(self) -> None:
        for writer in (self.writer, *([self.upstream[1]] if self.upstream else [])):
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def meet(self, request: Request, fault: Fault | None) -> bool:
        """False when the connection is of no more use."""
        # PostgREST 12 breaks off one GET in twenty that follows a HEAD on its connection.
        assert request.method != "HEAD", f"nothing may ask for a head: {request.path}"
        if fault in ("502", "429"):
            return await self.say(json_answer(int(fault), {"message": "try later"}))
        if fault == "refused":
            return self.reset()
        if fault == "delayed":
            await asyncio.sleep(self.gateway.faults.delay_seconds)
        if fault == "doubled":
            await self.forward(request)
        said = await self.forward(request)
        if fault == "502 after":
            return await self.say(answer(502, b"<html>bad gateway</html>", "text/html"))
        if fault == "lost":
            return self.reset()
        if fault == "hangs":
            await self.reader.read()
            return False
        if fault == "cut off":
            await self.say(said[: -max(1, len(said) // 4)])
            return False
        return await self.say(said)

    def reset(self) -> bool:
        """RST instead of FIN."""
        self.writer.transport.abort()
        return False

    async def say(self, data: bytes) -> bool:
        self.writer.write(data)
        await self.writer.drain()
        return True

    async def forward(self, request: Request) -> bytes:
        path = request.path
        if path.startswith("/storage/v1"):
            return self.gateway.storage.answer(request)
        if not path.startswith(REST) or self.gateway.rest is None:
            return json_answer(404, {"message": "no Route matched with those values"})
        return await self.ask(request.redirected(request.target.removeprefix(REST) or "/"))

    async def ask(self, data: bytes) -> bytes:
        """PostgREST's own answer; 503 where none listens."""
        assert self.gateway.rest is not None
        try:
            if self.upstream is None:
                self.upstream = await asyncio.open_unix_connection(self.gateway.rest, limit=MOST_HEAD_BYTES)
            reader, writer = self.upstream
            writer.write(data)
            await writer.drain()
            return await read_answer(reader)
        except (OSError, asyncio.IncompleteReadError):
            if self.upstream:
                self.upstream[1].close()
            self.upstream = None
            return json_answer(503, {"message": "name resolution failed"})


class Gateway:
    """Listens on a port of loopback, in a thread of its own, while it is entered."""

    def __init__(self, rest: Path | None, storage: Storage | None = None) -> None:
        self.rest = rest
        self.storage = storage or Storage()
        self.faults = Faults()
        self.port = 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="gateway", daemon=True)
        self.lines: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self.listen(), self.loop).result(START_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.close(), self.loop).result(START_SECONDS)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def listen(self) -> None:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port, limit=MOST_HEAD_BYTES)
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self.server.close()
        for line in self.lines:
            line.cancel()
        await asyncio.gather(*self.lines, return_exceptions=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.lines.add(task)
        try:
            await Line(self, reader, writer).serve()
        finally:
            self.lines.discard(task)
