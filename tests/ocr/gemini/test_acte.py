"""Deeds, from the PDF's bytes to pages and sections, through the real client and the wire."""

from datetime import UTC, datetime, timedelta

import pytest

from poolmgr.domain.errors import ModelDown
from poolmgr.domain.json import JsonObject
from poolmgr.ocr.gemini import prompts
from poolmgr.ocr.gemini.acte import Block, Transcript, question, sections, texts
from poolmgr.ocr.gemini.records import Records
from tests.gemini.process import LoopbackGemini
from tests.ocr.gemini.scene import deed_of, scene

FIRST = ("Devant maître Hélène Côté, notaire à Québec", "comparaît Jean Tremblay, vendeur")
SECOND = ("lequel vend à Marie Roy le lot 1 234 567", "pour le prix de cent mille dollars")
DEED = deed_of(FIRST, SECOND)


async def test_a_scanned_deed_becomes_pages_and_sections(gemini: LoopbackGemini) -> None:
    async with scene(gemini.settings(acte_model="gemini-y")) as stage:
        reading = await stage.read(DEED, "ocr_acte")
    first, second = reading.pages
    assert (first.engine, first.model, first.prompt) == ("gemini", "gemini-y", prompts.ACTE)
    assert "notaire" in first.text
    assert "lot 1 234 567" in second.text
    assert [section.title for section in reading.sections] == ["EN-TÊTE", "CONDITIONS ET CLAUSES"]
    assert len(reading.usages) == len(gemini.seen) == 1


async def test_a_deed_with_good_text_of_its_own_is_not_sent_unless_wanted(gemini: LoopbackGemini) -> None:
    printed = deed_of(FIRST, SECOND, as_picture=False)
    async with scene(gemini.settings()) as stage:
        reading = await stage.read(printed, "ocr_acte")
        assert {page.engine for page in reading.pages} == {"text_layer"}
        assert gemini.seen == []
    async with scene(gemini.settings(acte_text_layer=False)) as stage:
        reading = await stage.read(printed, "ocr_acte")
        assert {page.engine for page in reading.pages} == {"gemini"}


@pytest.mark.parametrize("fault", ["max_tokens", "drop_midway"])
async def test_a_deed_that_was_cut_goes_on_without_saying_anything_twice(
    gemini: LoopbackGemini, fault: str
) -> None:
    whole = deed_of(FIRST, SECOND, ("Signé à Québec", "Hélène Côté, notaire"))
    async with scene(gemini.settings()) as stage:
        expected = [page.text for page in (await stage.read(whole, "ocr_acte")).pages]
        gemini.set_up(fault)
        reading = await stage.read(whole, "ocr_acte")
    assert [page.text for page in reading.pages] == expected
    assert len(gemini.seen) == 2
    assert "par ces mots" in gemini.asked[1]


async def test_pages_that_were_left_out_are_asked_for_alone_and_then_read_offline(
    gemini: LoopbackGemini,
) -> None:
    deed = deed_of(*[[f"Page {number} de cet acte de vente"] for number in range(1, 5)])
    async with scene(gemini.settings()) as stage:
        gemini.set_up("missing")
        reading = await stage.read(deed, "ocr_acte")
        assert {page.engine for page in reading.pages} == {"gemini"}
        assert [f"{count} page" in text for count, text in zip((4, 1), gemini.asked, strict=True)] == [
            True
        ] * 2
        gemini.set_up("missing", {"fault": "SAFETY", "times": 9})
        reading = await stage.read(deed, "ocr_acte")
    assert [page.engine for page in reading.pages] == ["gemini", "tesseract", "gemini", "gemini"]
    assert "read offline" in reading.pages[1].note
    assert "vente" in reading.pages[1].text


@pytest.mark.parametrize("fault", ["SAFETY", "blocked", "400_invalid"])
async def test_a_deed_that_the_model_will_not_read_is_read_offline(
    gemini: LoopbackGemini, fault: str
) -> None:
    gemini.set_up(fault)
    async with scene(gemini.settings()) as stage:
        reading = await stage.read(deed_of(FIRST), "ocr_acte")
    (page,) = reading.pages
    assert (page.engine, len(gemini.seen)) == ("tesseract", 1)
    assert "notaire" in page.text


