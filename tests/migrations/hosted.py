"""The protocol as a hosted project offers it: calls go through PostgREST, all else is looked at directly."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from poolmgr.domain.json import JsonObject
from tests.clusters import Database
from tests.migrations.calls import Row, Value
from tests.migrations.protocol import Protocol, open_protocol
from tests.migrations.rest import SCHEME
from tests.project.opened import Hosted, hosted

ANSWER_SECONDS = 30.0
# What a connection answers as an id, JSON can only answer as text.
IDS = frozenset({"token", "row_id"})


class Speaker:
    """`PostgrestDatabase` for those who do not wait in a loop, from any thread."""

    def __init__(self, project: Hosted) -> None:
        self.database = project.rest(call_timeout_seconds=ANSWER_SECONDS)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="speaker", daemon=True)
        self.thread.start()

    def call(self, function: str, arguments: Row) -> list[Row]:
        call = self.database.call(function, arguments)
        rows = asyncio.run_coroutine_threadsafe(call, self.loop).result(ANSWER_SECONDS)
        return [with_ids(row) for row in rows]

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self.database.close(), self.loop).result(ANSWER_SECONDS)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


def with_ids(row: JsonObject) -> Row:
    return {name: UUID(str(value)) if name in IDS and value else value for name, value in row.items()}


@dataclass(frozen=True)
class HostedProtocol(Protocol):
    project: Hosted
    speaker: Speaker

    @property
    def address(self) -> str:
        return f"{SCHEME}{self.project.gateway.rest}"

    def rows(self, function: str, **arguments: Value) -> list[Row]:
        return self.speaker.call(function, arguments)


@contextmanager
def open_hosted_protocol(database: Database) -> Iterator[HostedProtocol]:
    with hosted(database) as project:
        own = open_protocol(database)
        speaker = Speaker(project)
        try:
            yield HostedProtocol(own.database, own.service, own.admin, project, speaker)
        finally:
            speaker.close()
