from random import Random

import pytest

from poolmgr.local.samples.index import EDGES, TABLE_TOP, compose_index
from poolmgr.local.samples.people import PLACES
from poolmgr.local.samples.sheet import Mark, measure


def right(mark: Mark) -> float:
    return mark.at[0] + measure(mark.text, mark.style)


@pytest.mark.parametrize("pages", [1, 2, 3])
def test_an_index_has_as_many_landscape_pages_as_asked_each_with_its_heading(pages: int) -> None:
    sheets = compose_index(Random(pages), PLACES[1], "1358-176", pages)
    assert len(sheets) == pages
    for number, sheet in enumerate(sheets, 1):
        assert sheet.width > sheet.height
        for words in ("1358-176", "Cité de Montréal (quartier Sainte-Marie)", f"Page {number} de {pages}"):
            assert words in sheet.texts
        assert {"Droits :", "Radiations :"} <= set(sheet.texts)


@pytest.mark.parametrize("seed", range(12))
def test_no_word_touches_a_border_of_its_cell(seed: int) -> None:
    for sheet in compose_index(Random(seed), PLACES[seed % len(PLACES)], "2784195", 2):
        rules = {stroke.points[0][1] for stroke in sheet.strokes if stroke.points[0][0] == EDGES[0]}
        for mark in sheet.marks:
            if not TABLE_TOP < mark.at[1] < max(rules):
                continue
            assert not [edge for edge in EDGES if mark.at[0] - 2 < edge < right(mark) + 2], mark
            top, bottom = mark.at[1] - mark.style.size * 0.95, mark.at[1] + mark.style.size * 0.25
            assert not [y for y in rules if top < y < bottom], mark


def test_a_radiation_is_only_shown_when_its_row_is() -> None:
    for seed in range(6):
        texts = [text for sheet in compose_index(Random(seed), PLACES[0], "1", 1) for text in sheet.texts]
        for text in texts:
            if text.startswith("T "):
                assert text.removeprefix("T ") in texts


def test_the_truth_is_in_the_order_of_reading() -> None:
    truth = compose_index(Random(1), PLACES[0], "2784195", 1)[0].truth
    assert truth.index("Index des immeubles") < truth.index("Nom des parties") < truth.index("Page 1 de 1")
