"""The parent's end of one child's pipe: never waits, never grows without bound."""

import selectors
import socket
from collections.abc import Iterator

from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.messages import Inbox, encode

READ_BYTES = 65_536
"""At one turn, per child: one that floods cannot keep the others waiting."""

MOST_UNSENT_BYTES = 1_000_000
"""A child that does not read loses messages above this; every one of them is repeated or repeatable."""

MOST_LAST_READS = 256


class Pipe:
    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self.end = end
        self.inbox = Inbox()
        self.unsent = b""
        self.closed = False
        self.lost = 0
        self.watched = 0

    def fileno(self) -> int:
        return self.end.fileno()

    @property
    def is_read(self) -> bool:
        """Whether the child takes what it is sent."""
        return not self.unsent and not self.closed

    def watch(self, selector: selectors.BaseSelector, data: object) -> None:
        """The selector looks for what there is to do: nothing after the end, writing only when behind."""
        wanted = 0 if self.closed else selectors.EVENT_READ | (selectors.EVENT_WRITE if self.unsent else 0)
        if wanted == self.watched:
            return
        if not self.watched:
            selector.register(self.end, wanted, data)
        elif wanted:
            selector.modify(self.end, wanted, data)
        else:
            selector.unregister(self.end)
        self.watched = wanted

    def unwatch(self, selector: selectors.BaseSelector) -> None:
        if self.watched:
            selector.unregister(self.end)
        self.watched = 0

    def send(self, word: str, **fields: Json) -> bool:
        """False when the child is gone or has not read for so long that the message is dropped."""
        line = encode(word, **fields)
        if self.closed or len(self.unsent) + len(line) > MOST_UNSENT_BYTES:
            self.lost += 1
            return False
        self.unsent += line
        self.flush()
        return not self.closed

    def flush(self) -> None:
        try:
            self.unsent = self.unsent[self.end.send(self.unsent) :] if self.unsent else b""
        except BlockingIOError:
            return
        except OSError:
            self.unsent = b""
            self.closed = True

    def receive(self) -> Iterator[JsonObject]:
        """What one read gives, after what can be written; `closed` is set at the end of the stream."""
        self.flush()
        try:
            data = self.end.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.closed = self.closed or not data
        yield from self.inbox.feed(data)

    def last_words(self) -> Iterator[JsonObject]:
        """Everything a dead child left in the pipe; bounded, should a descendant of it go on writing."""
        for _ in range(MOST_LAST_READS):
            try:
                data = self.end.recv(READ_BYTES)
            except OSError:
                return
            if not data:
                return
            yield from self.inbox.feed(data)

    def close(self) -> None:
        self.closed = True
        self.end.close()
