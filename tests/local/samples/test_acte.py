from itertools import combinations
from random import Random

import pytest

from poolmgr.local.samples.acte import DRAFTS
from poolmgr.local.samples.deed import draw_subject
from poolmgr.local.samples.flow import BOTTOM, LEFT, RIGHT, compose_acte
from poolmgr.local.samples.people import PLACES
from poolmgr.local.samples.sheet import Mark, Sheet, measure

PAGES = {"Acte": (2, 3), "Radiation": (1, 2), "Acte divers": (2,), "Avis d'adresse": (1, 2)}
CASES = [(acte_type, pages, seed) for acte_type in PAGES for pages in PAGES[acte_type] for seed in range(6)]


Frame = tuple[float, float, float, float]


def frame(mark: Mark) -> Frame:
    """Left, top, right, bottom of its letters."""
    (x, y), size = mark.at, mark.style.size
    return x, y - size * 0.75, x + measure(mark.text, mark.style), y + size * 0.22


def overlap(a: Frame, b: Frame) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def compose(acte_type: str, pages: int, seed: int) -> list[Sheet]:
    rng, place = Random(seed), PLACES[seed % len(PLACES)]
    subject = draw_subject(rng, place, "1358-176", "25616321")
    return compose_acte(DRAFTS[acte_type](rng, subject), pages)


@pytest.mark.parametrize(("acte_type", "pages", "seed"), CASES)
def test_a_deed_has_as_many_pages_as_asked_and_all_its_parts(acte_type: str, pages: int, seed: int) -> None:
    sheets = compose(acte_type, pages, seed)
    assert len(sheets) == pages
    whole = "\n".join(sheet.truth for sheet in sheets)
    for part in ("COMPARAISSENT", "DÉSIGNATION", "1358-176", "25616321", "1.", "Dont acte à", "notaire"):
        assert part in whole


@pytest.mark.parametrize(("acte_type", "pages", "seed"), CASES)
def test_no_line_leaves_the_margins_or_runs_into_the_next(acte_type: str, pages: int, seed: int) -> None:
    for sheet in compose(acte_type, pages, seed):
        for mark in sheet.marks:
            assert mark.at[0] >= LEFT - 0.01
            assert mark.at[0] + measure(mark.text, mark.style) <= RIGHT + 0.01
        boxes = [(mark, frame(mark)) for mark in sheet.marks]
        assert not [(a.text, b.text) for (a, x), (b, y) in combinations(boxes, 2) if overlap(x, y)]
        assert sorted(mark.at[1] for mark in sheet.marks)[-2] <= BOTTOM + 20


def test_a_deed_that_cannot_have_so_many_pages_says_so() -> None:
    with pytest.raises(ValueError, match="« Vente » cannot be set on 9 pages"):
        compose("Acte", 9, 1)
