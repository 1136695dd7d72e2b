"""Documents in Storage: what is written is what rests there, under a name that Storage takes."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from poolmgr.domain.errors import Missing, Refused, StoreError, StoreUnreachable, Unauthorised
from poolmgr.stores import paths
from poolmgr.stores.project import Project
from poolmgr.stores.storage import SupabaseDocuments
from tests.project.http import answer
from tests.project.keys import key
from tests.project.opened import Hosted
from tests.project.storage import KEY, Bucket

PDF = b"%PDF-1.7\r\n--boundary\r\n" + bytes(range(256)) * 40


@asynccontextmanager
async def opened(
    hosted: Hosted, role: str = "service_role", timeout_seconds: float = 10.0
) -> AsyncIterator[SupabaseDocuments]:
    documents = hosted.documents(role, timeout_seconds)
    try:
        yield documents
    finally:
        await documents.close()


async def test_what_was_written_is_read_and_is_a_pdf_to_the_product(storage_project: Hosted) -> None:
    async with opened(storage_project) as documents:
        await documents.write("index/a.pdf", PDF)
        assert await documents.read("index/a.pdf") == PDF
    stored = storage_project.storage.buckets["index"].objects["a.pdf"]
    assert (stored.data, stored.content_type) == (PDF, "application/pdf")


async def test_it_may_be_written_again(storage_project: Hosted) -> None:
    async with opened(storage_project) as documents:
        for data in (PDF, PDF, b"%PDF another"):
            await documents.write("actes/a.pdf", data)
        assert await documents.read("actes/a.pdf") == b"%PDF another"


@pytest.mark.parametrize(
    "number", ["1 234 567", "2274178", "12/34", "é 24b", "../..", "a?b#c%d", "x" * 400, "B-1358~176"]
)
async def test_every_number_makes_a_name_that_storage_takes(storage_project: Hosted, number: str) -> None:
    name = paths.object_name(
        "index", number=number, circonscription="Montréal", cadastre="Cadastre du Québec", milliseconds=1,
        token="6f9619ff-8b86",
    )  # fmt: skip
    assert KEY.fullmatch(name)
    async with opened(storage_project) as documents:
        await documents.write(f"index/{name}", PDF)
        assert await documents.read(paths.locate(f"index/{name}", "index")) == PDF
    assert list(storage_project.storage.buckets["index"].objects) == [name]


@pytest.mark.parametrize(
    "form",
    [
        "actes/4 5+6(1).pdf",
        "4 5+6(1).pdf",
        "https://x.supabase.co/storage/v1/object/public/actes/4%205+6(1).pdf",
        "https://x.supabase.co/storage/v1/object/sign/actes/4%205%2B6(1).pdf?token=a.b.c",
    ],
)
async def test_a_document_is_read_by_every_form_that_rows_hold(storage_project: Hosted, form: str) -> None:
    async with opened(storage_project) as documents:
        await documents.write("actes/4 5+6(1).pdf", PDF)
        assert await documents.read(paths.locate(form, "acte")) == PDF


async def test_a_document_that_is_not_there_is_missing(storage_project: Hosted) -> None:
    async with opened(storage_project) as documents:
        with pytest.raises(Missing, match=r"reading index/none\.pdf"):
            await documents.read("index/none.pdf")


async def test_a_bucket_that_is_not_there_is_named_with_what_to_do(storage_project: Hosted) -> None:
    del storage_project.storage.buckets["index"]
    async with opened(storage_project) as documents:
        for call in (documents.read("index/a.pdf"), documents.write("index/a.pdf", PDF)):
            with pytest.raises(StoreError, match="no bucket index") as raised:
                await call
            assert not isinstance(raised.value, Missing)
            assert "private bucket" in raised.value.advice


async def test_what_a_bucket_does_not_take_is_refused(storage_project: Hosted) -> None:
    storage_project.storage.buckets["index"] = Bucket(
        name="index", file_size_limit=10, allowed_mime_types=["application/pdf"]
    )
    async with opened(storage_project) as documents:
        with pytest.raises(Refused, match="exceeded the maximum"):
            await documents.write("index/a.pdf", PDF)
        with pytest.raises(Refused, match="text/html is not supported"):
            await documents.write("index/a.html", b"<table>")


async def test_the_public_key_writes_nothing(storage_project: Hosted) -> None:
    async with opened(storage_project, "anon") as documents:
        with pytest.raises(Unauthorised, match="row-level security") as raised:
            await documents.write("index/a.pdf", PDF)
    assert key("anon") not in str(raised.value)


@pytest.mark.parametrize("spoiled", [lambda data: data[:-1], lambda data: b"", lambda data: data + b"\0"])
async def test_an_upload_that_rests_otherwise_than_sent_is_no_success(
    storage_project: Hosted, spoiled: object
) -> None:
    storage_project.storage.spoil = spoiled  # type: ignore[assignment]
    async with opened(storage_project) as documents:
        with pytest.raises(StoreUnreachable, match="other bytes"):
            await documents.write("index/a.pdf", PDF)


@pytest.mark.parametrize(
    "said",
    [
        answer(503, b"<html>upstream</html>", "text/html"),
        answer(
            544, b'{"statusCode":"544","error":"DatabaseTimeout","message":"timed out"}', "application/json"
        ),
        answer(400, b'{"statusCode":"429","error":"TooMany","message":"slow down"}', "application/json"),
        answer(200, b"{", "application/json"),
    ],
)
async def test_storage_in_trouble_is_unreachable(storage_project: Hosted, said: bytes) -> None:
    storage_project.storage.down = said
    async with opened(storage_project) as documents:
        with pytest.raises(StoreUnreachable):
            await documents.write("index/a.pdf", PDF)


@pytest.mark.parametrize(
    "said",
    [
        answer(200, b"<html>We will be back soon.</html>", "text/html", etag='"1"'),
        answer(200, b"", "application/pdf"),
        answer(200, b"%PDF", "application/pdf"),
    ],
)
async def test_a_page_of_somebody_between_is_no_document(storage_project: Hosted, said: bytes) -> None:
    storage_project.storage.down = said
    async with opened(storage_project) as documents:
        with pytest.raises(StoreUnreachable, match="no answer of"):
            await documents.read("index/a.pdf")


async def test_nobody_there_is_unreachable() -> None:
    nowhere = Project(url="http://127.0.0.1:9", key=SecretStr("key"))
    documents = SupabaseDocuments(nowhere, timeout_seconds=5, connections=1)
    with pytest.raises(StoreUnreachable):
        await documents.read("index/a.pdf")
    await documents.close()


async def test_a_large_document_is_carried_whole(storage_project: Hosted) -> None:
    data = os.urandom(12_000_000)
    async with opened(storage_project) as documents:
        await documents.write("plans-cadastraux/large.pdf", data)
        assert await documents.read("plans-cadastraux/large.pdf") == data


async def test_buckets_are_told_with_what_they_take(storage_project: Hosted) -> None:
    storage_project.storage.buckets = {"index": Bucket(name="index", public=True, file_size_limit=7)}
    async with opened(storage_project) as documents:
        assert await documents.buckets() == [
            {"name": "index", "public": True, "file_size_limit": 7, "allowed_mime_types": None}
        ]
