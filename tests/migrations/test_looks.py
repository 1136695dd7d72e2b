"""The functions that only look: what they see, and that they change nothing."""

from typing import LiteralString

import psycopg
import pytest

from poolmgr.domain.states import DONE, ERROR, RUNNING, WAITING
from poolmgr.stores.product import USED
from tests.migrations.calls import KINDS
from tests.migrations.protocol import Protocol

LOOKS = (
    "refusals()",
    "counts()",
    "odd_rows(30)",
    "account_counts()",
    "product_triggers()",
)
WORDS = (
    "select place, coalesce(written ->> 'status_id', written ->> 'status') as word from public.pool_writes()"
)
NO_SCRAPING = (
    "alter table public.search_sessions add constraint words check (status <> 'scraping_company_data')"
)
WORKER_ID = "alter table public.extraction_queue alter worker_id set default '', alter worker_id set not null"
WORD_DOMAIN = """
create domain public.word as text check (value <> 'manual');
alter table public.selected_names_for_rdprm drop constraint selected_names_for_rdprm_source_type_check,
  alter source_type type public.word"""
UNSURE = """
alter table public.rdprm_searches
  add constraint more check (status <> 'completed' or error_details is not null);
create function public.strange(word text) returns boolean language plpgsql as
  $$ begin perform 1 from nowhere; return true; end $$;
alter table public.worker_status add constraint odd check (public.strange(status));
alter table public.worker_status
  add constraint jobs foreign key (current_job_id) references public.extraction_queue;
create unique index once on public.req_companies (search_session_id, company_name)"""
AUDIT = """
create table public.audit (place text, state text, changed text[]);
create function public.audit() returns trigger language plpgsql security definer as $$ begin
  insert into public.audit select tg_table_name,
    coalesce(to_jsonb(new) ->> 'status_id', to_jsonb(new) ->> 'status'),
    array(select n.key from jsonb_each(to_jsonb(new)) n where n.value <> to_jsonb(old) -> n.key order by 1);
  return null;
end $$;
create trigger audit after update on public.extraction_queue for each row execute function public.audit();
create trigger audit after update on public.search_sessions for each row execute function public.audit();
create trigger audit after update on public.rdprm_searches for each row execute function public.audit();"""
TRIGGER = """
create function public.{name}() returns trigger language plpgsql as $b${body}$b$;
create trigger {name} before update on public.search_sessions for each row execute function public.{name}()"""


def verdicts(protocol: Protocol) -> dict[tuple[str, str], str]:
    return {(row["place"], row["named"]): row["verdict"] for row in protocol.rows("pool_refusals")}


def only(protocol: Protocol) -> dict[str, object]:
    (row,) = protocol.rows("pool_refusals")
    return row


def odd(protocol: Protocol) -> dict[str, int]:
    return {row["what"]: row["count"] for row in protocol.rows("pool_odd_rows", foreign_limit_minutes=30)}


def test_the_products_own_tables_take_every_write(protocol: Protocol) -> None:
    assert protocol.rows("pool_refusals") == []


def test_every_word_of_the_machine_is_asked_about(protocol: Protocol) -> None:
    written = protocol.query(WORDS)
    for kind, place in (
        ("land", "extraction_queue"),
        ("req", "search_sessions"),
        ("rdprm", "rdprm_searches"),
    ):
        kinds = ("land", "ocr_index", "ocr_acte") if kind == "land" else (kind,)
        words = {str(word) for one in kinds for word in (WAITING[one], RUNNING[one], ERROR[one], *DONE[one])}
        assert {row["word"] for row in written if row["place"] == place and row["word"]} == words
    assert {row["word"] for row in written if row["place"] == "worker_status"} == {
        "idle",
        "busy",
        "error",
        "offline",
    }


def test_what_the_functions_change_is_what_is_asked_about(own_protocol: Protocol) -> None:
    protocol = own_protocol
    protocol.query(AUDIT)
    for kind in KINDS:
        for source in ("index", "plan_cadastraux") if kind == "land" else (kind,):
            columns = {"document_source": source} if kind == "land" else {}
            for word in ("done", "retry", "give_up", "released", "outage"):
                protocol.settle(protocol.claimed(kind, **columns), word)
                protocol.query("update public.pool_jobs set not_before = now() + interval '1 hour'")
                protocol.query("delete from public.audit where changed = '{}'")
    protocol.add("ocr_index", status_id=3, document_source="plan_cadastraux")
    protocol.rescue()
    changes = protocol.query("select distinct place, state, changed from public.audit")
    assert len(changes) > 15
    asked = protocol.query(
        "select place, coalesce(written ->> 'status_id', written ->> 'status') as state, "
        "array(select jsonb_object_keys(written)) as columns from public.pool_writes() where not inserts"
    )
    for change in changes:
        assert any(
            (one["place"], one["state"]) == (change["place"], change["state"])
            and set(change["changed"]) <= set(one["columns"])
            for one in asked
        ), change


