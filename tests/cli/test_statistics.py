import json
from pathlib import Path

from poolmgr.cli.statistics import Told, remarks
from tests.cli.conftest import Verb
from tests.clusters import Cluster, Database
from tests.pools import QUICK, command, configuration

FILL = """
insert into public.extraction_queue (document_source, document_number, supabase_path, status_id, ocr_error)
  values ('index', '1', 'index/a.pdf', 3, null), ('index', '2', 'index/b.pdf', 3, null),
    ('acte', '3', 'actes/c.pdf', 4, 'unreadable');
"""
CLAIM = "select token from public.pool_claim(gen_random_uuid(), '{ocr_index}', 'w1', 'host-b', 2, 90)"


def fill(database: Database) -> None:
    """One read, one running under a lease that ran out, one failed."""
    connection = database.connect()
    connection.execute(FILL)
    done, _ = (token for (token,) in connection.execute(CLAIM).fetchall())
    outcome = json.dumps({"outcome": "done", "result": {"file_content": "texte"}})
    assert connection.execute("select public.pool_settle(%s, %s)", [done, outcome]).fetchone() == ("applied",)
    connection.execute("update public.pool_leases set expires_at = now() where ended_at is null")


def test_statistics_count_and_name_what_is_stuck_and_what_failed(verb: Verb, any_database: Database) -> None:
    fill(any_database)
    lines = verb("jobs", "stats", "--days", "3").stdout.splitlines()
    assert lines[0].split() == (
        ["environment", "kind", "state", "source", "count", "min", "s", "mean", "s", "max", "s", "attempts"]
    )
    cells = [line.split() for line in lines[1:4]]
    assert [row[:5] for row in cells] == [
        ["dev", "ocr_acte", "error", "acte", "1"],
        ["dev", "ocr_index", "done", "index", "1"],
        ["dev", "ocr_index", "running", "index", "1"],
    ]
    assert cells[0][5:8] == ["-", "-", "-"]
    assert lines[4] == "dev: 1 stuck"
    assert "its lease expired; w1 on host-b, claimed " in lines[5]
    assert lines[6] == "dev: 1 failed in 3 days"
    assert lines[7].endswith(": unreadable")


def test_every_environment_is_asked_unless_one_is_named(
    any_database: Database, newest_cluster: Cluster, tmp_path: Path
) -> None:
    other = newest_cluster.create_database()
    fill(any_database)
    settings = {
        **QUICK,
        "environments.prod.database_url": other.url,
        "environments.prod.documents_folder": str(tmp_path),
    }
    (tmp_path / "config.toml").write_text(configuration(tmp_path, any_database, settings))
    told = json.loads(command("jobs", "stats", "--json", folder=tmp_path).stdout)
    assert (told["schema"], told["days"], list(told["environments"])) == (1, 7, ["prod", "dev"])
    prod, dev = told["environments"]["prod"], told["environments"]["dev"]
    assert prod == {"stats": [], "stuck": [], "failed": [], "error": None}
    assert [row["reason"] for row in dev["stuck"]] == ["its lease expired"]
    assert [row["error"] for row in dev["failed"]] == ["unreadable"]
    named = json.loads(command("jobs", "stats", "--env", "prod", "--json", folder=tmp_path).stdout)
    assert list(named["environments"]) == ["prod"]
    newest_cluster.drop_database(other)
    half = command("jobs", "stats", "--json", folder=tmp_path)
    assert half.returncode == 4
    told = json.loads(half.stdout)["environments"]
    assert told["prod"]["error"]
    assert told["dev"]["stats"] == dev["stats"]


def test_an_environment_that_does_not_answer_has_one_line() -> None:
    assert list(remarks(Told(environment="prod", error="nobody there"), 3)) == [
        "prod does not answer: nobody there"
    ]


def test_a_row_whose_owner_is_unknown_is_still_named() -> None:
    row = {
        "kind": "rdprm",
        "row_id": "r",
        "worker": None,
        "host": None,
        "seconds": None,
        "reason": "no lease",
    }
    assert list(remarks(Told(environment="dev", stuck=[{**row}]), 3)) == [
        "dev: 1 stuck",
        "  rdprm r: no lease; nobody known",
        "dev: 0 failed in 3 days",
    ]
