from contextlib import closing

import psycopg
import pytest

from poolmgr.domain.json import JsonObject
from poolmgr.stores.migration_files import shipped
from tests.migrations.protocol import Protocol

PROTOCOL = {
    "pool_claim": "claim_id uuid, kinds text[], worker text, host text, how_many integer, "
    "lease_seconds integer",
    "pool_renew": "tokens uuid[], lease_seconds integer",
    "pool_settle": "token uuid, outcome jsonb",
    "pool_settle_many": "settlements jsonb",
    "pool_release": "tokens uuid[], reason text",
    "pool_release_worker": "worker text, reason text, crashed boolean",
    "pool_rescue": "foreign_limit_minutes integer",
    "pool_depths": "host text",
    "pool_enqueue": "row_id uuid, kind text, job jsonb",
    "pool_retry": "kind text, row_id uuid",
    "pool_cancel": "kind text, row_id uuid",
    "pool_why": "kind text, row_id uuid",
    "pool_failures": "since timestamp with time zone, how_many integer",
    "pool_jobs_list": "filter jsonb, how_many integer",
    "pool_stats": "days integer",
    "pool_overdue": "foreign_limit_minutes integer",
    "pool_backfill": "kind text, how_many integer",
    "pool_unboosted_counts": "kind text",
    "pool_unboosted": "kind text, after uuid, how_many integer",
    "pool_boost": "row_id uuid, kind text, digest text, boosted text, pages jsonb",
    "pool_account_lease": "lease_id uuid, registry text, worker text, host text, lease_seconds integer, "
    "limits jsonb",
    "pool_account_use": "lease_id uuid, use_id uuid, limits jsonb",
    "pool_account_used": "lease_id uuid, use_id uuid, documents integer, cents integer",
    "pool_account_return": "lease_id uuid, result text",
    "pool_account_lease_named": "lease_id uuid, username text, worker text, host text, lease_seconds integer",
    "pool_account_put": "username text, password text",
    "pool_account_switch": "username text, is_active boolean",
    "pool_accounts_list": "how_many integer",
    "pool_worker_beat": "beats jsonb",
    "pool_purchase_intent": "token uuid, registry text, identity text, price_cents integer",
    "pool_purchase_mark": "id bigint, token uuid, state text, facts jsonb",
    "pool_purchase_allow": "id bigint, person text",
    "pool_purchases_list": "filter jsonb, how_many integer",
    "pool_budgets_list": "days integer",
    "pool_secured": "host text",
    "pool_configure": "settings jsonb",
    "pool_version": "",
    "pool_refusals": "",
    "pool_counts": "",
    "pool_odd_rows": "foreign_limit_minutes integer",
    "pool_account_counts": "",
    "pool_product_triggers": "",
}
FUNCTIONS = """
select p.proname as name, p.oid::regprocedure::text as signature, p.prosecdef as definer, p.proconfig as
  config,
  p.prorettype::regtype::text as returns, p.provolatile as volatility,
  array(select coalesce(t.name, '') || ' ' || format_type(t.type, null) from unnest(p.proargtypes::oid[],
    p.proargnames)
    with ordinality t (type, name, n) where t.type is not null order by t.n) as arguments
from pg_catalog.pg_proc p where p.pronamespace = 'public'::regnamespace and p.proname like 'pool\\_%'
  order by 1"""