def test_every_column_that_is_written_is_one_that_verify_looks_for(protocol: Protocol) -> None:
    for row in protocol.query("select place, jsonb_object_keys(written) as name from public.pool_writes()"):
        assert row["name"] in USED[row["place"]], row


def test_all_that_verify_looks_for_is_there(protocol: Protocol) -> None:
    tables = protocol.value("pool_version")["tables"]
    for table, columns in USED.items():
        for column, types in columns.items():
            assert tables[table][column]["type"] in types, f"{table}.{column}"


@pytest.mark.parametrize(
    ("change", "place", "named", "why", "doing"),
    [
        (
            NO_SCRAPING,
            "search_sessions", "words", "CHECK", ["claim a REQ search"],
        ),
        (
            "alter table public.search_sessions add constraint w check (status <> 'failed') not valid",
            "search_sessions", "w", "NOT VALID", ["fail a REQ search"],
        ),
        (
            "alter table public.extraction_queue add constraint w check (status_id < 6 or worker_id is null)",
            "extraction_queue", "w", "CHECK", ["claim a reading"],
        ),
        (
            WORKER_ID,
            "extraction_queue", "worker_id", "takes no null", ["fail a download", "put a download back"],
        ),
        (
            "alter table public.req_companies add more text not null",
            "req_companies", "more", "gets none", ["write what a REQ search found"],
        ),
        (
            "alter table public.extraction_queue add owner uuid not null",
            "extraction_queue", "owner", "gets none", ["enqueue a download", "enqueue a reading"],
        ),
        (
            "delete from public.extraction_status where id = 6",
            "extraction_queue", "extraction_queue_status_id_fkey", "has no 6", ["claim a reading"],
        ),
        (
            "alter table public.worker_status drop constraint worker_status_worker_id_key",
            "worker_status", "worker_id", "no unique index",
            [f"say that a worker is {word}" for word in ("busy", "error", "idle", "offline")],
        ),
        (
            "alter table public.req_companies alter company_name type varchar(3)",
            "req_companies", "its types", "too long", ["write what a REQ search found"],
        ),
        (
            WORD_DOMAIN,
            "selected_names_for_rdprm", "its types", "violates check", ["enqueue an RDPRM search"],
        ),
    ],
)  # fmt: skip
def test_a_write_that_would_be_refused_is_named(
    own_protocol: Protocol, change: LiteralString, place: str, named: str, why: str, doing: list[str]
) -> None:
    own_protocol.query(change)
    found = only(own_protocol)
    assert (found["place"], found["named"], found["verdict"], found["doing"]) == (
        place,
        named,
        "refused",
        doing,
    )
    assert why in str(found["why"])


def test_what_is_called_refused_is_refused(own_protocol: Protocol) -> None:
    own_protocol.query(NO_SCRAPING)
    own_protocol.add("req")
    assert verdicts(own_protocol) == {("search_sessions", "words"): "refused"}
    with pytest.raises(psycopg.errors.CheckViolation):
        own_protocol.claim("req")


def test_an_enum_takes_our_words_no_more(own_protocol: Protocol) -> None:
    """A literal would pass, the text that a function computes does not."""
    own_protocol.query("create type public.word as enum ('w', 'idle', 'busy', 'error', 'offline')")
    own_protocol.query(
        "alter table public.worker_status drop constraint worker_status_status_check, "
        "alter status type public.word using status::public.word"
    )
    found = only(own_protocol)
    assert (found["named"], found["verdict"]) == ("status", "refused")
    assert "enum" in str(found["why"])
    with pytest.raises(psycopg.errors.DatatypeMismatch):
        own_protocol.value("pool_worker_beat", beats=[{"worker_id": "w", "status": "idle"}])


def test_an_environment_that_knows_no_not_found_gets_another_word(own_protocol: Protocol) -> None:
    own_protocol.query(
        "alter table public.rdprm_searches add constraint words check "
        "(status in ('pending', 'in_progress', 'completed', 'failed'))"
    )
    assert verdicts(own_protocol) == {("rdprm_searches", "words"): "avoided"}
    claim = own_protocol.claimed("rdprm")
    assert own_protocol.settle(claim, "done", result={"found": False}) == "applied"


def test_what_cannot_be_known_is_unsure(own_protocol: Protocol) -> None:
    own_protocol.query(UNSURE)
    assert verdicts(own_protocol) == {
        ("rdprm_searches", "more"): "unsure",
        ("worker_status", "odd"): "unsure",
        ("worker_status", "jobs"): "unsure",
        ("req_companies", "public.once"): "unsure",
    }


