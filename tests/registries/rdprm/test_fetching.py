"""From a name to its extract, in a real Chromium on the replica, which keeps its own till."""

import pymupdf

from poolmgr.local.replica.rdprm import papers
from poolmgr.registries.rdprm.fetching import facts
from tests.registries.rdprm.searcher import MUCH, NAME, NOBODY, REFERENCE, Searcher


async def test_a_search_is_paid_once_and_its_extract_is_what_the_register_holds(searcher: Searcher) -> None:
    extract = await searcher.search()
    (paid,) = searcher.paid
    assert (paid.name, paid.reference, paid.price_cents, paid.found) == (NAME, REFERENCE, 1200, True)
    assert searcher.asked == [1200]
    assert [one.button for one in searcher.pressed] == ["Confirmer", "Confirmer encore"]
    assert extract.pdf == papers.extract(NAME, large=False)
    told = facts(extract)
    assert (told["found"], told["asked_cents"], told["certified"]) == (True, 1200, papers.CERTIFIED)


async def test_a_name_without_result_is_paid_and_the_page_that_says_so_is_kept(searcher: Searcher) -> None:
    extract = await searcher.search(NOBODY)
    (paid,) = searcher.paid
    assert (paid.name, paid.found) == (NOBODY, False)
    assert (extract.found, extract.certified) == (False, papers.CERTIFIED)
    with pymupdf.open(stream=extract.pdf, filetype="pdf") as document:
        shown = document[0].get_text()
    assert "Aucun résultat" in shown
    assert NOBODY in shown
    assert "Aucun résultat" in str(facts(extract)["said"])


async def test_a_large_print_is_agreed_to_in_a_window_as_in_a_box(searcher: Searcher) -> None:
    for in_tab in (True, False):
        searcher.replica.choose(prints_in_tab=in_tab)
        extract = await searcher.search(MUCH)
        assert extract.pdf == papers.extract(MUCH, large=True)
        assert len(searcher.paid) == 1


async def test_rows_that_come_late_are_not_taken_for_no_result(searcher: Searcher) -> None:
    searcher.hurry(settle_seconds=1.5)
    searcher.replica.choose(rows_seconds=0.6)
    extract = await searcher.search()
    assert (extract.found, extract.pdf) == (True, papers.extract(NAME, large=False))
