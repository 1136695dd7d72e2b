import json

from tests.cli.conftest import Verb
from tests.clusters import Database

FORM = """--- Page 1 ---
Ligne 1:
Numéro: 770 292
Nature de l'acte: Servitude
Nom des parties: HQ
"""
DEED = "--- Page 1 ---\nla somme de 50000$"


def add(database: Database, source: str, content: str | None, **columns: object) -> str:
    values = {"document_source": source, "document_number": "1", "file_content": content} | columns
    names = ", ".join(["status_id", "supabase_path", *values])
    marks = ", ".join(["%s"] * (len(values) + 2))
    (row_id,) = database.connect().execute(
        f"insert into public.extraction_queue ({names}) values ({marks}) returning id::text".encode(),
        [5, f"{source}/a.pdf", *values.values()],
    ).fetchone() or ("",)
    return str(row_id)


def boosted(database: Database, row_id: str) -> str | None:
    found = database.connect().execute(
        "select boosted_file_content from public.extraction_queue where id = %s", [row_id]
    )
    (text,) = found.fetchone() or (None,)
    return None if text is None else str(text)


def test_rows_get_a_corrected_text_once_and_others_stay(verb: Verb, any_database: Database) -> None:
    index, deed = add(any_database, "index", FORM), add(any_database, "acte", DEED)
    plain = add(any_database, "index", "un texte libre")
    theirs = add(any_database, "index", FORM, boosted_file_content="de quelqu'un d'autre")
    unread = add(any_database, "index", None)
    told = json.loads(verb("ocr", "backfill", "--yes", "--batch", "1", "--json").stdout)
    assert told["estimate"] == {
        "rows": 3,
        "characters": len(FORM) + len(DEED) + len("un texte libre"),
        "unread": 1,
        "cost_cents": 0,
    }
    assert (told["boosted"], told["without_rows"], told["refused"]) == (2, 1, [])
    assert told["corrections"] == 2
    assert boosted(any_database, index) == FORM.replace("HQ", "Hydro-Québec").rstrip("\n")
    assert str(boosted(any_database, deed)).startswith("--- Page 1 ---\nla somme de 50 000 $")
    assert boosted(any_database, plain) is boosted(any_database, unread) is None
    assert boosted(any_database, theirs) == "de quelqu'un d'autre"


def test_the_estimate_comes_first_and_nobody_begins_without_a_yes(verb: Verb, any_database: Database) -> None:
    row = add(any_database, "index", FORM)
    done = verb("ocr", "backfill")
    assert done.returncode == 2
    assert done.stderr.startswith("1 rows without a corrected text")
    assert "cost: 0.00 CAD" in done.stderr
    assert boosted(any_database, row) is None


def test_a_limit_and_a_kind_bound_the_work_and_progress_is_said(verb: Verb, any_database: Database) -> None:
    rows = [add(any_database, "index", FORM) for _ in range(3)]
    deed = add(any_database, "acte", DEED)
    done = verb("ocr", "backfill", "--yes", "--kind", "index", "--limit", "2", "--batch", "1")
    assert "1 of 2 rows" in done.stderr
    assert done.stdout.startswith("2 rows have a corrected text now")
    assert [boosted(any_database, row) is not None for row in rows].count(True) == 2
    assert boosted(any_database, deed) is None
