from collections.abc import Sequence
from dataclasses import replace

import pytest

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.json import JsonObject, record, records, text
from poolmgr.ocr.boost.rules import rules
from poolmgr.ocr.folding import folded
from poolmgr.ocr.index import text_form
from poolmgr.ocr.index.model import Header, IndexPage, Party, Row
from poolmgr.ocr.lexemes import MOST_LEXEME_BYTES, cost, runs
from poolmgr.ocr.reading import Page, Reading
from poolmgr.ocr.text import result, safe

SYLLABLES = ["ba", "ce", "di", "fo", "gu", "lé", "mè", "nô", "pa", "ri"]


def word(number: int) -> str:
    """Distinct for each number, as long as words are."""
    return "".join(SYLLABLES[int(digit)] for digit in f"{number:05}")


def words(count: int, start: int = 0) -> str:
    return " ".join(map(word, range(start, start + count)))


def outcome(texts: Sequence[str], settings: OcrSettings | None = None) -> JsonObject:
    pages = tuple(
        Page(number=number, text=text, engine="tesseract", confidence=0.9)
        for number, text in enumerate(texts, 1)
    )
    return result(Reading(pages=pages), "ocr_acte", settings or OcrSettings(boost=False))


def distinct(content: str) -> int:
    return len(set(runs(content)))


def lexeme_bytes(content: str) -> int:
    return sum(map(cost, set(runs(content))))


def test_every_page_stands_below_its_marker() -> None:
    found = outcome(["Vente", "", "Hypothèque\tBanque"])
    assert (
        found["file_content"]
        == "--- Page 1 ---\nVente\n\n--- Page 2 ---\n\n\n--- Page 3 ---\nHypothèque\tBanque"
    )
    assert found["cut"] is None


def test_nothing_is_boosted_where_it_is_switched_off_and_the_searchable_text_is_plain() -> None:
    found = outcome(["L’Œuvre de\nÉMILE", "Côté   Straße"])
    assert found["boosted_file_content"] is None
    assert found["searchable_file_content"] == "l'oeuvre de emile cote strasse"


def test_each_page_says_its_engine_confidence_and_note() -> None:
    pages = (Page(number=1, text="a\x00b", engine="text_layer", note="n"),)
    found = result(Reading(pages=pages), "ocr_index", OcrSettings())
    assert found["pages"] == [
        {
            "page": 1,
            "engine": "text_layer",
            "text": "ab",
            "confidence": None,
            "note": "n",
            "model": None,
            "prompt_version": None,
            "kind": "ocr_index",
        }
    ]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\x00b", "ab"),
        ("a\ud800b\udfffc", "abc"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb\rc\x0cd\u2028e", "a\nb\nc\nd\ne"),
        ("\x01\x07\x1b\x7f\x9fé😀", "é😀"),
    ],
)
def test_text_is_made_safe(text: str, clean: str) -> None:
    assert safe(text) == clean
    assert folded(safe(text)).encode()


def test_20_000_distinct_words_are_kept_whole() -> None:
    found = outcome([words(1000, 1000 * page) for page in range(20)])
    assert found["cut"] is None
    assert distinct(text(found, "file_content")) > 20_000


def test_60_000_distinct_words_are_cut_at_a_page_border_and_it_is_said() -> None:
    pages = [words(1000, 1000 * page) for page in range(60)]
    found = outcome(pages)
    content = text(found, "file_content")
    assert record(found, "cut") == {"pages_kept": 49, "pages": 60, "inside_page": False, "bound": "words"}
    assert distinct(content) <= 50_000
    assert content.splitlines()[-1].startswith(
        "[Texte coupé ici, après la page 49 sur 60 : la suite de l'acte"
    )
    assert f"--- Page 49 ---\n{pages[48]}\n\n[" in content
    assert [page["text"] for page in records(found, "pages")] == pages


def test_a_single_page_of_60_000_distinct_words_is_cut_inside_between_two_words() -> None:
    found = outcome([words(60_000)])
    content = text(found, "file_content")
    assert record(found, "cut")["inside_page"] is True
    assert 49_000 < distinct(content) <= 50_000
    body, sentence = content.split("\n\n")
    assert sentence.startswith("[Texte coupé ici, dans la page 1 sur 1")
    assert body == "--- Page 1 ---\n" + words(len(body.splitlines()[1].split()))


