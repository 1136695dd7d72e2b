from poolmgr.ocr.index.lines import lines
from poolmgr.ocr.recognised import Word


def word(text: str, y: float, left: float = 4.0, confidence: float = 0.9) -> Word:
    right = left + 5 * len(text)
    return Word(text=text, left=left, top=y, right=right, bottom=y + 9, confidence=confidence)


def test_a_line_is_its_words_without_dust_and_with_signs_between_words() -> None:
    found = lines(
        [
            word("Durée", 5),
            word(":", 5, 32),
            word("cinq", 5, 40),
            word("|", 5, 90),
            word("—", 30),
        ]
    )
    assert [line.text for line in found] == ["Durée : cinq"]


def test_strokes_of_rules_at_words_and_gaps_after_an_elision_go() -> None:
    assert lines([word("_LACHANCE,", 5), word("d’", 5, 60), word("abornement", 5, 72)])[0].text == (
        "LACHANCE, d’abornement"
    )


def test_a_misread_capital_is_no_bracket() -> None:
    assert lines([word("RENAUD),", 5), word("Yvon", 5, 50)])[0].text == "RENAUD, Yvon"
    assert lines([word("(fils),", 5)])[0].text == "(fils),"


def test_ink_read_twice_is_one_word_and_a_ditto_mark_stands_alone() -> None:
    assert lines([word("22", 5, 4), word("22", 5, 5), word("*", 5, 60)])[0].text == "22"
    assert [line.text for line in lines([word("”", 5), word("ROY", 20), word("”", 20, 60)])] == ["”", "ROY"]


def test_a_capital_that_leans_over_the_next_letter_is_of_its_word() -> None:
    assert lines([word("CARON,", 5), word("Y", 5, 60), word("von", 5, 70)])[0].text == "CARON, Yvon"
