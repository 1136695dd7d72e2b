"""Events as entries of journald, in its native protocol: one datagram, one entry, every field to be searched.

Each field is `NAME=value` on a line, or, for a value of several lines, the name on a line, the value's length
as 64 bits little-endian, and the value (systemd's "Native Journal Protocol"). journald drops a field whose
name is not of capitals, digits and inner underscores, at most 64 of them.
"""

import json
import re
import socket
import struct
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import orjson

from poolmgr.domain.json import Json, JsonObject

IDENTIFIER = "registre-pool"
PREFIX = "POOL_"
LONGEST_ENTRY_BYTES = 150_000
"""The kernel's own defaults pass a datagram of 212,992 bytes (net.core.wmem_default); the rest is room."""

NAMES: Mapping[str, str] = MappingProxyType(
    {"environment": "POOL_ENV", "row": "POOL_JOB", "seconds": "POOL_DURATION_MS"}
)
"""Of our fields those that are searched under another name; all others are POOL_ and the name in capitals."""

FIELD = re.compile(r"[A-Z0-9_]{1,64}")


class Journal:
    """journald's socket. A new end for each entry: nothing is shared over a fork, nothing is kept open."""

    def __init__(self, address: str) -> None:
        self.address = address

    def send(self, entry: bytes) -> bool:
        """Whether journald has it; never waits and never raises."""
        if not self.address or len(entry) > LONGEST_ENTRY_BYTES:
            return False
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as end:
                end.sendto(entry, self.address)
        except (OSError, ValueError):
            return False
        return True


def entry(message: str, priority: int, event: str, fields: JsonObject) -> bytes:
    """fields: as people may see them. A field without a value is left out."""
    head = {
        "MESSAGE": message,
        "PRIORITY": str(priority),
        "SYSLOG_IDENTIFIER": IDENTIFIER,
        "POOL_EVENT": event,
    }
    return b"".join(encoded(name, value) for name, value in (head | dict(named(fields))).items())


def named(fields: JsonObject) -> Iterator[tuple[str, str]]:
    for key, value in fields.items():
        name = NAMES.get(key, PREFIX + key.upper())
        if value is not None and value != "" and FIELD.fullmatch(name) and name != "POOL_EVENT":
            yield name, text(milliseconds(value) if key == "seconds" else value)


def milliseconds(value: Json) -> Json:
    return round(value * 1000) if isinstance(value, int | float) else value


def text(value: Json) -> str:
    return value if isinstance(value, str) else as_json(value)


def as_json(value: Json) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # Halves of pairs, and whole numbers above 64 bits.
        return json.dumps(value, ensure_ascii=False)


def encoded(name: str, value: str) -> bytes:
    data = value.encode("utf-8", "backslashreplace")
    if b"\n" in data:
        return name.encode() + b"\n" + struct.pack("<Q", len(data)) + data + b"\n"
    return name.encode() + b"=" + data + b"\n"
