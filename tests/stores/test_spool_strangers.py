"""Broken notes and foreign files in a spool's folder harm nothing."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from poolmgr.domain.errors import Missing, StoreError
from poolmgr.domain.json import JsonObject
from poolmgr.stores.spool import Spool
from tests.stores.spools import PDF, TOKEN, keep, names


def changed(note: bytes, **values: object) -> bytes:
    return json.dumps(json.loads(note) | values).encode()


@pytest.mark.parametrize(
    "damage",
    [
        lambda note: b"",
        lambda note: note[:-1],
        lambda note: b"[]",
        lambda note: b"\xff\xfe",
        lambda note: b"[" * 100_000,
        lambda note: changed(note, schema=2),
        lambda note: changed(note, purchase=8),
        lambda note: changed(note, token=""),
        lambda note: changed(note, whole=1),
        lambda note: changed(note, facts=None),
        lambda note: changed(note, parts={}),
        lambda note: note.replace(b"7.pdf", b"8.pdf"),
        lambda note: note.replace(b"7.pdf", b"../7.pdf"),
        lambda note: note.replace(b'"sha256": "', b'"sha256": "x'),
        lambda note: note.replace(b'"size": 13', b'"size": -13'),
    ],
)
async def test_a_broken_note_is_a_store_error_and_passed_over_in_the_list(
    spool: Spool, folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    await keep(spool)
    other = await keep(spool, 8)
    note = (folder / "7.json").read_bytes()
    assert damage(note) != note
    (folder / "7.json").write_bytes(damage(note))
    with pytest.raises(StoreError, match=r"7\.json cannot be used") as raised:
        await spool.read(7)
    assert not isinstance(raised.value, Missing)
    assert await spool.notes() == [other]
    kept = await keep(spool)
    assert await spool.read(7) == (kept, PDF, None)


async def test_facts_from_a_strange_page_are_kept_as_they_came(spool: Spool) -> None:
    facts: JsonObject = {"nul": "a\0b", "lone": "\udcff", "large": 2**70, "deep": [{"é": None}]}
    await spool.keep(7, TOKEN, PDF, facts=facts)
    assert (await spool.read(7))[0].facts == facts


async def test_hostile_files_do_not_matter(spool: Spool, folder: Path, tmp_path: Path) -> None:
    kept = await keep(spool)
    (tmp_path / "secret").write_bytes(b"secret")
    os.mkfifo(folder / "8.json")
    (folder / "9.json").mkdir()
    (folder / "10.json").symlink_to(tmp_path / "secret")
    (folder / "11.json").symlink_to(folder / "7.json")
    for name in ("012.json", "-1.json", "٣.json", "7.json.bak", "x.json", "7 .json", "9" * 20 + ".json"):
        (folder / name).write_bytes((folder / "7.json").read_bytes())
    (folder / ".abc.part").write_bytes(b"half")
    (folder / os.fsdecode(b"\xff.json")).write_bytes(b"{}")
    assert await spool.notes() == [kept]
    there = names(folder)
    for purchase in (8, 9, 10, 11):
        with pytest.raises(Missing, match="has no note"):
            await spool.read(purchase)
    await spool.remove(7)
    assert names(folder) == [name for name in there if name not in ("7.json", "7.pdf")]


async def test_a_link_in_the_place_of_a_document_is_not_followed(
    spool: Spool, folder: Path, tmp_path: Path
) -> None:
    await keep(spool)
    (tmp_path / "elsewhere").write_bytes(PDF)
    (folder / "7.pdf").unlink()
    (folder / "7.pdf").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Missing, match=r"7\.pdf"):
        await spool.read(7)
    await keep(spool, document=b"new")
    assert (tmp_path / "elsewhere").read_bytes() == PDF
    assert (await spool.read(7))[1] == b"new"


async def test_a_pipe_in_the_place_of_a_document_is_missing_and_hangs_nothing(
    spool: Spool, folder: Path
) -> None:
    await keep(spool)
    (folder / "7.pdf").unlink()
    os.mkfifo(folder / "7.pdf")
    with pytest.raises(Missing, match=r"7\.pdf"):
        await spool.read(7)
