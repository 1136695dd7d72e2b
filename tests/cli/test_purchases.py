import asyncio
import json
from pathlib import Path
from uuid import uuid4

import pymupdf
import pytest
from psycopg.types.json import Jsonb

from poolmgr.domain.jobs import EnvironmentName, Token
from poolmgr.domain.json import JsonObject
from poolmgr.stores.spool import Spool
from tests.cli.conftest import Verb
from tests.clusters import Database

STATES = ("intent", "clicked", "void", "not_sold", "secured", "delivered", "unknown", "allowed")


def pay(database: Database, state: str, registry: str = "land", identity: str = "") -> tuple[int, str]:
    """A purchase standing in this state, and its row's id."""
    row = str(uuid4())
    made = (
        database.connect()
        .execute(
            "insert into public.pool_purchases (registry, identity, kind, row_id, token, worker, host, "
            "price_cents, budget_day, state, clicked_at, account, facts) values (%(registry)s, %(identity)s, "
            "%(registry)s, %(row)s, gen_random_uuid(), 'w1', 'h1', %(cents)s, current_date, %(state)s, "
            "'2026-01-02T03:04:05Z', 'a1', %(facts)s) returning id",
            {
                "registry": registry,
                "identity": identity or str(uuid4()),
                "row": row,
                "cents": 1200 if registry == "rdprm" else 150,
                "state": state,
                "facts": Jsonb({"reference": "[red]"}),
            },
        )
        .fetchone()
    )
    assert made is not None
    return int(made[0]), row


def hold(database: Database) -> tuple[int, str]:
    """A land row whose lease ended after its click: the purchase's id and the row's."""
    with database.connect("service_role") as queue:
        queue.execute('select public.pool_configure(\'{"budgets": {"land": 10000}}\')')
        row = str(uuid4())
        job = {
            "document_source": "index",
            "document_number": "1",
            "circonscription_fonciere": "Montréal",
            "cadastre": "Cadastre du Québec",
        }
        queue.execute("select public.pool_enqueue(%s, 'land', %s)", (row, Jsonb(job)))
        claimed = queue.execute(
            "select token from public.pool_claim(gen_random_uuid(), '{land}', 'w1', 'h1', 1, 90)"
        ).fetchone()
        assert claimed is not None
        intent = queue.execute(
            "select (public.pool_purchase_intent(%s, 'land', 'a lot', 150) ->> 'id')::bigint", claimed
        ).fetchone()
        assert intent is not None
        queue.execute("select public.pool_purchase_mark(%s, %s, 'clicked', '{}')", (intent[0], claimed[0]))
        queue.execute("select public.pool_release_worker('w1', 'it died', true)")
    return int(intent[0]), row


def a_pdf(pages: int) -> bytes:
    with pymupdf.open() as document:
        for number in range(pages):
            document.new_page().insert_text((72, 72), f"page {number}")
        return bytes(document.tobytes())


def listed(verb: Verb, *words: str) -> JsonObject:
    answer = verb("purchases", "list", *words, "--json")
    assert answer.returncode == 0, answer.stderr
    found: JsonObject = json.loads(answer.stdout)
    return found


def ids(found: JsonObject) -> list[int]:
    rows = found["purchases"]
    assert isinstance(rows, list)
    return [int(str(row["id"])) for row in rows if isinstance(row, dict)]


def test_purchases_are_listed_newest_first_with_what_they_cost(verb: Verb, any_database: Database) -> None:
    made = [pay(any_database, state)[0] for state in STATES]
    search, row = pay(any_database, "secured", "rdprm", "[bold]Tremblay & Fils")
    found = listed(verb)
    assert (found["schema"], ids(found)) == (1, [search, *made[::-1]])
    assert found["spent_cents"] == 5 * 150 + 1200
    lines = verb("purchases", "list", "--limit", "1").stdout.splitlines()
    assert lines[0].split() == [
        "id", "state", "CAD", "registry", "identity", "row_id", "clicked_at", "account", "host",
    ]  # fmt: skip
    assert lines[1].split() == [
        str(search), "secured", "12.00", "rdprm", "[bold]Tremblay", "&", "Fils", row,
        "2026-01-02T03:04:05+00:00", "a1", "h1",
    ]  # fmt: skip
    assert lines[2:] == ["12.00 CAD spent on the 1 listed"]


