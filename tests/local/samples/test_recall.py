from poolmgr.local.samples.recall import recall


def test_every_word_of_the_truth_has_to_be_found_as_often_as_it_stands_there() -> None:
    assert recall("vente vente quittance", "vente vente vente quittance") == 0.75


def test_order_case_punctuation_and_words_too_many_do_not_count() -> None:
    assert recall("(LOT) l'Érable: 2001-04-22 et du bruit", "2001-04-22, l’érable ; lot") == 1.0


def test_composed_and_decomposed_accents_are_the_same_word() -> None:
    assert recall("Que\u0301bec", "Québec") == 1.0


def test_a_lost_accent_is_a_lost_word() -> None:
    assert recall("Quebec", "Québec") == 0.0


def test_a_truth_without_words_is_wholly_found() -> None:
    assert recall("", "« — »") == recall("bruit", "") == 1.0
