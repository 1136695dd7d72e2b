"""Documents in a Supabase project's Storage: private buckets, reached with the service key alone."""

import asyncio
import hashlib
from collections.abc import Awaitable
from typing import TypeVar

import httpx
from storage3.exceptions import StorageApiError
from supabase import AsyncClient

from poolmgr.domain.errors import Missing, PoolError, Refused, StoreError, StoreUnreachable, Unauthorised
from poolmgr.domain.json import JsonObject
from poolmgr.domain.ports import Documents
from poolmgr.stores.paths import parts
from poolmgr.stores.postgrest import KEY_ADVICE
from poolmgr.stores.project import ANSWER, Project, close
from poolmgr.stores.sqlstates import printable

CONTENT_TYPES = {"pdf": "application/pdf", "html": "text/html; charset=utf-8"}
CACHE_SECONDS = "3600"
LONGEST_SENTENCE = 300
Result = TypeVar("Result")


class SupabaseDocuments(Documents):
    """`Documents` in Storage: `path` is `bucket/object`. Nothing is opened before the first call.

    Its connections are its own: a file that takes minutes keeps no lease from being renewed.
    """

    def __init__(self, project: Project, *, timeout_seconds: float, connections: int) -> None:
        self.project = project
        self.timeout_seconds = timeout_seconds
        self.connections = connections
        self.opened: AsyncClient | None = None

    @property
    def client(self) -> AsyncClient:
        if self.opened is None:
            self.opened = self.project.client(self.connections)
        return self.opened

    async def read(self, path: str) -> bytes:
        """Raises Missing, Unauthorised, StoreError or StoreUnreachable."""
        container, name = parts(path)
        download = self.client.storage.from_(container).download(name)
        data = await self.answered(f"reading {path}", container, download)
        if not is_object(name):
            raise StoreUnreachable(
                f"reading {path}: what came is no answer of {self.project.place}'s Storage."
            )
        return data

    async def write(self, path: str, data: bytes) -> None:
        """Whole: what came to rest is read again and compared. Raises as `read`; Refused for a document that
        the bucket does not take (too large, another type)."""
        container, name = parts(path)
        kind = CONTENT_TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
        doing = f"writing {path} ({len(data)} bytes)"
        upload = self.client.storage.from_(container).upload(
            name, data, {"content-type": kind, "upsert": "true", "cache-control": CACHE_SECONDS}
        )
        await self.answered(doing, container, upload)
        rests = await self.read(path)
        if hashlib.sha256(rests).digest() != hashlib.sha256(data).digest():
            raise StoreUnreachable(f"{doing}: {len(rests)} other bytes came to rest in {self.project.place}.")

    async def buckets(self) -> list[JsonObject]:
        """name, public, file_size_limit (bytes), allowed_mime_types of each. Raises as `read`."""
        found = await self.answered("listing buckets", "", self.client.storage.list_buckets())
        return [
            {
                "name": one.name,
                "public": one.public,
                "file_size_limit": one.file_size_limit,
                "allowed_mime_types": list(one.allowed_mime_types) if one.allowed_mime_types else None,
            }
            for one in found
        ]

    async def close(self) -> None:
        client, self.opened = self.opened, None
        if client is not None:
            await close(client)

    async def answered(self, doing: str, container: str, call: Awaitable[Result]) -> Result:
        ANSWER.set(None)
        try:
            async with asyncio.timeout(self.timeout_seconds):
                return await call
        except TimeoutError:
            raise StoreUnreachable(
                f"{doing}: {self.project.place} gave no answer within {self.timeout_seconds:g} s."
            ) from None
        except StorageApiError as error:
            raise explain(error, doing, container, self.project) from error
        except (httpx.HTTPError, ValueError) as error:  # ValueError: an answer that is no JSON
            raise StoreUnreachable(f"{doing}: {self.project.place} gave no answer: {said(error)}") from error


def is_object(name: str) -> bool:
    """Whether the last answer was of Storage, which names each etag, and no page of somebody between."""
    answer = ANSWER.get()
    kind = answer.headers.get("content-type", "") if answer else ""
    is_page = kind.startswith("text/html") and not name.endswith(".html")
    return answer is not None and "etag" in answer.headers and not is_page


def explain(error: StorageApiError, doing: str, container: str, project: Project) -> PoolError:
    """Storage answers nearly everything with HTTP 400; what it means stands in the body, as text."""
    status = int(error.status) if str(error.status).isdigit() else 0
    sentence = " ".join(printable(project.redact(str(error.message))).split())[:LONGEST_SENTENCE]
    if status == 404 and "bucket" in str(error.code).lower():
        return StoreError(
            f"{doing}: {project.place} has no bucket {container}, or does not take the key.",
            advice=f"Make {container} a private bucket. {KEY_ADVICE}",
        )
    if status == 404:
        return Missing(f"{doing}: it is not in Storage of {project.place}.")
    if status in (401, 403):
        return Unauthorised(f"{doing}: {project.place} does not allow it: {sentence}", advice=KEY_ADVICE)
    if status in (413, 415):
        return Refused(
            f"{doing}: the bucket {container} does not take it: {sentence}",
            advice="Its file size limit and its allowed types (application/pdf) are settings of the bucket.",
        )
    if status == 429 or status >= 500:
        return StoreUnreachable(f"{doing}: Storage of {project.place} answered {status}: {sentence}")
    return StoreError(f"{doing}: Storage of {project.place} answered {error.status}: {sentence}")


def said(error: Exception) -> str:
    return str(error)[:LONGEST_SENTENCE] or type(error).__name__