def test_the_list_is_narrowed(verb: Verb, any_database: Database) -> None:
    first, row = pay(any_database, "unknown")
    second, _ = pay(any_database, "secured", "rdprm")
    assert ids(listed(verb, "--state", "unknown")) == [first]
    assert ids(listed(verb, "--registry", "rdprm")) == [second]
    assert ids(listed(verb, "--row", row)) == [first]
    assert ids(listed(verb, "--limit", "1", "--env", "dev")) == [second]
    nothing = verb("purchases", "list", "--state", "void")
    assert (nothing.stdout, nothing.stderr) == ("0.00 CAD spent on the 0 listed\n", "nothing\n")


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--state", "unkown"),
        ("list", "--registry", "req"),
        ("list", "--row", "12"),
        ("list", "--limit", "1001"),
        ("show", "x"),
        ("show", "0"),
        ("allow", "9223372036854775808"),
        ("allow", "1", "--person", " "),
        ("accept", "1", "--person", " "),
        ("accept", "1", "/nowhere/acte.pdf"),
    ],
    ids=" ".join,
)
def test_a_word_that_cannot_be_is_a_usage_error(verb: Verb, words: tuple[str, ...]) -> None:
    answer = verb("purchases", *words)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "Traceback" not in answer.stderr


def test_a_held_purchase_is_shown_with_its_budget_and_the_command_that_allows_it(
    verb: Verb, any_database: Database
) -> None:
    purchase, row = hold(any_database)
    shown = verb("purchases", "show", str(purchase)).stdout
    for word in (row, "unknown", "the lease ended between the click and the file", "price_cents"):
        assert word in shown
    assert "land today: 1.50 CAD spent and 0.00 reserved of 100.00" in shown
    assert shown.rstrip().endswith(f"registre-pool purchases allow {purchase}")
    there = verb("purchases", "show", str(purchase), "--env", "dev", "--json")
    found = json.loads(there.stdout)
    assert (found["purchase"]["id"], found["purchase"]["state"]) == (purchase, "unknown")
    assert len(found["purchase"]) == 20
    assert found["budget"]["spent_cents"] == 150
    assert found["advice"].endswith(f"registre-pool purchases allow {purchase} --env dev")


def test_a_purchase_that_is_not_held_is_shown_without_advice(verb: Verb, any_database: Database) -> None:
    purchase, _ = pay(any_database, "delivered")
    shown = verb("purchases", "show", str(purchase)).stdout
    assert "[red]" in shown
    assert "allow " not in shown
    assert shown.endswith("land today: nothing spent\n")


def test_a_person_allows_a_held_purchase_once_and_is_named(verb: Verb, any_database: Database) -> None:
    purchase, row = hold(any_database)
    words = ("purchases", "allow", str(purchase))
    said = [verb(*words, "--person", name).stdout.strip() for name in ("marie", "paul")]
    assert said[0].startswith(f"allowed: row {row} waits again")
    assert said[1] == "was allowed already by marie"
    assert json.loads(verb("jobs", "show", row, "--json").stdout)["job"]["state"] == "waiting"


def test_who_is_logged_in_allows_when_nobody_is_named(verb: Verb, any_database: Database) -> None:
    purchase, _ = hold(any_database)
    found = json.loads(verb("purchases", "allow", str(purchase), "--json").stdout)
    assert (found["answer"], found["purchase"]["state"]) == ("applied", "allowed")
    assert found["purchase"]["allowed_by"]


