import pymupdf
import pytest

from poolmgr.local.samples.damage import DAMAGES
from poolmgr.local.samples.forms import FORMS
from poolmgr.local.samples.papers import ACTE, CONDITIONS, LAYOUTS, Paper, draw_papers
from poolmgr.local.samples.sheet import measure


def test_a_set_has_every_layout_in_every_condition() -> None:
    papers = list(draw_papers(range(3, 5)))
    assert len({paper.name for paper in papers}) == len(papers) == 2 * (len(LAYOUTS) + 1) * len(CONDITIONS)


@pytest.mark.parametrize("layout", [*LAYOUTS, ACTE])
def test_a_paper_is_the_same_bytes_each_time_and_its_truth_stands_on_it(layout: str) -> None:
    data, truth = Paper(seed=4, layout=layout, condition="text_layer").make()
    assert data == Paper(seed=4, layout=layout, condition="text_layer").make()[0]
    with pymupdf.open("pdf", data) as document:
        words = set(document[0].get_text().split())
    index = truth.pages[0].index
    if index is not None:
        assert index.layout == layout
        assert {row.number for row in index.rows} <= words
        assert index.rows


@pytest.mark.parametrize("layout", sorted(FORMS))
@pytest.mark.parametrize("seed", range(6))
def test_no_writing_runs_into_the_next_column(layout: str, seed: int) -> None:
    (sheet,), _ = Paper(seed=seed, layout=layout, condition="text_layer").compose()
    edges = FORMS[layout].edges
    for mark in sheet.marks:
        if mark.at[1] > 150:
            right = mark.at[0] + measure(mark.text, mark.style)
            assert not [edge for edge in edges[1:] if mark.at[0] < edge < right], mark


@pytest.mark.parametrize("condition", ["fax_200", "bad_150"])
def test_a_damaged_page_is_one_picture_as_fine_as_it_says(condition: str) -> None:
    data, _ = Paper(seed=1, layout="old_3", condition=condition).make()
    with pymupdf.open("pdf", data) as document:
        ((xref, *_),) = document[0].get_images()
        picture = document.extract_image(xref)
        assert document[0].get_text() == ""
    damage = DAMAGES[condition]
    assert (picture["width"], picture["height"]) == (792 * damage.dpi // 72, 612 * damage.dpi // 72)
    assert picture["bpc"] == (1 if damage.black_and_white else 8)
