import json
from pathlib import Path

from poolmgr.domain.json import JsonObject, record, whole
from poolmgr.pool import figures
from tests.clusters import Database
from tests.pools import Pool, put, states
from tests.waiting import until


def samples(costs: JsonObject) -> int:
    return sum(whole(record(costs, kind), "samples") for kind in ("index", "acte"))


def test_what_was_measured_of_children_at_work_is_known_to_the_next_life_of_the_pool(
    any_database: Database, tmp_path: Path, slow_scan: bytes
) -> None:
    with Pool(tmp_path, any_database, server__tree_seconds=0.2) as pool:
        pool.wait_until_ready()
        rows = put(tmp_path, any_database, [("ocr_index", slow_scan), ("ocr_acte", slow_scan)])
        until(lambda: states(any_database, rows) == ["done", "done"], 40, "both documents")
        measured = record(record(pool.status(), "capacity"), "measured")
        assert samples(measured) > 0
        assert pool.stop() == 0
        kept = json.loads(figures.path_in(tmp_path).read_text())
        assert samples(record(kept, "costs")) >= samples(measured)
        pool.start()
        until(pool.status, 20, "the next life")
        again = record(record(pool.status(), "capacity"), "measured")
        assert samples(again) == samples(record(kept, "costs"))
        assert pool.stop() == 0