async def test_a_loop_in_a_deed_splits_what_is_left_of_it(gemini: LoopbackGemini) -> None:
    deed = deed_of(*[[f"Page {number} de cet acte de vente"] for number in range(1, 5)])
    gemini.set_up("repetition")
    async with scene(gemini.settings()) as stage:
        reading = await stage.read(deed, "ocr_acte")
    assert [f"Page {page.number} de" in page.text for page in reading.pages] == [True] * 4
    assert len(gemini.seen) == 3


async def test_a_long_deed_is_asked_in_parts(gemini: LoopbackGemini) -> None:
    deed = deed_of(*[[f"Page {number} de cet acte de vente"] for number in range(1, 6)])
    async with scene(gemini.settings(acte_pages_a_call=2)) as stage:
        reading = await stage.read(deed, "ocr_acte")
    assert [f"Page {page.number} de" in page.text for page in reading.pages] == [True] * 5
    assert len(gemini.seen) == 3


async def test_a_large_deed_is_uploaded_used_and_deleted(gemini: LoopbackGemini) -> None:
    async with scene(gemini.settings(inline_megabytes=0)) as stage:
        reading = await stage.read(DEED, "ocr_acte")
    assert "notaire" in reading.pages[0].text
    (seen,) = gemini.seen
    assert seen["uri"]
    assert gemini.files == []


async def test_an_uploaded_deed_is_deleted_whatever_became_of_the_call(gemini: LoopbackGemini) -> None:
    gemini.set_up({"fault": "503", "times": 99})
    async with scene(gemini.settings(inline_megabytes=0, tries=1)) as stage:
        with pytest.raises(ModelDown):
            await stage.read(DEED, "ocr_acte")
    assert gemini.files == []


async def test_files_of_dead_children_are_swept_and_nobody_elses(gemini: LoopbackGemini) -> None:
    def plant(name: str, owner: str, age_seconds: float) -> None:
        made = datetime.now(UTC) - timedelta(seconds=age_seconds)
        file: JsonObject = {
            "name": f"files/{name}",
            "displayName": owner,
            "createTime": made.isoformat().replace("+00:00", "Z"),
            "state": "ACTIVE",
        }
        gemini.call("plant", file)

    plant("dead", "registre-pool host ocr-1", 9000)
    plant("used", "registre-pool host ocr-2", 10)
    plant("theirs", "a person's file", 9000)
    async with scene(gemini.settings()) as stage:
        assert await stage.engine.sweep() == 1
    assert sorted(str(file["name"]) for file in gemini.files) == ["files/theirs", "files/used"]


def blocks(*pages: int) -> list[Block]:
    return [Block(page=page, section="PARTIES", text=f"words of {page}") for page in pages]


def test_the_text_of_a_page_has_each_title_once_above_what_belongs_to_it() -> None:
    found = texts([*blocks(0, 0), Block(page=0, section="MONTANTS", text="100 $"), *blocks(1)])
    assert found[0] == "## PARTIES\n\nwords of 0\n\nwords of 0\n\n## MONTANTS\n\n100 $"
    assert found[1] == "## PARTIES\n\nwords of 1"


def test_sections_stand_in_their_order_with_what_all_pages_say() -> None:
    found = sections([Block(page=0, section="SIGNATURES", text="Roy"), *blocks(1, 0)])
    assert [(one.title, one.text) for one in found] == [
        ("PARTIES", "words of 0\n\nwords of 1"),
        ("SIGNATURES", "Roy"),
    ]


def test_blocks_of_pages_that_were_not_shown_are_nowhere() -> None:
    answer = Records("blocks")
    answer.feed(
        '{"blank_pages": [2, 9, "x"], "blocks": [{"page": 7, "text": "invented"}, {"page": 1, "text": "a"}]}'
    )
    transcript = Transcript()
    transcript.take(answer, [4, 5])
    assert [(one.page, one.text) for one in transcript.blocks] == [(4, "a")]
    assert transcript.blank == {5}
    assert transcript.missing([4, 5, 6]) == [6]


def test_going_on_names_the_last_words_and_their_page_as_it_was_shown() -> None:
    asked = question([4, 5], Block(page=5, section="MONTANTS", text="x" * 900 + " cent dollars"))
    assert "page 2" in asked
    assert "MONTANTS" in asked
    assert asked.count("x") < 400
