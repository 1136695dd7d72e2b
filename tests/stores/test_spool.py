"""What was paid is not lost by a crash, a full disk, or a call that is made again."""

import asyncio
import errno
import hashlib
import os
from pathlib import Path

import pytest

from poolmgr.domain.errors import Missing, StoreError, StoreUnreachable
from poolmgr.stores import spool as spool_module
from poolmgr.stores.files import write_whole
from poolmgr.stores.spool import Spool
from tests.stores.spools import FACTS, PDF, TOKEN, keep, modes, names


class Crash(BaseException):
    """The process is gone."""


def crash_after(monkeypatch: pytest.MonkeyPatch, writes: int) -> None:
    """The process dies before the write that follows so many."""
    left = [writes]

    def write(place: Path, data: bytes) -> None:
        if not left[0]:
            raise Crash
        left[0] -= 1
        write_whole(place, data)

    monkeypatch.setattr(spool_module, "write_whole", write)


async def test_what_was_kept_is_read(spool: Spool) -> None:
    kept = await keep(spool, html=b"<html>")
    assert await spool.read(7) == (kept, PDF, b"<html>")
    assert (kept.purchase, kept.token, kept.whole, kept.html, kept.facts) == (7, TOKEN, True, True, FACTS)
    assert (kept.sha256, kept.size) == (hashlib.sha256(PDF).hexdigest(), len(PDF))
    assert kept.kept_at.endswith("+00:00")
    assert await spool.notes() == [kept]


async def test_each_file_has_the_name_of_its_purchase(spool: Spool, folder: Path) -> None:
    await spool.keep(7, TOKEN, PDF, html=b"<html>", original=(".TIF", b"II*"), facts={})
    await spool.keep(8, TOKEN, PDF, original=("../../x", b"II*"), facts={})
    await spool.keep(9, TOKEN, PDF, original=("/é", b"II*"), facts={})
    assert names(folder) == [
        "7.html", "7.json", "7.original.tif", "7.pdf", "8.json", "8.original.x", "8.pdf",
        "9.json", "9.original.bin", "9.pdf",
    ]  # fmt: skip
    assert (folder / "7.pdf").read_bytes() == PDF
    assert (folder / "7.original.tif").read_bytes() == b"II*"


async def test_what_could_not_be_read_stays_as_evidence_beside_what_came_later(
    spool: Spool, folder: Path
) -> None:
    bad = await spool.keep(7, TOKEN, b"%PD", whole=False, facts={"reason": "unreadable"})
    assert (await spool.read(7))[:2] == (bad, b"%PD")
    assert (bad.whole, names(folder)) == (False, ["7.json", "7.unreadable"])
    good = await keep(spool)
    assert await spool.read(7) == (good, PDF, None)
    assert names(folder) == ["7.json", "7.pdf", "7.unreadable"]
    await spool.remove(7)
    assert names(folder) == []


async def test_only_the_owner_may_read(spool: Spool, folder: Path) -> None:
    before = os.umask(0)
    try:
        await spool.keep(7, TOKEN, PDF, html=b"<html>", original=("tif", b"II*"), facts={})
    finally:
        os.umask(before)
    assert modes(folder.parent) == modes(folder.parents[1]) == {0o700}
    assert modes(folder) == {0o600}


async def test_the_same_kept_again_changes_no_name(spool: Spool, folder: Path) -> None:
    await keep(spool, html=b"<html>")
    there = names(folder)
    again = await keep(spool, html=b"<html>")
    assert names(folder) == there
    assert await spool.read(7) == (again, PDF, b"<html>")


async def test_another_document_kept_again_is_what_is_read(spool: Spool, folder: Path) -> None:
    for document in (b"one", b"two", b"three"):
        kept = await keep(spool, document=document, html=b"<html>")
        assert await spool.read(7) == (kept, document, b"<html>")
        assert len(names(folder)) == 3
    assert await spool.notes() == [kept]
    without = await keep(spool)
    assert await spool.read(7) == (without, PDF, None)
    assert len(names(folder)) == 2


