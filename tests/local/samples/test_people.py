from random import Random

import pytest

from poolmgr.local.samples.people import PLACES, draw_designation, draw_lot, write_amount, write_thousands


@pytest.mark.parametrize(
    ("thousands", "words"),
    [
        (1, "mille"),
        (21, "vingt et un mille"),
        (71, "soixante et onze mille"),
        (80, "quatre-vingt mille"),
        (95, "quatre-vingt-quinze mille"),
        (181, "cent quatre-vingt-un mille"),
        (200, "deux cent mille"),
        (240, "deux cent quarante mille"),
        (870, "huit cent soixante-dix mille"),
    ],
)
def test_prices_are_written_in_french_words(thousands: int, words: str) -> None:
    assert write_thousands(thousands) == words


def test_amounts_part_their_thousands_with_a_space() -> None:
    assert write_amount(1_240_500) == "1 240 500,00 $"


def test_renovated_lots_have_seven_digits_and_old_ones_a_subdivision() -> None:
    rng = Random(1)
    for place in PLACES:
        lot = draw_lot(rng, place)
        assert (len(lot) == 7 and lot.isdigit()) == (place.cadastre == "Cadastre du Québec")
        assert ("-" in lot) == (place.cadastre != "Cadastre du Québec")


def test_only_townships_have_a_range() -> None:
    for place in PLACES:
        assert bool(draw_designation(Random(1), place)) == place.cadastre.startswith("Canton")
