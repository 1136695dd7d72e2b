from random import Random

import pymupdf
import pytest

from poolmgr.local.samples.people import PLACES
from poolmgr.local.samples.plan import HEIGHT, WIDTH, compose_plan
from poolmgr.local.samples.sheet import lay, measure, save


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("lot", ["2784195", "1358-176", "24B"])
def test_a_plan_is_one_sheet_that_names_its_lot_and_stays_on_it(seed: int, lot: str) -> None:
    place = PLACES[seed]
    (sheet,) = compose_plan(Random(seed), place, lot)
    assert {lot, place.circonscription, place.cadastre, "Plan cadastral"} <= set(sheet.texts)
    for mark in sheet.marks:
        assert mark.at[0] > 36
        assert mark.at[0] + measure(mark.text, mark.style) < WIDTH - 36
        assert 36 < mark.at[1] < HEIGHT - 36


def test_its_text_can_be_read_from_its_file() -> None:
    data = save(lay(compose_plan(Random(1), PLACES[0], "2784195")), "plan")
    with pymupdf.open(stream=data, filetype="pdf") as document:
        assert document.page_count == 1
        assert "2784195" in document[0].get_text()
