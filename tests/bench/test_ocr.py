import pytest

from bench import ocr, readers
from poolmgr.ocr.quality.exam import Marks
from poolmgr.ocr.quality.tally import Hits, Tally


def marks(right: int, *, noticed: int = 10, invented: int = 0, boosted: int = 9, cpu: float = 5.0) -> Marks:
    tally = Tally(
        pages=1, hidden=10, noticed=noticed, rows_invented=invented, natures_right=9, boosted_right=boosted
    )
    tally.fields["number"] = Hits(right=right, read=100, true=100)
    return Marks(tally=tally, cpu_seconds=cpu)


def test_a_run_that_keeps_every_promise_has_no_miss() -> None:
    assert (
        ocr.misses(
            {"ours": {"index clean_300": marks(98), "index bad_150": marks(82), "acte faint": marks(0)}}
        )
        == []
    )


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        (marks(97), "field F1 0.97, promised 0.98"),
        (marks(99, noticed=9), "1 hidden rows were not noticed"),
        (marks(99, invented=2), "2 rows were invented"),
        (marks(99, boosted=8), "the rules made natures worse"),
        (marks(99, cpu=10.1), "10.1 CPU seconds a page"),
    ],
)
def test_a_promise_that_is_broken_is_told(mark: Marks, said: str) -> None:
    assert ocr.misses({"ours": {"index scan_200": mark}}) == [f"index scan_200: {said}"]


def test_what_the_rival_lacks_is_said_instead_of_failing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert "missing" in f"{readers.missing()} is missing"
    assert readers.missing() != ""
    assert set(readers.readers()) == {"ours", "plain"}
