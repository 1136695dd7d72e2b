import json
from pathlib import Path

from poolmgr.cli.status import allocation_remarks, depth_rows, model_remarks, outage_remarks
from poolmgr.domain.json import JsonObject, text
from tests.cli.conftest import Verb
from tests.clusters import Database
from tests.pools import Pool, command, states
from tests.replicas import index, put_orders
from tests.waiting import until


def test_without_a_pool_status_and_reload_are_exit_3_with_the_fix(verb: Verb) -> None:
    for word in ("status", "reload"):
        answer = verb(word)
        assert answer.returncode == 3
        assert "registre-pool run" in answer.stderr


def test_a_running_pool_shows_its_children_and_its_environments(
    any_database: Database, tmp_path: Path
) -> None:
    with Pool(tmp_path, any_database) as pool:
        pool.wait_until_ready()
        told = json.loads(command("status", "--json", folder=tmp_path).stdout)
        assert told["pid"] == pool.pid
        children = {child["name"]: child for child in told["children"]}
        assert set(children) == {"scout", "ocr-1", "ocr-2"}
        assert set(children["scout"]) >= {"pid", "kind", "worker", "state"}
        shown = command("status", folder=tmp_path).stdout
        assert f"pid {pool.pid}, running" in shown
        assert "ocr-2" in shown
        assert "readers: 1 index, 1 acte (0 indexes and 0 actes wait" in shown
        decisions = command("status", "--decisions", folder=tmp_path).stdout
        assert "child.started" in decisions
        assert "it fits: counted with" in decisions
        found = json.loads(command("status", "--decisions", "--json", folder=tmp_path).stdout)
        assert {one["event"] for one in found["decisions"]} >= {"child.started", "pool.rebalanced"}
        assert pool.stop() == 0


def test_the_split_of_the_readers_is_one_line_with_its_reason() -> None:
    assert list(allocation_remarks({})) == []
    assert list(allocation_remarks({"index": 3, "acte": 1, "both": 0, "why": "9 wait"})) == [
        "readers: 3 index, 1 acte (9 wait)"
    ]
    assert list(allocation_remarks({"index": 0, "acte": 0, "both": 1, "why": "one child reads both"})) == [
        "readers: 1 both (one child reads both)"
    ]
    assert list(allocation_remarks({"index": 0, "acte": 0, "both": 0, "why": "nobody is ready"})) == [
        "readers: none (nobody is ready)"
    ]


def test_a_reload_says_what_changed_and_what_is_refused(any_database: Database, tmp_path: Path) -> None:
    with Pool(tmp_path, any_database) as pool:
        pool.wait_until_ready()
        pool.configure(queue__max_attempts=5)
        answer = command("reload", folder=tmp_path)
        assert (answer.returncode, answer.stdout.strip()) == (0, "queue.max_attempts: 3 -> 5 (at once)")
        again = command("reload", folder=tmp_path)
        assert (again.returncode, again.stdout.strip()) == (0, "nothing changed")
        pool.configure(queue__max_attempts=-1)
        refused = command("reload", folder=tmp_path)
        assert refused.returncode == 78
        assert "queue.max_attempts: must be from 1 to 100" in refused.stderr
        assert pool.stop() == 0


def test_a_child_without_a_working_browser_claims_nothing_and_says_why(
    any_database: Database, tmp_path: Path
) -> None:
    broken = {"registre__browser": "/bin/false", "foncier__url": "http://127.0.0.1:1/Sirf/"}
    (row,) = put_orders(any_database, [index("2784195")])
    with Pool(tmp_path, any_database, **broken) as pool:
        pool.wait_until_ready()
        until(lambda: "does not start" in text(pool.child("registre-1"), "trouble"), 15, "the trouble")
        assert (
            "registre-1 takes no jobs: The browser does not start"
            in command("status", folder=tmp_path).stdout
        )
        until(pool.hears_the_database, 10, "the scout's look")
        assert pool.stop() == 0
    assert states(any_database, [row]) == ["waiting"]
    connection = any_database.connect("supabase_admin")
    assert connection.execute("select count(*) from public.pool_leases").fetchone() == (0,)


