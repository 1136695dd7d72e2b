"""How much text a row takes: the product indexes it, and a mebibyte of lexemes is the most."""

import psycopg
import pytest

from poolmgr.config.settings import OcrSettings
from poolmgr.ocr import text
from poolmgr.ocr.reading import Page, Reading
from tests.migrations.protocol import Protocol


def distinct_words(count: int, letters: int = 16) -> str:
    """Lexemes of the same length, none of which French shortens."""
    return " ".join(f"{number:x}".rjust(letters, "k") for number in range(count))


def test_twenty_thousand_distinct_words_are_taken(protocol: Protocol) -> None:
    claim = protocol.claimed("ocr_index")
    assert protocol.settle(claim, "done", result={"file_content": distinct_words(20_000)}) == "applied"


def test_more_lexemes_than_a_mebibyte_are_refused_and_one_give_up_follows(protocol: Protocol) -> None:
    claim = protocol.claimed("ocr_index")
    with pytest.raises(psycopg.errors.ProgramLimitExceeded) as refused:
        protocol.settle(claim, "done", result={"file_content": distinct_words(60_000)})
    assert refused.value.sqlstate == "54000"
    assert protocol.renew(claim)[0]["held"]
    assert protocol.settle(claim, "give_up", error=str(refused.value.diag.message_primary)) == "applied"
    assert "tsvector" in str(protocol.error(claim))


def test_sixty_thousand_distinct_words_are_cut_before_they_are_refused(protocol: Protocol) -> None:
    words = distinct_words(60_000).split()
    pages = tuple(
        Page(
            number=number + 1, text=" ".join(words[number * 1000 : number * 1000 + 1000]), engine="text_layer"
        )
        for number in range(60)
    )
    claim = protocol.claimed("ocr_index")
    result = text.result(Reading(pages=pages), "ocr_index", OcrSettings())
    assert result["cut"]
    assert protocol.settle(claim, "done", result=result) == "applied"
    stored = protocol.row("ocr_index", claim["row_id"])["file_content"]
    assert "coupé" in stored.splitlines()[-1]
    kept = protocol.one("select count(*) n from public.pool_ocr_results where row_id = %s", claim["row_id"])
    assert kept["n"] == 60


def test_a_nul_in_the_text_is_refused_as_data(protocol: Protocol) -> None:
    claim = protocol.claimed("ocr_index")
    with pytest.raises(psycopg.DataError) as refused:
        protocol.settle(claim, "done", result={"file_content": "a\0b"})
    assert (refused.value.sqlstate or "22")[:2] == "22"
    assert protocol.renew(claim)[0]["held"]
