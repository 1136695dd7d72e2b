"""What databases look like before our migrations, and what their rows may lack."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from poolmgr.stores import migrations
from tests.clusters import Database
from tests.migrations.calls import KINDS
from tests.migrations.protocol import Protocol

NULLABLE = """
select table_name, array_agg(column_name::text) as columns from information_schema.columns
where table_schema = 'public' and is_nullable = 'YES' and table_name in ('extraction_queue',
  'search_sessions',
  'req_companies', 'rdprm_searches', 'worker_accounts', 'worker_status') group by 1"""
SHAPE = """
select table_name, column_name, data_type from information_schema.columns
where table_schema = 'public' and table_name not like 'pool%'
  and table_name not in ('extraction_jobs', 'extracted_documents') order by 1, 2"""


def test_an_empty_database_and_the_predecessors_get_one_shape(
    predecessors: Protocol, own_protocol: Protocol
) -> None:
    assert predecessors.query(SHAPE) == own_protocol.query(SHAPE)
    statuses = "select id from public.extraction_status order by id"
    assert [row["id"] for row in predecessors.query(statuses)] == [1, 2, 3, 4, 5, 6]
    shape = [(row["table_name"], row["column_name"]) for row in predecessors.query(SHAPE)]
    assert ("rdprm_searches", "updated_at") not in shape


def test_applying_again_does_nothing(predecessors: Protocol) -> None:
    assert asyncio.run(migrations.apply(predecessors.database.url)) == []


def test_the_predecessors_text_index_is_not_doubled(predecessors: Protocol) -> None:
    found = predecessors.query(
        "select indexname from pg_catalog.pg_indexes where indexdef like '%to_tsvector%' order by 1"
    )
    assert {row["indexname"] for row in found} <= {"idx_file_content", "idx_boosted_file_content"}
    assert "idx_file_content" in {row["indexname"] for row in found}


def test_accounts_and_workers_that_everybody_could_read_are_closed_and_nothing_of_the_products(
    predecessors: Protocol,
) -> None:
    for role in ("anon", "authenticated"):
        for asked in ("select password from public.worker_accounts", "select 1 from public.worker_status"):
            with (
                psycopg.connect(predecessors.database.url_as(role)) as stranger,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                stranger.execute(asked.encode())
    kept = predecessors.query("select tablename, policyname from pg_catalog.pg_policies")
    assert [(row["tablename"], row["policyname"]) for row in kept] == [("extraction_queue", "everyone")]


def test_rows_of_the_predecessor_are_worked_off(predecessors: Protocol) -> None:
    protocol = predecessors
    foreign = {(row["kind"], row["reason"]) for row in protocol.rescue(30)}
    assert {("land", "foreign"), ("req", "foreign"), ("land", "a plan needs no reading")} <= foreign
    assert ("rdprm", "running without a lease: look at it") in foreign
    for _ in range(40):
        for claim in protocol.claim(how_many=20):
            assert protocol.settle(claim, "done") == "applied"
    depths = protocol.rows("pool_depths", host="h1")
    assert [(row["kind"], row["ready"]) for row in depths] == [(kind, 0) for kind in KINDS]
    left = protocol.query("select distinct status_id from public.extraction_queue order by 1")
    assert [row["status_id"] for row in left] == [4, 5]
    name = protocol.one(
        "insert into public.selected_names_for_rdprm (search_session_id, name_to_search, source_type) "
        "select id, 'Tremblay', 'manual' from public.search_sessions limit 1 returning id"
    )
    (claim,) = protocol.claim("rdprm", how_many=9)
    assert claim["job"]["selected_name_id"] == str(name["id"])


def test_nulls_wherever_they_may_stand_stop_nothing(own_protocol: Protocol) -> None:
    protocol = own_protocol
    claims = {}
    for kind in KINDS:
        row_id = protocol.add(kind)
        kept = {"status_id", "supabase_path"} if kind.startswith("ocr") else {"status_id"}
        table = {"req": "search_sessions", "rdprm": "rdprm_searches"}.get(kind, "extraction_queue")
        (columns,) = (row["columns"] for row in protocol.query(NULLABLE) if row["table_name"] == table)
        protocol.set(kind, row_id, **dict.fromkeys(set(columns) - kept))
        assert protocol.unmet(kind, row_id) == []
        (claims[kind],) = protocol.claim(kind)
        assert claims[kind]["attempt"] == 1
    protocol.query(
        "insert into public.extraction_queue (document_source, document_number, status_id, created_at) "
        "values ('index', '1', null, null), ('plan_cadastraux', '1', 6, null), ('index', '1', 2, null)"
    )
    for words in (("retry", "outage", "released"), ("rescue",), ("retry",)):
        for kind in KINDS:
            for word in words:
                if word == "rescue":
                    protocol.expire(claims[kind])
                    protocol.rescue()
                else:
                    assert protocol.settle(claims[kind], word) in ("applied", "already", "lost")
                protocol.ripen()
                (claims[kind],) = protocol.claim(kind) or [claims[kind]]
    for kind in KINDS:
        fresh = protocol.claimed(kind)
        assert protocol.settle(fresh, "done") == "applied"
    assert len(protocol.rows("pool_jobs_list", filter={}, how_many=99)) > len(KINDS)
    assert protocol.rows("pool_stats", days=3)
    protocol.rows("pool_failures", since=None, how_many=9)
    protocol.rows("pool_depths", host="h1")


def test_an_account_without_its_numbers_is_used(own_protocol: Protocol) -> None:
    protocol = own_protocol
    protocol.query(
        "insert into public.worker_accounts (username, password, is_active, failure_count) values "
        "('a', 'b', null, null)"
    )
    lease_id = protocol.one("select gen_random_uuid() id")["id"]
    asked = {"lease_id": lease_id, "registry": "land", "worker": "w", "host": "h", "lease_seconds": 60}
    assert protocol.value("pool_account_lease", **asked)["username"] == "a"
    assert protocol.value("pool_account_return", lease_id=lease_id, result="login_failed") == "applied"
    assert protocol.one("select failure_count from public.worker_accounts")["failure_count"] == 1


def test_a_product_table_without_a_key_on_its_statuses_is_migrated(bare: Database) -> None:
    with psycopg.connect(bare.url, autocommit=True) as owner:
        owner.execute("create table public.extraction_status (id int, name text)")
        owner.execute("insert into public.extraction_status values (1, 'En attente')")
        with pytest.raises(psycopg.errors.InvalidForeignKey):
            owner.execute("create table x (status_id int references public.extraction_status (id))")
        script = Path(__file__).parents[2] / "migrations" / "pool_001_product_tables.sql"
        owner.execute(
            "create table public.extraction_queue (id uuid primary key, document_source text not null)"
        )
        owner.execute(script.read_bytes())
        assert owner.execute("select count(*) from public.extraction_status").fetchone() == (6,)


def test_what_was_finished_in_older_times_is_reported_and_left_as_it_is(predecessors: Protocol) -> None:
    protocol = predecessors
    protocol.query(
        "update public.extraction_queue set status_id = 4, file_content = 'texte', error_message = null "
        "where id in (select id from public.extraction_queue where status_id = 5 limit 2)"
    )
    rows = "select id, status_id, file_content from public.extraction_queue where status_id = 4 order by id"
    before = protocol.query(rows)
    found = {row["what"]: row["count"] for row in protocol.rows("pool_odd_rows", foreign_limit_minutes=30)}
    assert found["finished_long_ago"] >= 2
    assert found["rdprm_without_lease"] == 1
    protocol.rescue(30)
    after = {row["id"]: row for row in protocol.query(rows)}
    assert all(after[row["id"]] == row for row in before)


def test_the_predecessors_tables_take_every_write_of_ours(predecessors: Protocol) -> None:
    assert [row["verdict"] for row in predecessors.rows("pool_refusals")] == []
    assert {row["known"] for row in predecessors.rows("pool_product_triggers")} == {True}