def test_what_is_not_held_is_refused_with_the_reason(verb: Verb, any_database: Database) -> None:
    purchase, _ = pay(any_database, "delivered")
    answer = verb("purchases", "allow", str(purchase))
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "refused: it is delivered, not unknown" in answer.stderr
    told = verb("purchases", "allow", str(purchase), "--json")
    assert (told.returncode, json.loads(told.stdout)["answer"]) == (
        1,
        "refused: it is delivered, not unknown",
    )


def test_a_person_gives_a_held_row_its_file_and_it_waits_for_this_host(
    verb: Verb, any_database: Database, tmp_path: Path
) -> None:
    purchase, row = hold(any_database)
    file = tmp_path / "saved by hand.pdf"
    file.write_bytes(a_pdf(pages=2))
    found = json.loads(
        verb("purchases", "accept", str(purchase), str(file), "--person", "marie", "--json").stdout
    )
    assert (found["answer"], found["pages"], found["purchase"]["state"]) == ("applied", 2, "secured")
    assert found["purchase"]["facts"]["accepted_by"] == "marie"
    assert (tmp_path / "paid" / "dev" / f"{purchase}.pdf").read_bytes() == file.read_bytes()
    assert json.loads(verb("jobs", "show", row, "--json").stdout)["job"]["state"] == "waiting"
    again = verb("purchases", "accept", str(purchase), str(file))
    assert (again.returncode, again.stdout) == (1, "")
    assert f"Purchase {purchase} is secured, not unknown" in again.stderr


def test_what_came_and_was_held_is_accepted_from_the_spool_of_this_host(
    verb: Verb, any_database: Database, tmp_path: Path
) -> None:
    purchase, row = hold(any_database)
    token = Token(token_of(verb, purchase), EnvironmentName("dev"))
    spool = Spool(tmp_path / "paid" / "dev")
    facts: JsonObject = {"reason": "Its text does not name 1."}
    came = a_pdf(pages=3)
    asyncio.run(spool.keep(purchase, token, came, whole=False, facts=facts))
    said = verb("purchases", "accept", str(purchase)).stdout
    assert said.startswith(f"accepted, 3 pages: row {row} waits again")
    kept, document, _ = asyncio.run(spool.read(purchase))
    assert (kept.whole, kept.facts["pages"], document) == (True, 3, came)
    assert (
        json.loads(verb("purchases", "show", str(purchase), "--json").stdout)["purchase"]["state"]
        == "secured"
    )


def token_of(verb: Verb, purchase: int) -> str:
    return str(json.loads(verb("purchases", "show", str(purchase), "--json").stdout)["purchase"]["token"])


def test_what_no_reader_opens_is_not_accepted_and_the_row_stays_held(
    verb: Verb, any_database: Database, tmp_path: Path
) -> None:
    purchase, row = hold(any_database)
    nothing = verb("purchases", "accept", str(purchase))
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert f"registre-pool purchases accept {purchase} FILE" in nothing.stderr
    for name, data, why in (
        ("page.pdf", b"<html>Session expir\xe9e</html>", "is a web page"),
        ("half.pdf", a_pdf(pages=1)[:-300], "ends too soon"),
        ("empty.pdf", b"", "is an empty file"),
    ):
        (tmp_path / name).write_bytes(data)
        answer = verb("purchases", "accept", str(purchase), str(tmp_path / name))
        assert (answer.returncode, answer.stdout) == (1, "")
        assert why in answer.stderr
    assert verb("purchases", "accept", str(purchase), str(tmp_path / "none.pdf")).returncode == 2
    assert json.loads(verb("jobs", "show", row, "--json").stdout)["job"]["state"] == "held"
    assert (
        json.loads(verb("purchases", "show", str(purchase), "--json").stdout)["purchase"]["state"]
        == "unknown"
    )


@pytest.mark.parametrize("word", ["show", "accept", "allow"])
def test_an_id_that_no_purchase_has_is_said(verb: Verb, word: str) -> None:
    answer = verb("purchases", word, "12")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "No purchase of dev has the id 12." in answer.stderr