def test_too_many_bytes_are_cut_at_a_page_border() -> None:
    found = outcome(["déjà vu " * 1000] * 200)
    content = text(found, "file_content")
    assert record(found, "cut")["bound"] == "bytes"
    assert 880_000 < len(content.encode()) <= 900_000
    assert len(text(found, "searchable_file_content").encode()) <= 900_000


def test_one_word_longer_than_a_row_is_cut_within_and_stays_utf_8() -> None:
    found = outcome(["é" * 1_000_000])
    content = text(found, "file_content")
    assert 890_000 < len(content.encode()) <= 900_000
    assert len(text(records(found, "pages")[0], "text")) == 1_000_000


@pytest.mark.parametrize("piece", ["{0}-{1}-{2}-{3}", "http://{0}.ca/{1}/{2}", "{0}{1}{2}{3}"])
def test_lexemes_stay_below_what_a_tsvector_takes_whatever_the_words_are(piece: str) -> None:
    page = " ".join(
        piece.format(*(word(number * 7 % 99_991), word(number), word(number + 1), word(number * 3 % 99_991)))
        for number in range(45_000)
    )
    found = outcome([page], OcrSettings(text_bytes=1_000_000, text_words=1_000_000))
    assert record(found, "cut")["bound"] == "lexemes"
    assert lexeme_bytes(text(found, "file_content")) <= MOST_LEXEME_BYTES


def test_a_cut_keeps_the_sentence_within_the_bounds_at_the_smallest_settings() -> None:
    found = outcome(["mot " * 5000], OcrSettings(text_bytes=1000, text_words=100))
    assert len(text(found, "file_content").encode()) <= 1000
    assert distinct(text(found, "file_content")) <= 100


ROWS = IndexPage(
    number=1,
    layout="modern_inscription",
    header=Header(lot="12"),
    rows=(Row(number="770 292", nature="Servitude", parties=(Party(name="HQ"),), confidence=0.5),),
)


def test_an_index_whose_rows_are_known_is_shown_row_by_row_and_corrected_beside() -> None:
    scan = Page(number=1, text="HQ 770 292", engine="tesseract", index=ROWS)
    loose = Page(number=2, text="une page sans lignes", engine="tesseract")
    found = result(Reading(pages=(scan, loose), note="n"), "ocr_index", OcrSettings())
    content, boosted = text(found, "file_content"), text(found, "boosted_file_content")
    assert content == f"--- Page 1 ---\n{text_form.write(ROWS)}\n\n--- Page 2 ---\nune page sans lignes"
    assert boosted == content.replace("parties: HQ", "parties: Hydro-Québec")
    first, second = records(found, "pages")
    assert first["text"] == "HQ 770 292"
    (row,) = records(record(first, "index"), "rows")
    assert row["parties"] == [{"name": "HQ", "role": ""}]
    assert first["confidences"] == [0.5]
    (correction,) = records(first, "corrections")
    assert (correction["rule"], correction["row"], correction["after"]) == ("52", 1, "Hydro-Québec")
    assert first["rules_version"] == rules().version
    assert "corrections" not in second


def test_an_index_without_any_known_row_is_not_boosted() -> None:
    loose = Page(number=1, text="une page sans lignes", engine="tesseract")
    assert result(Reading(pages=(loose,)), "ocr_index", OcrSettings())["boosted_file_content"] is None


def test_a_cancellation_without_its_row_is_said_in_the_note() -> None:
    section = replace(ROWS, layout="modern_radiation")
    page = Page(number=1, text="x", engine="tesseract", index=section)
    found = result(Reading(pages=(page,)), "ocr_index", OcrSettings())
    assert "registration 770 292" in text(found, "note")


def test_a_deed_is_corrected_and_lists_what_was() -> None:
    found = outcome(["la somme de 50000$", "Dont acte."], OcrSettings())
    assert text(found, "file_content") == "--- Page 1 ---\nla somme de 50000$\n\n--- Page 2 ---\nDont acte."
    boosted = text(found, "boosted_file_content")
    assert boosted.startswith("--- Page 1 ---\nla somme de 50 000 $\n\n--- Page 2 ---\nDont acte.")
    assert boosted.endswith("- page 1, A3 : « 50000$ » → « 50 000 $ »")


def test_a_corrected_text_is_cut_like_any_other() -> None:
    settings = OcrSettings(text_bytes=1000, text_words=50_000)
    found = outcome(["50000$ " * 200, "fin"], settings)
    for name in ("file_content", "boosted_file_content"):
        assert len(text(found, name).encode()) <= 1000
        assert "coupé" in text(found, name)
