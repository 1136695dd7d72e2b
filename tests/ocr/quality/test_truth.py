import orjson
import pytest

from poolmgr.local.samples.papers import LAYOUTS, Paper
from poolmgr.ocr.quality.truth import BadTruth, parse


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_the_generator_writes_is_read_whole(layout: str) -> None:
    _, truth = Paper(seed=2, layout=layout, condition="text_layer").compose()
    read = parse(orjson.dumps(truth.as_json()), "a test")
    (page,), (told,) = read.pages, truth.pages
    assert page.index is not None
    assert told.index is not None
    assert (page.text, page.index.layout, len(page.index.rows)) == (told.text, layout, len(told.index.rows))
    assert [party.name for party in page.index.rows[0].parties] == [
        p.name for p in told.index.rows[0].parties
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"kind":"x"}',
        b'{"kind":"ocr_index","pages":[]}',
        b'{"kind":"ocr_index","pages":[{"text":"","index":{"layout":"new"}}]}',
    ],
)
def test_what_is_no_truth_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(BadTruth, match=r"acte\.json is no truth"):
        parse(data, "acte.json")
