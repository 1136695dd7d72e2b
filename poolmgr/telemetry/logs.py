"""Events for people and programs: entries of the journal under systemd, else lines on stderr.

One event, one line, one write. Where the journal does not take an entry, its line goes to stderr, which
systemd connects to the journal, too, and the number in front of the line is its priority.

A line is at most PIPE_BUF long, so that lines of parent and children never mix in a pipe, and is written
only when it fits without waiting: a reader that hangs must not stop supervision. Lines that were lost are
counted and said as soon as there is room (two processes that fill the last room at the same moment may
still wait: POSIX offers no write that is both on a shared descriptor and never blocking).
"""

import os
import re
import select
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal, Protocol, runtime_checkable

from poolmgr.config.tables import LogSettings
from poolmgr.domain.json import Json, JsonObject
from poolmgr.telemetry.events import Event, Level, subscribe, subscribers
from poolmgr.telemetry.journal import LONGEST_ENTRY_BYTES, Journal, as_json, entry
from poolmgr.telemetry.secrets import Redactor

Form = Literal["auto", "journal", "json", "console"]
Shape = Literal["journal", "json", "console"]

LONGEST_LINE_BYTES = select.PIPE_BUF
PRIORITIES: Mapping[Level, int] = MappingProxyType({"debug": 7, "info": 6, "warning": 4, "error": 3})
COLOURS: Mapping[Level, int] = MappingProxyType({"debug": 90, "info": 36, "warning": 33, "error": 31})
LENGTHS = (2000, 600, 200, 60, 15)
"""Characters a value may have, tried in this order until the line fits."""

LONGEST_FIELD = 20_000
"""Characters a value may have in the journal, where it stands in a field of its own."""

# Control characters, line and paragraph separators, what turns text around, and halves of pairs: none of
# them may reach a terminal or start a line of its own.
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
BARE = re.compile(r"[\w./:@%+,*-]+")


def configure(settings: LogSettings, secrets: Iterable[str]) -> Callable[[], None]:
    """From now on events are written; the answer ends that. Works after a fork, too."""
    shape = shape_of(settings.format, os.environ, 2)
    journal = Journal(settings.journal_socket)
    return subscribe(LogWriter(shape=shape, level=settings.level, secrets=secrets, journal=journal))


def listen_from(level: Level) -> None:
    """What is less important is not written from now on; a child hears of it from its parent."""
    for one in subscribers:
        listener: object = one
        if isinstance(listener, Leveled):
            listener.listen_from(level)


def shape_of(form: Form, environ: Mapping[str, str], fd: int) -> Shape:
    if form != "auto":
        return form
    if is_journal(environ.get("JOURNAL_STREAM", ""), fd):
        return "journal"
    return "console" if os.isatty(fd) else "json"


def is_journal(stream: str, fd: int) -> bool:
    """Whether the descriptor is the one systemd connected to the journal: `device:inode`."""
    try:
        found = os.fstat(fd)
    except OSError:
        return False
    return stream == f"{found.st_dev}:{found.st_ino}"


@runtime_checkable
class Leveled(Protocol):
    """A subscriber that leaves out what is less important than its level."""

    def listen_from(self, level: Level) -> None: ...


