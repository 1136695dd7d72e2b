"""What a queue of years costs: 500,000 finished, 50,000 failed and 2,000 ready documents."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from uuid import uuid4

import psycopg
import pytest

from tests.migrations.calls import KINDS
from tests.migrations.protocol import Protocol, say
from tests.waiting import until

FILL = """
set synchronous_commit = off;
insert into public.extraction_queue (document_source, document_number, document_number_normalized,
  circonscription_fonciere,
    cadastre, status_id, attemtps, supabase_path, error_message, worker_id, created_at, ocr_attempts,
    file_content)
  select (array['index', 'acte', 'plan_cadastraux'])[1 + n % 3], n::text, n::text, 'Montréal',
    'Cadastre du Québec',
    case when n <= {finished} then 5 else 4 end, 0, 'index/' || n || '.pdf', case when n > {finished} then
      'no such lot' end,
    'worker', now() - make_interval(secs => {finished} + {failed} - n), 0,
    case when n % 500 = 0 then (select string_agg(md5(n || '-' || word), ' ')
      from generate_series(1, 300) word) end
  from generate_series(1, {finished} + {failed}) n;
insert into public.extraction_queue (document_source, document_number, circonscription_fonciere, cadastre,
  status_id,
    supabase_path, created_at)
  select (array['index', 'acte'])[1 + n % 2], n::text, 'Montréal', 'Cadastre du Québec', case when n <= 800
    then 1 else 3 end,
    case when n > 800 then 'index/' || n || '.pdf' end, now() + make_interval(secs => n)
  from generate_series(1, 1600) n;
insert into public.search_sessions (initial_search_query, status, req_completed, created_at)
  select n::text, case when n <= 5000 then 'completed' when n <= 5500 then 'failed' else
    'pending_company_selection' end, n <= 5500, now() - make_interval(secs => 5700 - n)
  from generate_series(1, 5700) n;
insert into public.rdprm_searches (search_session_id, search_name, status, created_at)
  select s.id, s.initial_search_query, case s.status when 'pending_company_selection' then 'pending' else
    s.status end, s.created_at from public.search_sessions s;
insert into public.pool_jobs (kind, row_id, attempts) select 'ocr_' || q.document_source, q.id, 0
  from public.extraction_queue q where q.status_id in (4, 5) and q.document_source <> 'plan_cadastraux';
insert into public.pool_jobs (kind, row_id, attempts) select 'req', s.id, case s.status when 'failed' then 3
  else 0 end from public.search_sessions s where s.status <> 'pending_company_selection';
insert into public.pool_jobs (kind, row_id, attempts) select 'rdprm', r.id, case r.status when 'failed' then 3
  else 0 end from public.rdprm_searches r where r.status <> 'pending';
insert into public.pool_leases (claim_id, kind, row_id, worker, host, claimed_at, expires_at, ended_at,
  outcome)
  select gen_random_uuid(), 'land', q.id, 'w', 'h', q.created_at, q.created_at, now(), 'done'
  from public.extraction_queue q where q.status_id = 5 order by q.created_at desc limit 5000;
insert into public.pool_purchases (registry, identity, kind, row_id, token, worker, host, price_cents,
  budget_day, state)
  select 'land', l.row_id::text, 'land', l.row_id, l.token, 'w', 'h', 150, current_date - 1, 'delivered'
  from public.pool_leases l;
update public.pool_jobs set not_before = now() + interval '1 hour' where ctid in (select ctid from
  public.pool_jobs limit 200);
