from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolmgr.config.settings import ServerSettings
from poolmgr.domain.json import JsonObject
from poolmgr.pool.capacity import Size
from poolmgr.pool.costs import COST_KINDS, HALF_TRUSTED, Costs, Measured
from poolmgr.pool.trees import Tree
from tests.pool.rooms import Room

SERVER = ServerSettings()


def tree(ram_mb: float, cpu: float | None) -> Tree:
    return Tree(ram_mb=ram_mb, cpu=cpu, processes=1, at=0.0)


def test_what_was_never_measured_is_counted_as_the_settings_say() -> None:
    assert Costs().all(SERVER) == {
        "registre": Size(cpu=3, ram=1),
        "index": Size(cpu=1.5, ram=0.75),
        "acte": Size(cpu=1, ram=0.5),
    }


def test_what_is_measured_weighs_more_the_more_often_it_was() -> None:
    measured, costs = Measured(), []
    for _ in range(10 * HALF_TRUSTED):
        measured = measured.with_tree(tree(512, 0.5))
        costs.append(measured.corrected(Size(cpu=3, ram=1)))
    assert costs[0].cpu == pytest.approx(3 - 2.5 / (HALF_TRUSTED + 1))
    assert costs[HALF_TRUSTED - 1] == Size(cpu=1.75, ram=0.75)
    assert 0.5 < costs[-1].cpu < 0.8
    assert [cost.cpu for cost in costs] == sorted((cost.cpu for cost in costs), reverse=True)


def test_of_cpu_the_mean_counts_and_of_memory_the_peak() -> None:
    measured = Measured()
    for number in range(200):
        measured = measured.with_tree(tree(2048 if number == 150 else 512, number % 2))
    assert measured.cpu == pytest.approx(0.5, abs=0.1)
    assert 1 < measured.ram <= 2


def test_only_a_child_at_work_says_what_its_work_takes(tmp_path: Path) -> None:
    room = Room(tmp_path, cpu=8, ram=16, ocr=1)
    room.fill()
    costs, child = Costs(), room.child("ocr-1")
    costs.see(child, tree(100, 0.0))
    assert costs.measured["index"].samples == 0
    child.busy = True
    costs.see(child, tree(100, None))
    assert costs.measured["index"].samples == 0, "its CPU is not known before the second measuring"
    costs.see(child, tree(100, 0.7))
    child.claims = ("ocr_acte",)
    costs.see(child, tree(50, 0.1))
    assert (costs.measured["index"].cpu, costs.measured["acte"].cpu) == (0.7, 0.1)
    room.close()


def test_they_are_kept_over_a_restart_of_the_pool() -> None:
    costs = Costs({"index": Measured(samples=7, cpu=0.5, ram=0.25)})
    assert Costs.from_json(costs.as_json()).measured == costs.measured


words = st.one_of(st.none(), st.booleans(), st.text(), st.floats(), st.integers(), st.lists(st.integers()))


@given(
    kept=st.dictionaries(
        st.sampled_from([*COST_KINDS, "other"]),
        st.one_of(words, st.dictionaries(st.sampled_from(["samples", "cpu", "ram_gb"]), words)),
    )
)
def test_a_file_that_makes_no_sense_counts_as_never_measured(kept: JsonObject) -> None:
    for size in Costs.from_json(kept).all(SERVER).values():
        assert 0 < size.cpu <= 4096
        assert 0 < size.ram <= 65_536
