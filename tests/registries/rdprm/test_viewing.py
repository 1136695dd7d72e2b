"""The file of a print comes by one of four ways, and counts when it is a whole PDF."""

import pytest

from poolmgr.domain.errors import Unreadable
from poolmgr.local.replica.rdprm import papers
from poolmgr.registries.rdprm.viewing import checked
from tests.registries.rdprm.searcher import NAME, Searcher

WAYS = {"file": "link", "inline": "link", "blob": "viewer 1", "embed": "viewer 1", "button": "viewer 2"}


async def came_by(searcher: Searcher, viewer: str) -> str:
    """Which way brought the file, the right one."""
    searcher.replica.choose(viewer=viewer)
    extract = await searcher.search()
    assert extract.pdf == papers.extract(NAME, large=False)
    assert len(searcher.paid) == 1
    ways = [one for one in extract.trail if isinstance(one, dict) and "pages" in one]
    assert len(searcher.session.screen.page.context.pages) <= 2, "the viewer's window was closed"
    return str(ways[-1]["way"])


@pytest.mark.parametrize("viewer", ["blob", "button"])
async def test_a_viewer_gives_its_file_by_itself_or_by_its_button(searcher: Searcher, viewer: str) -> None:
    assert await came_by(searcher, viewer) == WAYS[viewer]


@pytest.mark.proof
@pytest.mark.parametrize("viewer", ["file", "inline", "embed", "iframe"])
async def test_every_way_brings_the_whole_file(searcher: Searcher, viewer: str) -> None:
    assert await came_by(searcher, viewer) in ("link", "viewer 1")


@pytest.mark.parametrize("data", [b"", b"<html>Erreur", b"II*\0" + bytes(20)])
def test_what_is_no_pdf_does_not_count(data: bytes) -> None:
    with pytest.raises(Unreadable):
        checked(data)


async def test_a_file_that_stays_broken_is_given_up_with_what_came(searcher: Searcher) -> None:
    searcher.hurry(save_tries=1)
    searcher.replica.fault("cut", times=None)
    error = await searcher.fails(Unreadable)
    assert isinstance(error, Unreadable)
    assert error.data.startswith(b"%PDF")
    assert len(searcher.paid) == 1
