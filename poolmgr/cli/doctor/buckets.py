"""What `doctor` says of where an environment's documents rest."""

from collections.abc import Iterator, Mapping
from typing import Protocol, runtime_checkable

from poolmgr.cli.doctor.findings import Finding
from poolmgr.cli.doctor.versions import title
from poolmgr.cli.environments import Access
from poolmgr.config.settings import Settings
from poolmgr.domain.errors import PoolError
from poolmgr.domain.json import JsonObject, strings, text, whole
from poolmgr.stores.paths import BUCKETS

PDF = frozenset({"application/pdf", "application/*", "*/*", "*"})


@runtime_checkable
class Buckets(Protocol):
    """A store of documents that can say which buckets it has."""

    async def buckets(self) -> list[JsonObject]:
        """name, public, file_size_limit (bytes), allowed_mime_types; the last two may be null."""
        ...

    async def close(self) -> None: ...


async def examine(access: Access, settings: Settings, found: list[Finding]) -> None:
    """Adds what it finds to `found`."""
    documents: object = access.documents(settings.queue)
    check = f"{title(access)} storage"
    if not isinstance(documents, Buckets):
        found.append(Finding(check=check, grade="ok", detail=f"in the folder {access.documents_folder}"))
        return
    try:
        buckets = {text(one, "name"): one for one in await documents.buckets()}
        found += judged(check, buckets, settings.registre.max_file_megabytes)
    except PoolError as error:
        found.append(Finding(check=check, grade="failure", detail=error.sentence, fix=error.advice))
    finally:
        await documents.close()


def judged(check: str, buckets: Mapping[str, JsonObject], megabytes: int) -> Iterator[Finding]:
    """megabytes: the largest file that is written."""
    if not buckets:
        detail = "no bucket is seen: there is none, or the key may see none, as the anon key"
        fix = f"Make them in the project's Storage, private, for PDF: {', '.join(BUCKETS.values())}."
        yield Finding(check=check, grade="failure", detail=detail, fix=fix)
        return
    sound = True
    for name in BUCKETS.values():
        for finding in wrong(f"{check} {name}", buckets.get(name), megabytes):
            sound = False
            yield finding
    if sound:
        yield Finding(check=check, grade="ok", detail=f"{', '.join(BUCKETS.values())}: private, and take PDF")


def wrong(check: str, bucket: JsonObject | None, megabytes: int) -> Iterator[Finding]:
    if bucket is None:
        fix = "Make it in the project's Storage: private, for application/pdf."
        yield Finding(check=check, grade="failure", detail="there is no such bucket", fix=fix)
        return
    if bucket.get("public") is True:
        detail, fix = "public: who has an address reads a client's document", "Make the bucket private."
        yield Finding(check=check, grade="failure", detail=detail, fix=fix)
    types = strings(bucket, "allowed_mime_types")
    if types and not PDF.intersection(types):
        detail, fix = f"takes {', '.join(types)} and no PDF", "Allow application/pdf."
        yield Finding(check=check, grade="failure", detail=detail, fix=fix)
    limit = whole(bucket, "file_size_limit")
    if 0 < limit < megabytes * 1_000_000:
        detail = f"takes files up to {limit / 1_000_000:g} MB, registre.max_file_megabytes is {megabytes}"
        fix = "Raise the bucket's limit: a paid document that is larger stays in the spool."
        yield Finding(check=check, grade="warning", detail=detail, fix=fix)
