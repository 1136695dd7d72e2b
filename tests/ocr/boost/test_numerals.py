import pytest

from poolmgr.ocr.boost.numerals import number


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("cent mille", 100_000),
        ("deux cent vingt-cinq mille", 225_000),
        ("quatre-vingt-dix-neuf", 99),
        ("quatre-vingts", 80),
        ("soixante et onze", 71),
        ("mille", 1_000),
        ("un million deux cent mille trois cents", 1_200_300),
        ("TROIS CENT QUATRE-VINGT-DOUZE MILLE CINQ CENTS", 392_500),
        ("quarante-huit mille sept cent quatre-vingt", 48_780),
    ],
)
def test_words_say_a_number(words: str, value: int) -> None:
    assert number(words) == value


@pytest.mark.parametrize("words", ["", "somme de cent", "beaucoup", "et"])
def test_other_words_say_none(words: str) -> None:
    assert number(words) is None
