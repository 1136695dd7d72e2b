"""Corrected texts for old rows, over any adapter."""

import psycopg

from poolmgr.domain.json import JsonObject
from poolmgr.stores.boosting import Counts, DatabaseBoosting
from tests.stores.conftest import QueueOpening
from tests.stores.rows import add_downloaded, cell

PAGES: list[JsonObject] = [{"page": 1, "corrections": [{"rule": "52"}], "rules_version": "v1"}]


async def test_a_row_is_offered_corrected_once_and_never_over_a_newer_text(
    opening: QueueOpening, product: psycopg.Connection
) -> None:
    first, second = sorted((add_downloaded(product), add_downloaded(product)))
    product.execute("update public.extraction_queue set status_id = 5, file_content = 'Nom des parties: HQ'")
    async with opening() as queue:
        boosting = DatabaseBoosting(queue.database, queue.environment)
        assert await boosting.counts("ocr_index") == Counts(rows=2, characters=38, unread=0)
        (one,) = await boosting.some("ocr_index", None, 1)
        (other,) = await boosting.some("ocr_index", one.row_id, 9)
        assert (one.row_id, other.row_id) == (first, second)
        assert await boosting.write(one, "ocr_index", "Nom des parties: Hydro-Québec", PAGES) == "applied"
        assert await boosting.write(one, "ocr_index", "Nom des parties: Hydro-Québec", PAGES) == "already"
        product.execute("update public.extraction_queue set file_content = 'neuf' where id = %s", [second])
        answer = await boosting.write(other, "ocr_index", "Nom des parties: Hydro-Québec", PAGES)
        assert answer.startswith("refused: ")
    assert cell(product, "extraction_queue", first, "boosted_file_content") == "Nom des parties: Hydro-Québec"
    assert cell(product, "extraction_queue", second, "boosted_file_content") is None
