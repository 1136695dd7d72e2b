"""poolmgr/domain/states.py beside what the SQL does."""

import pytest

from poolmgr.domain.jobs import JOB_KINDS, JobKind
from poolmgr.domain.states import (
    LAND_STATUSES,
    LEASE_ENDS,
    OPEN_PURCHASES,
    PURCHASE_MOVES,
    ROW_MOVES,
    TABLES,
    marks,
    row_state,
)
from tests.migrations.calls import KINDS, Row
from tests.migrations.protocol import Protocol


def stands(protocol: Protocol, claim: Row) -> str:
    """The row's state in the words of ROW_MOVES."""
    if claim["kind"] == "land" and protocol.status(claim) == 3:
        return "done"
    state = row_state(claim["kind"], protocol.status(claim))
    return "held" if state == "error" and protocol.job(claim).get("held") else state


def ended(protocol: Protocol, kind: JobKind, by: str, held: bool, last: bool) -> tuple[str, int]:
    """Where a running row goes, and the attempts it cost."""
    protocol.empty()
    protocol.afford()
    if last:
        protocol.configure(max_attempts=1, max_outages=0)
    most: Row = {"land": {"max_attempts": None}, "req": {}, "rdprm": {}}.get(kind, {"ocr_max_attempts": None})
    claim = protocol.claimed(kind, **most)
    if held:
        protocol.bought(claim, "clicked")
    if by.startswith("settle"):
        assert protocol.settle(claim, by.removeprefix("settle ")) == "applied"
    elif by == "release":
        protocol.value("pool_release", tokens=[claim["token"]], reason="drain")
    elif by.startswith("release_worker"):
        protocol.value("pool_release_worker", worker="w1", reason="killed", crashed="crashed" in by)
    elif by == "rescue":
        protocol.expire(claim)
        protocol.rescue()
    else:
        protocol.value("pool_cancel", kind=kind, row_id=claim["row_id"])
    assert protocol.lease(claim)["outcome"] in LEASE_ENDS
    return stands(protocol, claim), protocol.attempts(claim)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "move", [move for move in ROW_MOVES if move.was == "running"], ids=lambda move: move.by
)
def test_a_running_row_goes_where_the_table_says(protocol: Protocol, kind: JobKind, move: object) -> None:
    (known,) = (one for one in ROW_MOVES if one is move)
    paid = (False, True) if kind in ("land", "rdprm") else (False,)
    seen = set()
    for held in paid if known.by != "cancel" else (False,):
        for last in (False, True):
            state, attempts = ended(protocol, kind, known.by, held, last)
            seen.add(state)
            assert attempts == int(known.counts_attempt and not held)
    possible = set(known.becomes) if len(paid) == 2 else set(known.becomes) - {"held"}
    if known.by == "settle give_up":
        possible.discard("waiting")  # only with a secured file
    assert seen == possible


def test_the_check_of_the_table_has_the_states_that_the_moves_name(protocol: Protocol) -> None:
    definition = protocol.one(
        "select pg_get_constraintdef(oid) as d from pg_catalog.pg_constraint "
        "where conrelid = 'public.pool_purchases'::regclass and contype = 'c' and conname like '%state%'"
    )["d"]
    named = {move.was for move in PURCHASE_MOVES} | {move.becomes for move in PURCHASE_MOVES}
    assert {word for word in definition.split("'") if word.isidentifier() or "_" in word} >= named
    for state in named:
        assert f"'{state}'" in definition
    assert definition.count("::text") == len(named)


def test_marks_are_those_the_database_takes(protocol: Protocol) -> None:
    words = [move.was for move in PURCHASE_MOVES] + [move.becomes for move in PURCHASE_MOVES]
    for was in words:
        for becomes in words:
            found = protocol.value("pool_who_may", was=was, becomes=becomes)
            assert found == marks().get((was, becomes)), (was, becomes)


def test_an_identity_is_taken_in_the_states_that_are_open(protocol: Protocol) -> None:
    definition = protocol.one(
        "select indexdef as d from pg_catalog.pg_indexes where indexname = 'pool_purchases_one_open'"
    )["d"]
    assert set(definition.split("'")[1::2]) == set(OPEN_PURCHASES)


def test_kinds_tables_and_statuses_are_those_of_the_database(protocol: Protocol) -> None:
    for kind in JOB_KINDS:
        assert protocol.value("pool_table", kind=kind) == TABLES[kind]
    found = protocol.query("select id from public.extraction_status order by id")
    assert [row["id"] for row in found] == sorted(LAND_STATUSES)


def test_a_status_of_another_stage_is_elsewhere() -> None:
    assert row_state("land", 6) == "elsewhere"
    assert row_state("ocr_index", 2) == "elsewhere"
    assert row_state("rdprm", "not_found") == "done"
