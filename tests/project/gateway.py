"""The one address of a project: /rest/v1 is a genuine PostgREST, /storage/v1 a small Storage, with faults."""

import asyncio
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Self

from poolmgr.domain.json import JsonObject
from tests.project.faults import Fault, Faults
from tests.project.http import MOST_HEAD_BYTES, Request, answer, json_answer, read_answer, read_request
from tests.project.storage import Storage

REST = "/rest/v1"
START_SECONDS = 10.0
RELOADING: JsonObject = {
    "code": "PGRST002",
    "message": "Could not query the database for the schema cache. Retrying.",
    "details": None,
    "hint": None,
}
INSTEAD: Mapping[Fault | None, bytes] = MappingProxyType(
    {
        "502": json_answer(502, {"message": "try later"}),
        "429": json_answer(429, {"message": "try later"}),
        "a page": answer(200, b"<html>We will be back soon.</html>", "text/html"),
        "nothing": answer(200, b"", "application/json; charset=utf-8"),
        "reloading": json_answer(503, RELOADING),
    }
)
"""Said in the project's place, which hears nothing."""


class Upstream:
    """One connection to PostgREST at `rest`, opened when it is first needed."""

    def __init__(self, rest: Path) -> None:
        self.rest = rest
        self.ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, data: bytes) -> bytes:
        """PostgREST's own answer; 503 where none listens."""
        try:
            if self.ends is None:
                self.ends = await asyncio.open_unix_connection(self.rest, limit=MOST_HEAD_BYTES)
            reader, writer = self.ends
            writer.write(data)
            await writer.drain()
            return await read_answer(reader)
        except (OSError, asyncio.IncompleteReadError):
            await self.close()
            return json_answer(503, {"message": "name resolution failed"})

    def hang_up(self) -> None:
        if self.ends:
            self.ends[1].close()

    async def close(self) -> None:
        ends, self.ends = self.ends, None
        if ends:
            await closed(ends[1])


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


class Line:
    """One client's connection, and the one to PostgREST that belongs to it."""

    def __init__(
        self, gateway: "Gateway", reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.gateway = gateway
        self.reader = reader
        self.writer = writer
        self.upstream = gateway.upstream()

    async def serve(self) -> None:
        try:
            while request := await read_request(self.reader):
                if not await self.meet(request, self.gateway.faults.draw(request.path)):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.hang_up()
            await closed(self.writer)
            if self.upstream:
                await self.upstream.close()

    def hang_up(self) -> None:
        """Both ends at once: whatever is waited for on them ends."""
        self.writer.close()
        if self.upstream:
            self.upstream.hang_up()

    async def meet(self, request: Request, fault: Fault | None) -> bool:
        """False when the connection is of no more use."""
        # PostgREST 12 breaks off one GET in twenty that follows a HEAD on its connection.
        assert request.method != "HEAD", f"nothing may ask for a head: {request.path}"
        faults = self.gateway.faults
        counted = faults.count(fault, request)
        if fault in INSTEAD:
            return await self.say(INSTEAD[fault])
        if fault == "refused":
            return self.reset()
        if fault == "504 before":
            self.gateway.deliver_later(request, faults.delay_seconds)
            return await self.say(answer(504, b"<html>gateway time-out</html>", "text/html"))
        if fault == "delayed":
            await asyncio.sleep(faults.delay_seconds)
        if fault == "doubled":
            await self.gateway.forward(request, self.upstream)
        said = await self.gateway.forward(request, self.upstream)
        if not counted:
            faults.count(fault, request)
        return await self.pass_on(said, fault)

    async def pass_on(self, said: bytes, fault: Fault | None) -> bool:
        """The project's answer, or what the fault leaves of it."""
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
        return await self.say(said) and fault != "hangs up"

    def reset(self) -> bool:
        """RST instead of FIN."""
        self.writer.transport.abort()
        return False

    async def say(self, data: bytes) -> bool:
        self.writer.write(data)
        await self.writer.drain()
        return True


class Gateway:
    """Listens on a port of loopback, in a thread of its own, while it is entered."""

    def __init__(self, rest: Path | None, storage: Storage | None = None) -> None:
        self.rest = rest
        self.storage = storage or Storage()
        self.faults = Faults()
        self.port = 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="gateway", daemon=True)
        self.lines: dict[asyncio.Task[None], Line] = {}
        self.late: set[asyncio.Task[None]] = set()

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
        """A task that were cancelled while it hangs up would leave its other end open."""
        self.server.close()
        for line in self.lines.values():
            line.hang_up()
        for task in self.late:
            task.cancel()
        await asyncio.gather(*self.lines, *self.late, return_exceptions=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        line = self.lines[task] = Line(self, reader, writer)
        try:
            await line.serve()
        finally:
            del self.lines[task]

    def upstream(self) -> Upstream | None:
        return None if self.rest is None else Upstream(self.rest)

    async def forward(self, request: Request, upstream: Upstream | None) -> bytes:
        path = request.path
        if path.startswith("/storage/v1"):
            return self.storage.answer(request)
        if not path.startswith(REST) or upstream is None:
            return json_answer(404, {"message": "no Route matched with those values"})
        return await upstream.ask(request.redirected(request.target.removeprefix(REST) or "/"))

    def deliver_later(self, request: Request, seconds: float) -> None:
        """The project hears it, and nobody hears the answer."""
        task = self.loop.create_task(self.heard_late(request, seconds))
        self.late.add(task)
        task.add_done_callback(self.late.discard)

    async def heard_late(self, request: Request, seconds: float) -> None:
        await asyncio.sleep(seconds)
        upstream = self.upstream()
        await self.forward(request, upstream)
        if upstream:
            await upstream.close()
