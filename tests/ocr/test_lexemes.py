from poolmgr.ocr.lexemes import Allowance, cost, runs


def test_punctuation_around_a_word_and_its_case_make_no_new_word() -> None:
    assert set(runs("Lot, lot (LOT) « lot » — ...")) == {"lot"}


def test_a_compound_costs_more_than_all_that_is_stored_of_it() -> None:
    stored = ("porte-clés", "porte", "clés")
    assert cost("porte-clés") >= sum(len(part.encode()) + 4 for part in stored)


def test_what_does_not_fit_is_not_counted() -> None:
    allowance = Allowance(text_bytes=20, distinct_words=2)
    assert allowance.take("un deux") == ""
    assert allowance.take("trois") == "words"
    assert allowance.take("un deux un deux") == "bytes"
    assert allowance.take("un deux un") == ""
    assert allowance.text_bytes == 3
