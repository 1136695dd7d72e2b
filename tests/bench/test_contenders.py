"""Both supervisors of the comparison are asked alike, and answer with what happened."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import contenders
from bench.contenders import CHILDREN, HANG_SECONDS, Contender, identities, living

NO_DATABASE = "postgresql://nobody@127.0.0.1:1/none"


@pytest.fixture(params=["ours", "gunicorn"])
def contender(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Contender]:
    if request.param == "gunicorn" and contenders.GUNICORN is None:
        pytest.skip("gunicorn is not here")
    made = {
        "ours": lambda: contenders.ours(tmp_path / "pool", NO_DATABASE, "trivial"),
        "gunicorn": lambda: contenders.gunicorn(tmp_path / "pool"),
    }
    with made[request.param]() as running:
        yield running


def test_a_supervisor_replaces_the_killed_renews_all_when_hung_up_and_leaves_nobody(
    contender: Contender,
) -> None:
    before = set(contender.pids())
    assert len(before) == CHILDREN
    oldest = contender.oldest()
    assert 0 < contender.kill_one() < 30_000
    after = set(contender.pids())
    assert len(after) == CHILDREN
    assert before - after == {oldest}
    assert 0 < contender.hang_up() < 60_000
    renewed = identities(contender.pids())
    assert len(renewed) == CHILDREN
    assert not after & set(renewed)
    assert contender.megabytes() > 0
    assert contender.cpu_seconds() > 0
    assert 0 < contender.kill_parent() < 30
    assert living(renewed) == []


def test_a_child_that_stands_still_is_replaced_not_long_after_its_limit(tmp_path: Path) -> None:
    with contenders.ours(tmp_path / "pool", NO_DATABASE, "trivial") as running:
        assert running.hang_one() < HANG_SECONDS + 10
