"""The second call, from the PDF's bytes to corrections, through the real client and the wire."""

from pathlib import Path

import pytest

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import ModelDown
from poolmgr.domain.json import JsonObject, record, records, text
from poolmgr.ocr.boost.natures import NATURES
from poolmgr.ocr.gemini import prompts
from poolmgr.ocr.reading import Reading
from poolmgr.ocr.text import result
from tests.gemini.process import LoopbackGemini
from tests.ocr.gemini.scene import DPI, OCR, ROWS, index_of, numbers, scene

DOUBTED = ("1999-02-03", "331208", "Servi??de", "Gagn?n, Luc", "Roy, Marie")
INDEX = index_of((*ROWS[:2], DOUBTED, ROWS[4]))
SURE = index_of(ROWS[:2])
SECOND = "Relis les inscriptions"


def stored(reading: Reading) -> JsonObject:
    return result(reading, "ocr_index", OCR)


def by_model(found: JsonObject) -> list[JsonObject]:
    return [
        one
        for page in records(found, "pages")
        for one in records(page, "corrections")
        if one["rule"] == "model"
    ]


async def test_without_the_setting_there_is_no_second_call(gemini: LoopbackGemini) -> None:
    async with scene(gemini.settings()) as stage:
        found = stored(await stage.read(INDEX))
    assert len(gemini.seen) == 1
    assert by_model(found) == []


@pytest.mark.parametrize(("data", "ocr"), [(SURE, OCR), (INDEX, OcrSettings(dpi=DPI, boost=False))])
async def test_where_no_row_is_doubtful_or_nothing_is_corrected_there_is_none_either(
    gemini: LoopbackGemini, data: bytes, ocr: OcrSettings
) -> None:
    async with scene(gemini.settings(second_call=True), ocr) as stage:
        await stage.read(data)
    assert len(gemini.seen) == 1


async def test_one_call_of_text_alone_corrects_beside_what_was_read(gemini: LoopbackGemini) -> None:
    async with scene(gemini.settings(second_call=True, index_model="gemini-x")) as stage:
        reading = await stage.read(INDEX)
        (_, (grant, usage)) = stage.quota.settled
    _, second = gemini.seen
    assert (second["mime"], second["instruction"]) == ("", prompts.instruction(prompts.SECOND))
    asked = text(second, "text")
    assert asked.startswith(SECOND)
    assert [DOUBTED[1] in asked, ROWS[1][1] in asked, ROWS[0][1] in asked] == [True, True, False]
    assert usage
    assert reading.usages[1:] == (usage,)
    assert 0.95 <= grant.tokens / usage.input <= 1.2
    found = stored(reading)
    assert {(one["before"], one["after"]) for one in by_model(found)} == {
        ("Servi??de", "Servitude"),
        ("Gagn?n, Luc", "Gagnon, Luc"),
    }
    assert {str(one["evidence"]) for one in by_model(found)} == {
        "['gemini-x, second-1: Seule lecture possible.']"
    }
    verbatim, boosted = text(found, "file_content"), text(found, "boosted_file_content")
    assert "Servi??de" in verbatim
    assert "Gagn?n, Luc" in verbatim
    assert "?" not in boosted
    (page,) = records(found, "pages")
    assert records(record(page, "index"), "rows")[2]["nature"] == "Servi??de"
    assert boosted.count("Ligne ") == verbatim.count("Ligne ") == 4


async def test_what_may_not_be_proposed_is_dropped_and_counted(gemini: LoopbackGemini) -> None:
    gemini.set_up({"fault": "overreach", "when": SECOND})
    async with scene(gemini.settings(second_call=True)) as stage:
        reading = await stage.read(INDEX)
    found = stored(reading)
    assert [one["after"] for one in by_model(found)] == ["Servitude"]
    assert "5 of 6 proposals of the model dropped" in text(found, "note")
    assert "proposals for rows that were not asked: 1" in reading.pages[0].note


@pytest.mark.parametrize("fault", ["503", "403", "SAFETY", "unknown", "bad_json", "drop_midway", "hang"])
async def test_a_second_call_that_fails_is_tried_once_and_noted(gemini: LoopbackGemini, fault: str) -> None:
    gemini.set_up({"fault": fault, "when": SECOND, "times": 9})
    async with scene(gemini.settings(second_call=True, silence_seconds=0.3)) as stage:
        reading = await stage.read(INDEX)
    assert len(gemini.seen) == 2
    assert [len(page) for page in numbers(reading)] == [4]
    assert "second call: " in reading.pages[0].note
    assert reading.note == "see the notes of pages 1"


async def test_a_second_call_that_was_paid_for_is_not_paid_again(
    gemini: LoopbackGemini, tmp_path: Path
) -> None:
    for calls in (2, 0):
        gemini.set_up()
        async with scene(gemini.settings(second_call=True), answers=tmp_path) as stage:
            reading = await stage.read(INDEX)
        assert (len(gemini.seen), len(reading.usages)) == (calls, calls)
        assert len(by_model(stored(reading))) == 2


async def test_no_more_rows_are_asked_than_allowed(gemini: LoopbackGemini) -> None:
    async with scene(gemini.settings(second_call=True, second_call_rows=1)) as stage:
        await stage.read(index_of((DOUBTED, *ROWS[:3], DOUBTED)))
    assert gemini.asked[1].count('"ask":true') == 1


def test_the_prompt_names_every_nature_that_may_be_proposed() -> None:
    told = prompts.instruction(prompts.SECOND)
    assert [nature for nature in NATURES if nature not in told] == []


async def test_a_pause_of_the_service_is_not_waited_for(gemini: LoopbackGemini, tmp_path: Path) -> None:
    async with scene(gemini.settings(), answers=tmp_path) as stage:
        await stage.read(INDEX)
    gemini.set_up()
    slow = gemini.settings(second_call=True, pause_first_seconds=600, pause_max_seconds=600)
    async with scene(slow, answers=tmp_path) as stage:
        stage.engine.client.calm.began(ModelDown("It was overloaded."))
        reading = await stage.read(INDEX)
    assert gemini.seen == []
    assert "second call: Gemini does not serve now." in reading.pages[0].note