vacuum analyze"""
READ_ROW, READ_NUMBER = "public.extraction_queue q", "q.document_number = '3000'"
BUFFERS = re.compile(r"^\s+Buffers: shared hit=(\d+)(?: read=(\d+))?", re.MULTILINE)
BIG = "extraction_queue|search_sessions|rdprm_searches|pool_jobs|pool_leases|pool_purchases"
LINES = {"land": "land", "req": "req", "rdprm": "rdprm", "ocr_index": "ocr", "ocr_acte": "ocr"}
"""The indexes of what waits are named after these."""

DEPTHS = "select * from public.pool_depths('h')"
RESCUE = "select * from public.pool_rescue(30)"


def claim(*kinds: str) -> str:
    names = ", ".join(f"'{kind}'" for kind in kinds)
    return f"select * from public.pool_claim('{{id}}', array[{names}], 'w', 'h', 1, 90)"


def run(connection: psycopg.Connection, call: str) -> list[tuple[object, ...]]:
    return connection.execute(call.format(id=uuid4()).encode()).fetchall()


def cost(protocol: Protocol, call: str, times: int = 21) -> tuple[float, int]:
    """The median milliseconds of a call as its caller sees them, and the shared buffers of one. What a new
    connection reads of the catalogue once, 1,700 buffers whatever the queue holds, is not in it."""
    connection = protocol.service
    durations = []
    for _ in range(times):
        started = perf_counter()
        run(connection, call)
        durations.append((perf_counter() - started) * 1000)
    plan = run(connection, f"explain (analyze, buffers, timing off) {call}")
    (found,) = BUFFERS.findall(str(plan[1][0]))
    return sorted(durations)[times // 2], sum(int(one or 0) for one in found)


def grow(protocol: Protocol, finished: int, failed: int) -> None:
    for statement in FILL.format(finished=finished, failed=failed).split(";"):
        protocol.admin.execute(statement.encode())


@contextmanager
def plans(connection: psycopg.Connection) -> Iterator[list[str]]:
    """Every plan that runs meanwhile, also those of statements inside functions."""
    found: list[str] = []

    def hear(notice: psycopg.errors.Diagnostic) -> None:
        found.append(str(notice.message_primary))

    connection.execute("load 'auto_explain'")
    connection.execute("set auto_explain.log_min_duration = 0")
    connection.execute("set auto_explain.log_nested_statements = on")
    connection.execute("set client_min_messages = log")
    connection.add_notice_handler(hear)
    yield found
    connection.remove_notice_handler(hear)
    connection.execute("set auto_explain.log_min_duration = -1")


def check_plans(protocol: Protocol) -> None:
    """A claim and a look at the depths reach every large table through its index."""
    for kind, line in LINES.items():
        assert f"waits:{line}" in used(protocol, claim(kind)), kind
    assert used(protocol, DEPTHS) >= {
        *(f"waits:{line}" for line in LINES.values()),
        "pool_running",
        "pool_running_req",
        "pool_running_rdprm",
        "pool_jobs_worn",
        "pool_jobs_delayed",
    }


def used(protocol: Protocol, call: str) -> set[str]:
    """Our indexes in the plans of all statements of a call; either index of waiting rows is called waits."""
    with plans(protocol.admin) as found:
        run(protocol.admin, call)
    told = "\n".join(found)
    assert len(found) > 3, told
    assert not re.findall(rf"Seq Scan on (?:public\.)?(?:{BIG})\b", told), told
    assert "file_content" not in told, told
    names = re.findall(r"(?:using|Bitmap Index Scan on) (pool_\w+)", told)
    return {re.sub(r"^pool_(?:waiting|ready)_", "waits:", name) for name in names}


def toasted(protocol: Protocol) -> int:
    """Blocks that were read of texts too long to stand in their row."""
    protocol.service.execute("select pg_stat_force_next_flush()")
    protocol.service.execute("select 1")
    found = protocol.one(
        "select coalesce(toast_blks_hit, 0) + coalesce(toast_blks_read, 0) + coalesce(tidx_blks_hit, 0) "
        "+ coalesce(tidx_blks_read, 0) as blocks from pg_statio_user_tables "
        "where relname = 'extraction_queue'"
    )
    return int(found["blocks"])


def check_texts(protocol: Protocol) -> None:
    """No claim and no list reads a text; reading one is seen."""
    before = toasted(protocol)
    for call in (
        *(claim(kind) for kind in KINDS),
        DEPTHS,
        RESCUE,
        "select * from public.pool_jobs_list('{{}}', 1000)",
        "select * from public.pool_failures(now() - interval '1 day', 50)",
        "select * from public.pool_stats(3)",
        f"select w.* from {READ_ROW}, public.pool_why('ocr_index', q.id) w where {READ_NUMBER}",
    ):
        run(protocol.service, call)
        assert toasted(protocol) == before, call
    run(protocol.service, f"select max(length(q.file_content)) from {READ_ROW} where {READ_NUMBER}")
    until(lambda: toasted(protocol) > before, what="a text that was read")


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_depths_and_claims_cost_the_same_at_half_a_million_rows(own_protocol: Protocol) -> None:
    grow(own_protocol, 500_000, 50_000)
    for name, call, buffers in (
        *((f"claim {kind}", claim(kind), 200) for kind in KINDS),
        ("claim of two kinds", claim("land", "ocr_index"), 200),
        ("claim of all kinds", claim(*KINDS), 200),
        ("depths", DEPTHS, 200),
        ("rescue", RESCUE, 4000),
        ("list", "select * from public.pool_jobs_list('{{}}', 50)", 10_000_000),
        ("failures", "select * from public.pool_failures(now() - interval '1 day', 50)", 10_000_000),
        ("stats", "select * from public.pool_stats(3)", 10_000_000),
        ("counts", "select * from public.pool_counts()", 20_000),
        ("odd rows", "select * from public.pool_odd_rows(30)", 20_000),
        ("overdue", "select * from public.pool_overdue(30)", 10_000_000),
    ):
        milliseconds, hits = cost(own_protocol, call, times=3 if buffers > 9000 else 21)
        say(f"{name}: {milliseconds:.2f} ms, {hits} buffers")
        assert hits <= buffers, name
    check_plans(own_protocol)
    check_texts(own_protocol)
    own_protocol.configure(budgets={})
    for name, call in (("claim without a budget", claim("land", "rdprm")), ("depths without one", DEPTHS)):
        milliseconds, hits = cost(own_protocol, call)
        say(f"{name}: {milliseconds:.2f} ms, {hits} buffers")
        assert hits <= 200, name
