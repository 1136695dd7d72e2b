"""The words between the parent and its children: one JSON object a line over a socketpair.

| parent -> child | fields | | child -> parent | fields |
|---|---|---|---|---|
| wake: there is work | | | ready | |
| calm: there is none | | | | |
| mode | claims[] | | beat | state (idle, busy), jobs |
| pauses: all there are | pauses[]: environment, kind | | claimed | token, environment, kind, row, attempt |
| drain | deadline_seconds | | settled | token, environment, kind, row, attempt, outcome, seconds |
| stop | | | event | event, fields |
| level | level: what is logged from now on | | trouble | error ("" = over): why it takes no jobs |
| release (scout) | worker, reason, crashed | | depths (scout) | environment, depths[], slow_seconds |
| workers (scout) | workers[]: worker_id, status, current_job_id, jobs_completed, jobs_failed | | | |
| | | | released (scout) | worker, count |
| | | | outage (scout) | environment, error ("" = over), retry_seconds; after every try |
| | | | told (scout) | workers[]: ids of those whose last row is written |
| | | | spool (scout) | environment, files, bytes, stranded[]: id, host, row |

A line that is no JSON object, or has no `word`, is dropped and counted by the reader: a child that talks
nonsense must not stop the parent.
"""

from collections.abc import Iterator

import orjson

from poolmgr.domain.json import Json, JsonObject

LONGEST_LINE_BYTES = 1_000_000


def encode(word: str, **fields: Json) -> bytes:
    return orjson.dumps({"word": word, **fields}) + b"\n"


class Inbox:
    """Cuts a stream of bytes into messages; keeps the unfinished tail."""

    def __init__(self) -> None:
        self.tail = b""
        self.dropped = 0

    def feed(self, data: bytes) -> Iterator[JsonObject]:
        *lines, self.tail = (self.tail + data).split(b"\n")
        if len(self.tail) > LONGEST_LINE_BYTES:
            self.tail = b""
            self.dropped += 1
        for line in lines:
            message = decode(line)
            if message is None:
                self.dropped += 1
            else:
                yield message


def decode(line: bytes) -> JsonObject | None:
    """The message in a line, or None when it is not one."""
    try:
        message = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return message if isinstance(message, dict) and isinstance(message.get("word"), str) else None