@pytest.mark.parametrize("writes", [0, 1, 2])
async def test_a_crash_before_the_note_has_kept_nothing_and_may_be_repeated(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    with monkeypatch.context() as patch:
        crash_after(patch, writes)
        with pytest.raises(Crash):
            await keep(spool, html=b"<html>")
    with pytest.raises(Missing, match="no note"):
        await spool.read(7)
    assert await spool.notes() == []
    kept = await keep(spool, html=b"<html>")
    assert await spool.read(7) == (kept, PDF, b"<html>")


@pytest.mark.parametrize("writes", [0, 1, 2])
async def test_a_crash_while_keeping_again_leaves_what_was_kept_first(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    first = await keep(spool, html=b"<html>")
    with monkeypatch.context() as patch:
        crash_after(patch, writes)
        with pytest.raises(Crash):
            await keep(spool, document=b"another", html=b"<another>")
    assert await spool.read(7) == (first, PDF, b"<html>")
    second = await keep(spool, document=b"a third", html=b"<third>")
    assert await spool.read(7) == (second, b"a third", b"<third>")


@pytest.mark.parametrize("name", ["7.pdf", "7.html"])
async def test_a_changed_byte_and_a_lost_file_are_missing_by_name(
    spool: Spool, folder: Path, name: str
) -> None:
    await keep(spool, html=b"<html>")
    data = (folder / name).read_bytes()
    for changed in (data[:-1] + b"!", data + b"!", data[:-1]):
        (folder / name).write_bytes(changed)
        with pytest.raises(Missing, match=f"^{name} "):
            await spool.read(7)
    (folder / name).unlink()
    with pytest.raises(Missing, match=f"^{name} is not in"):
        await spool.read(7)
    (folder / name).write_bytes(data)
    assert (await spool.read(7))[1] == PDF


async def test_the_original_is_evidence_and_no_part_of_a_delivery(spool: Spool, folder: Path) -> None:
    kept = await spool.keep(7, TOKEN, PDF, original=("tif", b"II*"), facts={})
    (folder / "7.original.tif").unlink()
    assert await spool.read(7) == (kept, PDF, None)


async def test_a_purchase_that_was_never_kept_is_missing(spool: Spool) -> None:
    with pytest.raises(Missing, match="Purchase 7 has no note"):
        await spool.read(7)
    assert await spool.notes() == []
    await spool.remove(7)


async def test_removing_takes_every_file_of_one_purchase_and_may_be_repeated(
    spool: Spool, folder: Path
) -> None:
    other = await keep(spool, 77)
    await spool.keep(7, TOKEN, b"x", html=b"<a>", original=("tif", b"II*"), whole=False, facts={})
    await spool.keep(7, TOKEN, PDF, html=b"<b>", original=("tif", b"MM*"), facts={})
    for _ in range(2):
        await spool.remove(7)
        assert names(folder) == ["77.json", "77.pdf"]
    assert await spool.notes() == [other]


async def test_a_crash_while_removing_leaves_nothing_that_looks_kept(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep(spool)

    def crash(_folder: Path) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(spool_module, "sync", crash)
        with pytest.raises(Crash):
            await spool.remove(7)
    with pytest.raises(Missing, match="no note"):
        await spool.read(7)
    await spool.remove(7)
    assert names(spool.folder) == []


async def test_a_full_disk_is_said_and_keeps_what_was_there(
    spool: Spool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await keep(spool)

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(
            StoreUnreachable, match=r"keeping purchase 7 \(3 bytes\).*No space left"
        ) as raised:
            await keep(spool, document=b"new")
    assert "Make room" in raised.value.advice
    assert await spool.read(7) == (first, PDF, None)
    assert names(folder) == ["7.json", "7.pdf"]
    second = await keep(spool, document=b"new")
    assert await spool.read(7) == (second, b"new", None)


async def test_a_folder_that_cannot_be_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "paid").write_bytes(b"no folder")
    spool = Spool(tmp_path / "paid" / "dev")
    for call in (keep(spool), spool.read(7), spool.notes(), spool.remove(7)):
        with pytest.raises(StoreError):
            await call


async def test_readers_meet_one_version_or_the_next_while_it_is_kept_again(spool: Spool) -> None:
    versions = {f"{number}".encode() * 5000: f"<{number}>".encode() for number in range(20)}
    await keep(spool, document=b"0" * 5000, html=b"<0>")
    writing = True

    async def read() -> int:
        count = 0
        while writing:
            kept, document, html = await Spool(spool.folder).read(7)
            assert versions[document] == html
            assert hashlib.sha256(document).hexdigest() == kept.sha256
            count += 1
        return count

    readers = [asyncio.create_task(read()) for _ in range(3)]
    for document, html in versions.items():
        await keep(spool, document=document, html=html)
    writing = False
    assert all(count > 0 for count in await asyncio.gather(*readers))


async def test_calls_at_once_keep_one_of_what_they_bring(spool: Spool, folder: Path) -> None:
    documents = [f"{number}".encode() * 9 for number in range(8)]
    kept = await asyncio.gather(*(keep(spool, document=document, html=document) for document in documents))
    found, document, html = await spool.read(7)
    assert found in kept
    assert document == html
    assert len(names(folder)) == 3
