"""As much of HTTP/1.1 as the loopback project needs: whole requests in, raw answers out."""

import asyncio
import json
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from poolmgr.domain.json import Json, JsonObject

MOST_HEAD_BYTES = 256 * 1024
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


@dataclass(frozen=True, kw_only=True)
class Request:
    method: str
    target: str
    headers: dict[str, str]
    head: bytes = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        """Decoded, without the query."""
        return unquote(urlsplit(self.target).path)

    @property
    def bearer(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ").strip()

    def json(self) -> JsonObject:
        value = json.loads(self.body or b"{}")
        assert isinstance(value, dict)
        return value

    def redirected(self, target: str) -> bytes:
        """The same request for another target, as it goes over the wire."""
        line, _, rest = self.head.partition(b"\r\n")
        method, _, version = line.split(b" ")
        return b" ".join((method, target.encode(), version)) + b"\r\n" + rest + self.body


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """None when the client is done."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    line, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = line.split(" ")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (one.partition(":") for one in lines if one)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method=method, target=target, headers=headers, head=head, body=body)


async def read_answer(reader: asyncio.StreamReader) -> bytes:
    """A server's whole answer as it came, chunks included."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    headers = {name.strip(): value.strip() for name, _, value in (one.partition(":") for one in lines[1:])}
    if headers.get("transfer-encoding") == "chunked":
        return head + await read_chunks(reader)
    return head + await reader.readexactly(int(headers.get("content-length") or 0))


async def read_chunks(reader: asyncio.StreamReader) -> bytes:
    whole = b""
    while True:
        size = await reader.readuntil(b"\r\n")
        chunk = await reader.readexactly(int(size.split(b";")[0], 16) + 2)
        whole += size + chunk
        if chunk == b"\r\n":
            return whole


def answer(status: int, body: bytes, content_type: str, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Answer')}", f"content-type: {content_type}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode("latin-1") + body


def json_answer(status: int, value: Json) -> bytes:
    return answer(status, json.dumps(value).encode(), "application/json; charset=utf-8")
