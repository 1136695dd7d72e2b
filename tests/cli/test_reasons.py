"""Each reason a row is not being worked for, and which of several is told."""

import pytest

from poolmgr.cli.reasons import reason
from poolmgr.domain.jobs import JobKind
from poolmgr.domain.json import JsonObject

RUNNING = "it is running and no lease says by whom: "
ID = "6f1c0000-0000-0000-0000-000000000000"
UNMET: dict[str, JsonObject] = {
    "the row exists": {},
    "nobody holds it": {
        "worker": "worker-1",
        "host": "host-b",
        "expires_at": "2026-11-26T14:02:11.5+00:00",
        "seconds": 87.2,
        "renewed_seconds": 2.8,
    },
    "no purchase holds it": {"purchase": 17, "state": "unknown"},
    "attempts are left": {"tries": 3, "most": 3},
    "its status waits for this kind": {"state": "error", "error": "no such lot"},
    "its file is named": {},
    "its kind is switched on here": {},
    "the day's budget allows it": {
        "limit_cents": 2400,
        "reserved_cents": 0,
        "spent_cents": 2400,
        "price_cents": 150,
        "enough": False,
    },
    "any host may take it": {"host": "host-b"},
    "its time has come": {
        "not_before": "2026-11-26T09:02:11-05:00",
        "seconds": 37.4,
        "last_error": "The site answered 503.",
    },
}
"""From the most decisive to the least."""

SAID = {
    "the row exists": f"there is no row {ID} here",
    "nobody holds it": "worker-1 on host-b holds it, renewed 3 s ago, lease until 14:02:11 UTC",
    "no purchase holds it": "held: purchase 17 may have been paid and its document is not here: "
    "registre-pool purchases show 17",
    "attempts are left": f"3 of 3 attempts are used: registre-pool jobs retry {ID}",
    "its status waits for this kind": "it failed: no such lot; to try it again: "
    f"registre-pool jobs retry {ID}",
    "its file is named": "it has no supabase_path: nothing to read",
    "its kind is switched on here": "land is switched off for this environment",
    "the day's budget allows it": "the day's budget is spent: 24.00 of 24.00 CAD",
    "any host may take it": "its file lies on host-b",
    "its time has come": "It waits until 14:02:11 UTC (in 37 s) after: The site answered 503.",
}


def conditions(changed: dict[str, JsonObject]) -> list[JsonObject]:
    """Every condition, met but for those named by their unmet facts."""
    return [{"condition": name, "met": name not in changed, "facts": changed.get(name, {})} for name in UNMET]


def why(
    *names: str,
    kind: JobKind = "land",
    host: str = "host-a",
    place: str | None = None,
    facts: dict[str, JsonObject] | None = None,
) -> str:
    changed = {name: UNMET[name] for name in names} | (facts or {})
    return reason(conditions(changed), kind=kind, row_id=ID, host=host, environment=place)


@pytest.mark.parametrize("name", list(UNMET))
def test_each_condition_that_is_not_met_has_its_sentence(name: str) -> None:
    assert why(name) == SAID[name]


def test_a_row_that_meets_all_is_taken_next() -> None:
    assert why() == "the next claim takes it"
    assert reason([], kind="req", row_id=ID, host="h") == "the next claim takes it"


def test_the_most_decisive_reason_is_told() -> None:
    names = list(UNMET)
    for place, name in enumerate(names):
        said = SAID[name]
        if name == "attempts are left":
            said += " (the last: no such lot)"
        assert why(*names[place:]) == said


def test_a_file_on_the_host_that_asks_keeps_nobody_waiting() -> None:
    assert why("any host may take it", host="host-b") == "the next claim takes it"
    assert why("any host may take it", "its time has come", host="host-b") == SAID["its time has come"]


def test_a_lease_that_is_over_says_who_had_it() -> None:
    late = UNMET["nobody holds it"] | {"seconds": -4.0}
    assert why(facts={"nobody holds it": late}) == (
        "worker-1 on host-b held it until 14:02:11 UTC, and the next rescue takes it back"
    )


def test_what_is_far_away_is_said_with_its_date_and_what_had_no_error_without() -> None:
    later: JsonObject = {"not_before": "2026-11-28T14:02:11Z", "seconds": 172_800.0, "last_error": None}
    said = why(facts={"its time has come": later})
    assert said == "It waits until 2026-11-28 14:02:11 UTC (in 172800 s)"


@pytest.mark.parametrize(
    ("kind", "state", "said"),
    [
        ("land", "done", "it is done"),
        ("req", "waiting", "the product says that it is done already, though it waits"),
        (
            "land",
            "running",
            RUNNING + "it is taken back when queue.foreign_limit_seconds are over",
        ),
        (
            "rdprm",
            "running",
            RUNNING + "it may have been paid, so a person decides",
        ),
    ],
)
def test_a_row_that_does_not_wait_says_where_it_stands(kind: JobKind, state: str, said: str) -> None:
    assert why(kind=kind, facts={"its status waits for this kind": {"state": state, "error": None}}) == said


def test_commands_name_the_environment_that_was_asked() -> None:
    assert why("attempts are left", place="staging").endswith(f"jobs retry {ID} --env staging")
    assert why("no purchase holds it", place="staging").endswith("purchases show 17 --env staging")


def test_reading_has_one_switch_for_both_its_kinds() -> None:
    said = why("its kind is switched on here", kind="ocr_acte")
    assert said == "ocr is switched off for this environment"


def test_a_budget_of_nothing_names_the_setting() -> None:
    nothing = UNMET["the day's budget allows it"] | {"limit_cents": 0}
    said = why(kind="rdprm", facts={"the day's budget allows it": nothing})
    assert said == "nothing is bought: money.rdprm_cents_a_day is 0"


def test_nonsense_in_a_fact_is_shown_as_it_is() -> None:
    later: JsonObject = {"not_before": "soon", "seconds": "x"}
    assert why(facts={"its time has come": later}) == "It waits until soon (in 0 s)"
