"""What was paid for is not paid again, whoever reads the document next."""

import os
import time
from pathlib import Path

import pytest

from poolmgr.domain.errors import ModelDown
from poolmgr.ocr.gemini.answers import READ_KEPT_SECONDS, sweep
from tests.gemini.process import LoopbackGemini
from tests.ocr.gemini.scene import NUMBERS, ROWS, deed_of, index_of, numbers, scene

INDEX = index_of(ROWS, ROWS[:3])
DEED = deed_of(*[[f"Page {number} de cet acte de vente"] for number in range(1, 6)])


async def test_a_job_that_starts_over_pays_only_for_what_it_has_not(
    gemini: LoopbackGemini, tmp_path: Path
) -> None:
    settings = gemini.settings(tries=1, pages_at_once=1)
    async with scene(settings, answers=tmp_path) as stage:
        gemini.set_up("max_tokens")
        reading = await stage.read(INDEX)
    paid = len(gemini.seen)
    assert paid == 3
    gemini.set_up()
    async with scene(settings, answers=tmp_path) as another_child:
        again = await another_child.read(INDEX)
    assert numbers(again) == numbers(reading) == [NUMBERS, NUMBERS[:3]]
    assert (gemini.seen, again.usages) == ([], ())


async def test_after_an_outage_only_the_rest_is_asked(gemini: LoopbackGemini, tmp_path: Path) -> None:
    settings = gemini.settings(tries=1, acte_pages_a_call=2, pages_at_once=1)
    async with scene(settings, answers=tmp_path) as stage:
        gemini.set_up({"fault": "503", "when": "document de 1 page"})
        with pytest.raises(ModelDown):
            await stage.read(DEED, "ocr_acte")
        paid = len(gemini.seen) - 1
        reading = await stage.read(DEED, "ocr_acte")
    assert [f"Page {page.number} de" in page.text for page in reading.pages] == [True] * 5
    assert (paid, len(gemini.seen)) == (2, 4)


@pytest.mark.parametrize("kind", ["ocr_index", "ocr_acte"])
async def test_what_the_model_refused_is_not_asked_again_by_the_next_try(
    gemini: LoopbackGemini, tmp_path: Path, kind: str
) -> None:
    data = index_of(ROWS[:2])
    async with scene(gemini.settings(), answers=tmp_path) as stage:
        gemini.set_up("RECITATION")
        for _ in range(2):
            reading = await stage.read(data, "ocr_index" if kind == "ocr_index" else "ocr_acte")
            assert reading.pages[0].engine == "tesseract"
    assert len(gemini.seen) == 1


async def test_a_large_deed_that_was_answered_is_not_even_uploaded_again(
    gemini: LoopbackGemini, tmp_path: Path
) -> None:
    async with scene(gemini.settings(inline_megabytes=0), answers=tmp_path) as stage:
        first = await stage.read(DEED, "ocr_acte")
        gemini.set_up()
        second = await stage.read(DEED, "ocr_acte")
    assert [page.text for page in second.pages] == [page.text for page in first.pages]
    assert gemini.call("tell")["uploads"] == len(gemini.seen) == 0


async def test_an_answer_of_nothing_and_a_broken_line_are_asked_again_by_the_next_try(
    gemini: LoopbackGemini, tmp_path: Path
) -> None:
    data = index_of(ROWS[:2])
    async with scene(gemini.settings(), answers=tmp_path) as stage:
        gemini.set_up({"fault": "bad_json", "times": 2})
        assert numbers(await stage.read(data)) == [[]]
        assert numbers(await stage.read(data)) == [NUMBERS[:2]]


async def test_a_disk_that_takes_nothing_costs_calls_and_no_job(gemini: LoopbackGemini) -> None:
    async with scene(gemini.settings(), answers=Path("/proc/nowhere")) as stage:
        assert numbers(await stage.read(index_of(ROWS[:2]))) == [NUMBERS[:2]]
        assert numbers(await stage.read(index_of(ROWS[:2]))) == [NUMBERS[:2]]
    assert len(gemini.seen) == 2


def break_answers(folder: Path) -> None:
    for kept in folder.glob("*/*.json"):
        kept.write_bytes(b"{")


async def test_a_file_that_is_no_answer_is_none(gemini: LoopbackGemini, tmp_path: Path) -> None:
    async with scene(gemini.settings(), answers=tmp_path) as stage:
        await stage.read(index_of(ROWS[:2]))
        break_answers(tmp_path)
        assert numbers(await stage.read(index_of(ROWS[:2]))) == [NUMBERS[:2]]
    assert len(gemini.seen) == 2


def folder(parent: Path, name: str, age_seconds: float, *, is_read: bool) -> None:
    made = parent / name
    made.mkdir()
    if is_read:
        (made / ".read").touch()
    moment = time.time() - age_seconds
    os.utime(made, (moment, moment))


def test_answers_stay_an_hour_after_their_document_was_read_and_longer_while_it_was_not(
    tmp_path: Path,
) -> None:
    folder(tmp_path, "read", READ_KEPT_SECONDS + 9, is_read=True)
    folder(tmp_path, "just-read", READ_KEPT_SECONDS - 9, is_read=True)
    folder(tmp_path, "waiting", 9 * READ_KEPT_SECONDS, is_read=False)
    folder(tmp_path, "forgotten", 11 * READ_KEPT_SECONDS, is_read=False)
    assert sweep(tmp_path, 10 * READ_KEPT_SECONDS) == 2
    assert sorted(one.name for one in tmp_path.iterdir()) == ["just-read", "waiting"]
    assert sweep(tmp_path / "nowhere", 1) == 0
