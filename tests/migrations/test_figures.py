"""What a queue of years costs: 500,000 finished, 50,000 failed and 2,000 ready documents."""

import re
from time import perf_counter
from uuid import uuid4

import pytest

from tests.migrations.protocol import Protocol, say

FILL = """
set synchronous_commit = off;
insert into public.extraction_queue (document_source, document_number, document_number_normalized,
  circonscription_fonciere,
    cadastre, status_id, attemtps, supabase_path, error_message, worker_id, created_at, ocr_attempts)
  select (array['index', 'acte', 'plan_cadastraux'])[1 + n % 3], n::text, n::text, 'Montréal',
    'Cadastre du Québec',
    case when n <= {finished} then 5 else 4 end, 0, 'index/' || n || '.pdf', case when n > {finished} then
      'no such lot' end,
    'worker', now() - make_interval(secs => {finished} + {failed} - n), 0
  from generate_series(1, {finished} + {failed}) n;
insert into public.extraction_queue (document_source, document_number, circonscription_fonciere, cadastre,
  status_id,
    supabase_path, created_at)
  select (array['index', 'acte'])[1 + n % 2], n::text, 'Montréal', 'Cadastre du Québec', case when n % 2 =
    0 then 1 else 3 end,
    case when n % 2 = 1 then 'index/' || n || '.pdf' end, now() + make_interval(secs => n)
  from generate_series(1, 2000) n;
insert into public.pool_jobs (kind, row_id, attempts) select 'ocr_' || q.document_source, q.id, 0
  from public.extraction_queue q where q.status_id in (4, 5) and q.document_source <> 'plan_cadastraux';
insert into public.pool_leases (claim_id, kind, row_id, worker, host, claimed_at, expires_at, ended_at,
  outcome)
  select gen_random_uuid(), 'land', q.id, 'w', 'h', q.created_at, q.created_at, now(), 'done'
  from public.extraction_queue q where q.status_id = 5 order by q.created_at desc limit 5000;
update public.pool_jobs set not_before = now() + interval '1 hour' where ctid in (select ctid from
  public.pool_jobs limit 200);
vacuum analyze"""


def cost(protocol: Protocol, call: str, times: int = 21) -> tuple[float, int]:
    """The median milliseconds of a call as its caller sees them, and the shared buffers of one."""
    connection = protocol.service
    durations = []
    for _ in range(times):
        started = perf_counter()
        connection.execute(call.format(id=uuid4()).encode()).fetchall()
        durations.append((perf_counter() - started) * 1000)
    plan = connection.execute(
        f"explain (analyze, buffers, timing off) {call.format(id=uuid4())}".encode()
    ).fetchall()
    (hits,) = re.findall(r"^\s+Buffers: shared hit=(\d+)(?: read=\d+)?", plan[1][0], re.MULTILINE)
    return sorted(durations)[times // 2], int(hits)


def grow(protocol: Protocol, finished: int, failed: int) -> None:
    for statement in FILL.format(finished=finished, failed=failed).split(";"):
        protocol.admin.execute(statement.encode())


CLAIM = "select * from public.pool_claim('{id}', array['land', 'ocr_index'], 'w', 'h', 1, 90)"
DEPTHS = "select * from public.pool_depths('h')"


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_depths_and_claims_cost_the_same_at_half_a_million_rows(own_protocol: Protocol) -> None:
    grow(own_protocol, 500_000, 50_000)
    for name, call, buffers in (
        ("depths", DEPTHS, 200),
        ("claim", CLAIM, 400),
        ("rescue", "select * from public.pool_rescue(30)", 4000),
        ("list", "select * from public.pool_jobs_list('{{}}', 50)", 10_000_000),
        ("failures", "select * from public.pool_failures(now() - interval '1 day', 50)", 10_000_000),
        ("stats", "select * from public.pool_stats(3)", 10_000_000),
        ("counts", "select * from public.pool_counts()", 20_000),
        ("odd rows", "select * from public.pool_odd_rows(30)", 20_000),
    ):
        milliseconds, hits = cost(own_protocol, call, times=3 if buffers > 9000 else 21)
        say(f"{name}: {milliseconds:.2f} ms, {hits} buffers")
        assert hits <= buffers, name