class LogWriter:
    """A subscriber that writes entries or lines; it never raises and never waits."""

    def __init__(
        self,
        *,
        shape: Shape,
        level: Level,
        secrets: Iterable[str],
        journal: Journal | None = None,
        fd: int = 2,
    ) -> None:
        self.shape = shape
        self.lowest = PRIORITIES[level]
        self.redactor = Redactor(secrets)
        self.journal = journal if shape == "journal" else None
        self.fd = fd
        self.lost = 0

    def listen_from(self, level: Level) -> None:
        self.lowest = PRIORITIES[level]

    def __call__(self, event: Event) -> None:
        if event.relayed or PRIORITIES[event.level] > self.lowest:
            return
        line = self.line(event)
        if self.journal and self.journal.send(self.entry(event, line)):
            return
        if not self.write(line):
            self.lost += 1
        elif self.lost and self.write(self.line(lost_lines(self.lost, event.at))):
            self.lost = 0

    def entry(self, event: Event, line: bytes) -> bytes:
        """The line as its message, and every field by itself, as long as there is room for all."""
        message = line.decode().partition(">")[2].rstrip("\n")
        fields, name = self.cleaned(event, event.fields, LONGEST_FIELD)
        whole = entry(message, PRIORITIES[event.level], name, fields)
        if len(whole) <= LONGEST_ENTRY_BYTES:
            return whole
        return entry(message, PRIORITIES[event.level], name, self.cleaned(event, event.fields, LENGTHS[0])[0])

    def line(self, event: Event) -> bytes:
        """The first rendering that fits."""
        for longest in LENGTHS:
            line = self.render(event, event.fields, longest)
            if len(line) <= LONGEST_LINE_BYTES:
                return line
        return self.render(event, {"cut": len(event.fields)}, LENGTHS[-1])

    def render(self, event: Event, fields: JsonObject, longest: int) -> bytes:
        clean, name = self.cleaned(event, fields, longest)
        line = RENDERERS[self.shape](event, name, clean)
        return line.encode("utf-8", "backslashreplace") + b"\n"

    def cleaned(self, event: Event, fields: JsonObject, longest: int) -> tuple[JsonObject, str]:
        """Fields and name without secrets."""
        clean = self.redactor.plain(fields, longest)
        assert isinstance(clean, dict)
        return clean, str(self.redactor.plain(event.name, 100))

    def write(self, line: bytes) -> bool:
        try:
            return has_room(self.fd) and os.write(self.fd, line) == len(line)
        except OSError:
            return False


def has_room(fd: int) -> bool:
    """Whether a write of at most PIPE_BUF bytes goes through at once."""
    room = select.poll()
    room.register(fd, select.POLLOUT)
    return any(mask & select.POLLOUT for _, mask in room.poll(0))


def lost_lines(count: int, at: float, culprit: str = "the reader of stderr") -> Event:
    fields: JsonObject = {"lines": count, "error": f"{culprit} was full or too slow"}
    return Event(name="log.lost", fields=fields, at=at)


def journal_line(event: Event, name: str, fields: JsonObject) -> str:
    return f"<{PRIORITIES[event.level]}>{escape(name)}{pairs(fields)}"


def json_line(event: Event, name: str, fields: JsonObject) -> str:
    head: JsonObject = {"at": stamp(event.at), "level": event.level, "event": name}
    rest: JsonObject = {f"{key}_" if key in head else key: value for key, value in fields.items()}
    return dumps(head | rest)


def console_line(event: Event, name: str, fields: JsonObject) -> str:
    clock = datetime.fromtimestamp(event.at).astimezone().strftime("%H:%M:%S")
    colour = f"\x1b[{COLOURS[event.level]}m"
    return f"\x1b[90m{clock}\x1b[0m {colour}{event.level:<7}\x1b[0m {escape(name)}{pairs(fields)}"


RENDERERS: Mapping[Shape, Callable[[Event, str, JsonObject], str]] = MappingProxyType(
    {"journal": journal_line, "json": json_line, "console": console_line}
)


def stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def pairs(fields: JsonObject) -> str:
    return "".join(f" {escape(key)}={shown(value)}" for key, value in fields.items())


def shown(value: Json) -> str:
    if isinstance(value, str) and BARE.fullmatch(value):
        return escape(value)
    return dumps(value)


def dumps(value: Json) -> str:
    """JSON on one line: what its own rules leave as it is (C1, separators, turns) is escaped as well."""
    return UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", as_json(value))


def escape(text: str) -> str:
    """A word without spaces, quotes or anything unsafe."""
    word = UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return word.replace(" ", "_").replace("=", "_").replace('"', "_")
