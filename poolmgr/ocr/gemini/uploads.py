"""Files too large for a request: uploaded, used, deleted; and swept when their child died in between."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO

from google.genai import types

from poolmgr.domain.errors import Declined, ModelDown, PoolError
from poolmgr.domain.quota import Refusal
from poolmgr.ocr.gemini.client import Client
from poolmgr.ocr.gemini.question import Document
from poolmgr.ocr.gemini.refusals import FAILURES, evidence, meaning
from poolmgr.telemetry.events import emit

MARK = "registre-pool"
"""How every file of ours is named: a project may hold files of others."""

PDF = "application/pdf"
FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.1, 2.0
TOLD = (*FAILURES, ValueError, TypeError)
"""An upload that a server ends in a strange way is a bare ValueError of the client."""


@asynccontextmanager
async def uploaded(client: Client, data: bytes, owner: str) -> AsyncIterator[Document]:
    """The file while it is used. Raises as `Client.ask`. owner: said in its name, for people."""
    try:
        file = await client.genai.aio.files.upload(
            file=BytesIO(data),
            config=types.UploadFileConfig(mime_type=PDF, display_name=f"{MARK} {owner}"),
        )
    except TOLD as error:
        raise explained(error) from error
    try:
        ready = await asyncio.wait_for(active(client, file), client.settings.upload_seconds)
        yield Document(mime=PDF, uri=ready.uri or "")
    except TimeoutError as error:
        raise ModelDown(
            f"An uploaded file was not ready within {client.settings.upload_seconds:g} s."
        ) from error
    finally:
        await asyncio.shield(delete(client, file))


async def active(client: Client, file: types.File) -> types.File:
    """The service looks at a file before it can be used."""
    pause = FIRST_LOOK_SECONDS
    while file.state == types.FileState.PROCESSING:
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_LOOK_SECONDS)
        try:
            file = await client.genai.aio.files.get(name=file.name or "")
        except TOLD as error:
            raise explained(error) from error
    if file.state == types.FileState.FAILED:
        raise Declined("Gemini could not take in the uploaded file.")
    return file


async def delete(client: Client, file: types.File) -> bool:
    """Whether it is gone. The service itself deletes what is left after 48 hours."""
    try:
        await client.genai.aio.files.delete(name=file.name or "")
    except TOLD as error:
        emit("upload.left", file=file.name, error=evidence(error))
        return False
    return True


async def sweep(client: Client) -> int:
    """Deletes files of ours that no living child can still need; how many."""
    oldest = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=client.settings.sweep_seconds)
    swept = 0
    try:
        async for file in await client.genai.aio.files.list():
            ours = (file.display_name or "").startswith(MARK)
            if ours and file.create_time and file.create_time < oldest:
                swept += await delete(client, file)
    except TOLD as error:
        emit("upload.unswept", error=evidence(error))
    if swept:
        emit("upload.swept", count=swept)
    return swept


def explained(error: Exception) -> PoolError:
    """As `Client.ask` raises it: an upload takes nothing of the shared limit, so a 429 here only passes."""
    if not isinstance(error, FAILURES):
        return ModelDown(f"Gemini did not take an upload: {evidence(error)}")
    said = meaning(error)
    return ModelDown(f"Gemini refused an upload: {evidence(error)}") if isinstance(said, Refusal) else said