def test_a_check_on_what_is_not_written_is_no_concern(own_protocol: Protocol) -> None:
    own_protocol.query("alter table public.extraction_queue add check (retry_count is null)")
    own_protocol.query("alter table public.req_companies add more text not null default ''")
    own_protocol.query("alter table public.req_companies add n int generated always as identity")
    own_protocol.query("alter table public.worker_accounts add unique (username)")
    assert own_protocol.rows("pool_refusals") == []


def test_rows_are_counted_by_state(protocol: Protocol) -> None:
    for number in range(3):
        protocol.add("land", document_number=str(number))
    protocol.add("ocr_index")
    protocol.add("req")
    protocol.add("land", document_number="9", status_id=None)
    found = {(row["place"], row["state"]): row["count"] for row in protocol.rows("pool_counts")}
    assert found == {
        ("extraction_queue", "1"): 3,
        ("extraction_queue", "3"): 1,
        ("extraction_queue", "null"): 1,
        ("search_sessions", "pending_company_selection"): 1,
    }


def test_above_two_million_rows_only_what_an_index_finds_is_counted(own_protocol: Protocol) -> None:
    own_protocol.add("land")
    own_protocol.query("update pg_class set reltuples = 3e6 where oid = 'public.extraction_queue'::regclass")
    found = {row["state"]: (row["count"], row["about"]) for row in own_protocol.rows("pool_counts")}
    assert found == {
        "1": (1, False),
        "2": (0, False),
        "3": (0, False),
        "6": (0, False),
        "other": (2_999_999, True),
    }


def test_rows_of_older_times_and_of_nobody_are_told_apart(protocol: Protocol) -> None:
    text = {"file_content": "texte", "supabase_path": "index/a.pdf"}
    older = protocol.add("ocr_index", status_id=4, **text)
    for more in ({"error_message": "no"}, {"ocr_error": "no"}, {"file_content": None}):
        protocol.add("ocr_index", status_id=4, **(text | more))
    protocol.add("land", status_id=2, worker_id="predecessor", processing_started_at="now")
    protocol.add("land", status_id=2, worker_id="gone", processing_started_at="2026-01-01")
    protocol.add("rdprm", status="in_progress")
    protocol.add("land", attemtps=3)
    protocol.claimed("ocr_acte")
    assert odd(protocol) == {
        "finished_long_ago": 1,
        "running_without_lease": 1,
        "left_behind": 1,
        "rdprm_without_lease": 1,
        "no_attempt_left": 1,
    }
    (row,) = (
        row
        for row in protocol.rows("pool_odd_rows", foreign_limit_minutes=30)
        if row["what"] == "finished_long_ago"
    )
    assert row["ids"] == [older]


def test_at_most_five_rows_are_named(protocol: Protocol) -> None:
    for number in range(7):
        protocol.add("land", document_number=str(number), attemtps=3)
    (row,) = protocol.rows("pool_odd_rows", foreign_limit_minutes=30)
    assert (row["count"], len(row["ids"])) == (7, 5)


def test_accounts_are_counted_as_a_lease_would_find_them(protocol: Protocol) -> None:
    protocol.query(
        "insert into public.worker_accounts (username, password, is_active, failure_count) values "
        "('a', 'p', true, 0), ('b', 'p', null, null), ('c', 'p', true, 3), ('d', 'p', false, 0)"
    )
    protocol.value(
        "pool_account_lease", lease_id=protocol.one("select gen_random_uuid() id")["id"], registry="land",
        worker="w", host="h", lease_seconds=60,
    )  # fmt: skip
    (found,) = protocol.rows("pool_account_counts")
    assert found == {"total": 4, "active": 3, "failing": 1, "usable": 2, "leased": 1}


def test_triggers_that_only_keep_a_time_are_known(own_protocol: Protocol) -> None:
    bodies = {
        "touch": "begin new.updated_at := now(); return new; end",
        "moddatetime": "begin return new; end",
        "moddate": "\nBEGIN\n  NEW.updated_at = timezone('utc'::text, now());\n  RETURN NEW;\nEND;\n",
        "meddle": "begin new.updated_at := now(); new.status := 'failed'; return new; end",
    }
    for name, body in bodies.items():
        own_protocol.admin.execute(TRIGGER.format(name=name, body=body).encode())
    found = {row["name"]: row["known"] for row in own_protocol.rows("pool_product_triggers")}
    assert found == {
        "touch": True,
        "moddate": True,
        "moddatetime": True,
        "meddle": False,
        "selected_name_makes_search": True,
    }


def test_looking_is_allowed_where_nothing_may_be_written(protocol: Protocol) -> None:
    """PostgREST runs a stable function in a transaction that only reads."""
    protocol.add("land")
    with protocol.beside() as reader:
        reader.execute("set transaction read only")
        for look in LOOKS:
            reader.execute(f"select * from public.pool_{look}".encode())
