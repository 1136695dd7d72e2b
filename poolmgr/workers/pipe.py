"""A child's end of the line to its parent."""

import asyncio
import socket
from collections.abc import AsyncIterator

from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.messages import Inbox, encode
from poolmgr.telemetry.events import emit

READ_BYTES = 65_536
MOST_WAITING_BYTES = 1_000_000
# What the parent reckons with. The rest only tells how things are, and is told again or can be missed.
KEPT = frozenset({"ready", "claimed", "settled", "released", "outage", "trouble"})


class Pipe:
    """Sends without ever waiting: a parent that stops reading costs beats and events, never a job."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.inbox = Inbox()
        self.dropped = 0

    @classmethod
    async def opened(cls, end: socket.socket) -> "Pipe":
        """Takes the socket over; it is non-blocking from here on."""
        return cls(*await asyncio.open_unix_connection(sock=end))

    def send(self, word: str, **fields: Json) -> None:
        if self.writer.is_closing():
            return
        if word not in KEPT and self.writer.transport.get_write_buffer_size() > MOST_WAITING_BYTES:
            self.dropped += 1
            return
        self.writer.write(encode(word, **fields))

    def event(self, name: str, **fields: Json) -> None:
        """Something worth telling people; `telemetry` names it. Logged here, counted by the parent."""
        emit(name, **fields)
        self.send("event", event=name, fields=dict(fields))

    async def messages(self) -> AsyncIterator[JsonObject]:
        """What the parent says, until it is gone."""
        try:
            while data := await self.reader.read(READ_BYTES):
                for message in self.inbox.feed(data):
                    yield message
        except ConnectionError:
            return

    async def flush(self, seconds: float) -> None:
        """Waits until what was sent has left, but no longer than `seconds`."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self.writer.transport.get_write_buffer_size() and not self.writer.is_closing():
            if asyncio.get_running_loop().time() > deadline:
                return
            await asyncio.sleep(0.005)

    def close(self) -> None:
        self.writer.close()
