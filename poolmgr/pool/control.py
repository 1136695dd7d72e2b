"""The control socket: one JSON object a line in, one out. Slow clients cost themselves, never the loop."""

import math
import os
import selectors
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeAlias

import orjson

from poolmgr.domain.errors import ConfigError, NotRunning, PoolError
from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.messages import decode
from poolmgr.telemetry.events import emit

MOST_CLIENTS = 256
"""One more, and the one that was silent longest goes."""

IDLE_SECONDS = 10.0
"""A client that neither says nor takes anything for this long goes."""

READ_BYTES = 1024
LONGEST_QUESTION_BYTES = 16_384
MOST_UNSENT_BYTES = 1_000_000
ACCEPTED_A_TURN = 64


CREDENTIALS = struct.Struct("3i")
"""struct ucred of unix(7): pid, uid, gid."""


class Client:
    """uid: of the process at the other end, as the kernel says."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self.end = end
        ucred = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
        self.uid: int = CREDENTIALS.unpack(ucred)[1]
        self.tail = b""
        self.unsent = b""
        self.active_at = time.monotonic()

    def questions(self) -> list[bytes]:
        """Whole lines that arrived. Raises OSError at the end of the stream or for a line without end."""
        try:
            data = self.end.recv(READ_BYTES)
        except BlockingIOError:
            return []
        if not data or len(self.tail) > LONGEST_QUESTION_BYTES:
            raise ConnectionResetError
        *lines, self.tail = (self.tail + data).split(b"\n")
        self.active_at = time.monotonic()
        return lines

    def answer(self, values: JsonObject) -> None:
        """Raises OSError when the client does not take its answers."""
        if len(self.unsent) > MOST_UNSENT_BYTES:
            raise ConnectionResetError
        self.unsent += orjson.dumps(values) + b"\n"

    def flush(self) -> None:
        while self.unsent:
            try:
                sent = self.end.send(self.unsent)
            except BlockingIOError:
                return
            self.unsent = self.unsent[sent:]
            self.active_at = time.monotonic()


Answer: TypeAlias = Callable[[JsonObject, int], JsonObject]


class Control:
    """`answer(message, uid)` gives what to say to whom; it must not wait."""

    def __init__(self, listener: socket.socket, selector: selectors.BaseSelector, answer: Answer) -> None:
        self.listener = listener
        self.selector = selector
        self.answer = answer
        self.clients: dict[int, Client] = {}
        selector.register(listener, selectors.EVENT_READ, self.accept)

    def accept(self) -> None:
        for _ in range(ACCEPTED_A_TURN):
            try:
                end, _ = self.listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                emit("control.refused", error=str(error))
                self.drop_oldest()
                return
            if len(self.clients) >= MOST_CLIENTS:
                self.drop_oldest()
            client = Client(end)
            self.clients[end.fileno()] = client
            self.selector.register(end, selectors.EVENT_READ, partial(self.serve, client))

    def serve(self, client: Client) -> None:
        if client.end.fileno() < 0:
            return  # dropped earlier in the same turn
        try:
            for line in client.questions():
                client.answer(self.reply(line, client.uid))
            client.flush()
        except OSError:
            self.drop(client)
            return
        events = selectors.EVENT_WRITE if client.unsent else 0
        self.selector.modify(client.end, selectors.EVENT_READ | events, partial(self.serve, client))

    def reply(self, line: bytes, uid: int) -> JsonObject:
        if uid not in (0, os.geteuid()):
            return {"error": f"user {uid} may not ask this pool: ask as its own user, or as root"}
        message = decode(line)
        if message is None:
            return {"error": 'Not a question: write {"word":"status"} and a line feed'}
        return self.answer(message, uid)

    def drop(self, client: Client) -> None:
        del self.clients[client.end.fileno()]
        self.selector.unregister(client.end)
        client.end.close()

    def drop_oldest(self) -> None:
        if self.clients:
            self.drop(min(self.clients.values(), key=lambda client: client.active_at))

    def drop_idle(self, now: float) -> None:
        for client in [one for one in self.clients.values() if now - one.active_at >= IDLE_SECONDS]:
            self.drop(client)

    def due_at(self) -> float:
        return min((client.active_at + IDLE_SECONDS for client in self.clients.values()), default=math.inf)

    def close(self) -> None:
        for client in list(self.clients.values()):
            self.drop(client)
        self.selector.unregister(self.listener)


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """A socket for this user alone; only for whoever holds the lock beside it: what is at `path` is stale."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        before = os.umask(0o177)
        try:
            if path.is_socket():
                path.unlink()
            listener.bind(str(path))
        except OSError as error:
            raise ConfigError(
                f"The control socket cannot be made at {path}: {error.strerror or error}",
                advice="Remove what is there, or set pool.control_socket to another, shorter path.",
            ) from error
        finally:
            os.umask(before)
        listener.listen(MOST_CLIENTS)
        listener.setblocking(False)
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)


def ask(path: Path, word: str, timeout_seconds: float, **arguments: Json) -> JsonObject:
    """The running pool's answer. Raises NotRunning when none answers, PoolError when it may not be asked."""
    deadline = time.monotonic() + timeout_seconds
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
            connect(end, path, timeout_seconds)
            end.sendall(orjson.dumps({**arguments, "word": word}) + b"\n")
            return read_answer(end, path, deadline)
    except PermissionError as error:
        raise PoolError(
            f"Not allowed to speak to {path}", advice="Ask as the pool's user, or root."
        ) from error
    except (TimeoutError, BlockingIOError) as error:
        raise NotRunning(f"The pool at {path} gave no answer within {timeout_seconds:g} s") from error
    except OSError as error:
        raise NotRunning(
            f"No pool answers at {path}: {error.strerror or error}", advice="Start one: `registre-pool run`."
        ) from error


def connect(end: socket.socket, path: Path, timeout_seconds: float) -> None:
    """Waits in the kernel while the pool has not accepted those before: `settimeout` would fail at once."""
    seconds = int(timeout_seconds)
    limit = struct.pack("ll", seconds, max(1, int((timeout_seconds - seconds) * 1e6)))
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
    end.connect(str(path))


def read_answer(end: socket.socket, path: Path, deadline: float) -> JsonObject:
    data = b""
    while not data.endswith(b"\n"):
        end.settimeout(max(deadline - time.monotonic(), 0.001))  # of what is left for the whole answer
        chunk = end.recv(65_536)
        if not chunk:
            raise NotRunning(f"The pool at {path} hung up before it had answered")
        data += chunk
    try:
        answer = orjson.loads(data)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        raise PoolError(f"What answers at {path} is not a pool")
    return answer