def test_a_pool_says_what_it_does_not_do(any_database: Database, tmp_path: Path) -> None:
    with Pool(tmp_path, any_database) as pool:
        pool.wait_until_ready()
        assert "foncier.automation_acknowledged is false" in command("status", folder=tmp_path).stdout
        assert pool.events("pool.notice")


def test_the_days_budgets_are_told_in_cents_in_each_environment(
    any_database: Database, tmp_path: Path
) -> None:
    broken = {"registre__browser": "/bin/false", "foncier__url": "http://127.0.0.1:1/Sirf/"}
    (row,) = put_orders(any_database, [index("2784195")])
    with Pool(tmp_path, any_database, **broken, registre__spool_seconds=0.2) as pool:
        pool.wait_until_ready()
        until(lambda: pool.events("budget.reached"), 15, "the budget of nothing")
        said = "nothing is bought: money.land_cents_a_day is 0"
        assert pool.events("budget.reached")[0]["error"] == said
        assert f"dev: land: {said}" in command("status", folder=tmp_path).stdout
        assert command("jobs", "why", row, folder=tmp_path).stdout.splitlines()[-1] == said
        pool.configure(money__land_cents_a_day=2400)
        command("reload", folder=tmp_path)
        until(lambda: pool.events("budget.free"), 15, "a budget")
        assert "dev: land: 0.00 of 24.00 CAD spent today" in command("status", folder=tmp_path).stdout
        told = json.loads(command("status", "--json", folder=tmp_path).stdout)
        (line,) = told["environments"]["dev"]["budgets"]
        assert (line["limit_cents"], line["price_cents"], line["enough"]) == (2400, 150, True)
        assert pool.stop() == 0


def test_an_environment_that_is_down_has_one_row_that_says_so() -> None:
    rows = depth_rows(
        {"prod": {"depths": [], "outage": "no answer"}, "dev": {"depths": [{"kind": "land", "ready": 2}]}}
    )
    assert rows == [["prod", None, None, None, None, "no answer"], ["dev", "land", 2, 0, None, None]]


def test_an_environment_that_is_down_says_since_when_and_when_it_is_tried_again() -> None:
    down: JsonObject = {"down_since": "2026-11-26T04:00:00+00:00", "retry_in_seconds": 4.2, "troubles": []}
    since = "prod does not answer since 2026-11-26T04:00:00+00:00"
    assert list(outage_remarks("prod", down)) == [f"{since}; the next try is in 4 s"]
    assert list(outage_remarks("prod", down | {"retry_in_seconds": 0.0})) == [
        f"{since}; it is being tried again"
    ]
    assert list(outage_remarks("dev", {"down_since": None, "troubles": ["claim: not allowed"]})) == [
        "dev does not answer our children: claim: not allowed"
    ]


def test_models_show_their_use_what_holds_them_up_and_the_days_money() -> None:
    one: JsonObject = {
        "model": "flash",
        "requests": 1200,
        "requests_limit": 1280,
        "tokens": 2_500_000,
        "tokens_limit": 5_120_000,
        "factor": 0.8,
        "paused_seconds": 12.4,
        "waiting": {"prod": 3, "dev": 0},
    }
    use, money = model_remarks({"limits": [one], "cad_today": 12.5, "cad_a_day": 100.0})
    assert use.startswith(
        "flash: 1,200 of 1,280 requests, 2,500,000 of 5,120,000 input tokens in the last minute"
    )
    assert use.endswith("; paused for 12 s more; lowered to 80% after refusals; calls that wait: 3 in prod")
    assert money == "models: 12.50 of 100.00 CAD today"
    assert list(model_remarks({"limits": [], "cad_today": 7.0, "cad_a_day": 7.0})) == [
        "models: 7.00 of 7.00 CAD today; it is spent, documents wait until midnight"
    ]
    assert list(model_remarks({})) == []