RELATIONS = """
select c.relname as name, c.relkind as kind, c.relrowsecurity as secured from pg_catalog.pg_class c
where c.relnamespace = 'public'::regnamespace and c.relname like 'pool\\_%' and c.relkind in ('r', 'v',
  'S')"""


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_no_door_is_open_to_the_public_key(protocol: Protocol, role: str) -> None:
    with closing(psycopg.connect(protocol.database.url_as(role), autocommit=True)) as stranger:
        for function in protocol.query(FUNCTIONS):
            assert not protocol.one(
                "select has_function_privilege(%s, %s, 'execute') may", role, function["signature"]
            )["may"], function["signature"]
        for relation in protocol.query(RELATIONS):
            column = "last_value" if relation["kind"] == "S" else "1"
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                stranger.execute(f"select {column} from public.{relation['name']}".encode())
            for privilege in ("insert", "update", "delete") if relation["kind"] != "S" else ():
                assert not protocol.one(
                    "select has_table_privilege(%s, %s, %s) may",
                    role,
                    f"public.{relation['name']}",
                    privilege,
                )["may"], relation["name"]
        for name in ("version()", "depths('h')", "rescue(30)", "stats(1)", "secured('h')"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                stranger.execute(f"select * from public.pool_{name}".encode())
        for asked in ("select password from public.worker_accounts", "delete from public.worker_status"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                stranger.execute(asked.encode())


def test_functions_are_named_and_called_as_the_protocol_prints_them(protocol: Protocol) -> None:
    found = {row["name"]: ", ".join(row["arguments"]) for row in protocol.query(FUNCTIONS)}
    assert {name: found.get(name) for name in PROTOCOL} == PROTOCOL
    names = [row["name"] for row in protocol.query(FUNCTIONS)]
    assert len(names) == len(set(names)), "an overload is ambiguous"


def test_the_service_role_may_call_what_the_protocol_names(protocol: Protocol) -> None:
    for row in protocol.query(FUNCTIONS):
        may = protocol.one(
            "select has_function_privilege('service_role', %s, 'execute') may", row["signature"]
        )
        assert may["may"] is (row["returns"] != "trigger" and row["name"] != "pool_close_doors"), row["name"]


def test_every_function_is_closed_against_another_search_path_and_returns_something(
    protocol: Protocol,
) -> None:
    for row in protocol.query(FUNCTIONS):
        assert 'search_path=""' in row["config"], row["name"]
        assert row["returns"] != "void", row["name"]
        assert row["definer"] is (row["name"] == "pool_guard"), row["name"]


def test_what_changes_rows_is_volatile(protocol: Protocol) -> None:
    """A function that is stable sees nothing that was committed after it began."""
    lists = {"pool_failures", "pool_jobs_list", "pool_purchases_list", "pool_budgets_list", "pool_stats"}
    looks = {"pool_refusals", "pool_counts", "pool_odd_rows", "pool_account_counts", "pool_overdue"}
    looks |= {"pool_unboosted", "pool_unboosted_counts"}
    reads = lists | looks | {"pool_product_triggers"} | {"pool_accounts_list", "pool_depths", "pool_version"}
    for row in protocol.query(FUNCTIONS):
        if row["name"] in PROTOCOL and row["name"] not in reads:
            assert row["volatility"] == "v", row["name"]


def test_every_table_has_row_security_and_no_policy(protocol: Protocol) -> None:
    for relation in protocol.query(RELATIONS):
        assert relation["secured"] is (relation["kind"] == "r"), relation["name"]
    assert protocol.query("select * from pg_catalog.pg_policies where tablename like 'pool\\_%'") == []


def test_views_ask_as_their_reader(protocol: Protocol) -> None:
    views = protocol.query(
        "select reloptions from pg_catalog.pg_class where relkind = 'v' and relname like 'pool\\_%'"
    )
    assert views
    assert all("security_invoker=true" in (view["reloptions"] or []) for view in views)


def test_the_record_of_migrations_is_read_only_to_the_service_role(protocol: Protocol) -> None:
    assert protocol.service.execute("select count(*) from public.pool_migrations").fetchone()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        protocol.service.execute("delete from public.pool_migrations")


def test_the_version_says_that_every_door_is_closed(protocol: Protocol) -> None:
    version: JsonObject = protocol.value("pool_version")
    doors = version["doors"]
    assert isinstance(doors, list)
    assert len(doors) > 40
    assert [door for door in doors if isinstance(door, dict) and door["open_to"]] == []
    assert version["role"] == {"name": "service_role", "bypass_row_security": True}
    assert isinstance(version["migrations"], list)
    assert len(version["migrations"]) == len(shipped())


def test_the_version_sees_a_door_that_was_opened(own_protocol: Protocol) -> None:
    own_protocol.query("grant select on public.pool_purchases to anon")
    assert open_doors(own_protocol) == ["pool_purchases"]


def test_doors_of_logins_and_workers_that_were_opened_are_seen_and_closed_again(
    own_protocol: Protocol,
) -> None:
    for opening in (
        "grant select (password) on public.worker_accounts to anon",
        "grant delete on public.worker_status to authenticated",
        'create policy "all" on public.worker_accounts using (true)',
        'create policy "the ""new"" app" on public.worker_status to anon, authenticated using (true)',
        'create policy "of its own" on public.worker_status to supabase_admin using (true)',
        'create policy "the products" on public.extraction_queue to authenticated using (true)',
        "alter table public.worker_status disable row level security",
    ):
        own_protocol.query(opening)
    assert open_doors(own_protocol) == ["worker_accounts", "worker_status"]
    for _ in range(2):
        own_protocol.query("select public.pool_close_doors()")
        assert open_doors(own_protocol) == []
    policies = own_protocol.query("select policyname as name from pg_catalog.pg_policies order by 1")
    assert [policy["name"] for policy in policies] == ["of its own", "the products"]
    secured = own_protocol.one("select relrowsecurity s from pg_class where relname = 'worker_status'")
    assert secured["s"] is True


def open_doors(protocol: Protocol) -> list[str]:
    doors = protocol.value("pool_version")["doors"]
    return [door["name"].split(".")[-1] for door in doors if door["open_to"]]


def test_nothing_answers_more_than_a_thousand_rows(protocol: Protocol) -> None:
    protocol.query(
        "insert into public.extraction_queue (document_source, document_number, status_id) "
        "select 'index', n::text, 1 from generate_series(1, 1100) n"
    )
    assert len(protocol.rows("pool_jobs_list", filter={}, how_many=5000)) == 1000
    claims = protocol.claim("land", how_many=5000)
    assert len(claims) == 1000
    protocol.query("update public.pool_leases set expires_at = now() - interval '1 s'")
    assert len(protocol.rescue()) <= 1000
    protocol.query("update public.extraction_queue set status_id = 4")
    assert len(protocol.rows("pool_failures", since=None, how_many=5000)) == 1000
