"""Eight real processes at one queue, that die by SIGKILL, beside rescues, cancels and a person who allows."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest

from tests.migrations.hosted import HostedProtocol
from tests.migrations.protocol import Protocol, say
from tests.waiting import until

CLIENTS = 8
SOURCES = {"land": "plan_cadastraux", "ocr_index": "index"}
# Into done, in the transaction that ended this token with `done`: what a dead token writes has no such lease.
AUDIT = """
create table public.audit (n bigserial primary key, row_id uuid, token uuid);
create function public.audit_done() returns trigger language plpgsql security definer as $$
begin
  insert into public.audit (row_id, token) select new.id, (select l.token from public.pool_leases l
    where l.row_id = new.id and l.outcome = 'done' and l.ended_at >= now());
  return null;
end $$;
create trigger audit after update on public.extraction_queue for each row
  when (old.status_id <> 5 and new.status_id = 5) execute function public.audit_done();
create trigger audit after update on public.search_sessions for each row
  when (old.status <> new.status and new.status = 'pending_name_selection') execute function
    public.audit_done();
create trigger audit after update on public.rdprm_searches for each row
  when (old.status <> new.status and new.status = 'completed') execute function public.audit_done();"""
FILL = """
insert into public.extraction_queue (document_source, document_number, status_id, supabase_path,
  max_attempts, ocr_max_attempts)
  select case when n % 2 = 0 then 'plan_cadastraux' else 'index' end, n::text, case when n % 2 = 0 then 1
    else 3 end,
    case when n % 2 = 1 then 'index/a.pdf' end, 999, 999 from generate_series(1, {jobs} / 2) n;
insert into public.search_sessions (initial_search_query) select n::text from generate_series(1, {jobs} /
  4) n;
insert into public.rdprm_searches (search_session_id, search_name)
  select s.id, s.initial_search_query from public.search_sessions s"""
LEFT = """
select (select count(*) from public.extraction_queue where status_id <> 5)
  + (select count(*) from public.search_sessions where status <> 'pending_name_selection')
  + (select count(*) from public.rdprm_searches where status <> 'completed') as n"""
RUNNING = """
select case document_source when 'index' then 'ocr_index' else 'land' end as kind, id from
  public.extraction_queue
where status_id in (2, 6) order by random() limit 1"""


@dataclass
class Crowd:
    """Clients that are started again, under a new name, as they die."""

    protocol: Protocol
    dice: random.Random
    clients: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    hits: Counter[str] = field(default_factory=Counter)
    turns: int = 0

    def start(self) -> None:
        name = f"w{self.hits['started']}"
        self.hits["started"] += 1
        seed = str(self.dice.randrange(2**32))
        self.clients[name] = subprocess.Popen(
            [sys.executable, "-m", "tests.migrations.client", self.protocol.address, name, seed],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def reap(self) -> None:
        for name, client in list(self.clients.items()):
            if client.poll() is None:
                continue
            _, said = client.communicate()
            assert client.returncode == -signal.SIGKILL, said
            del self.clients[name]
            self.hits["killed"] += 1
            if self.dice.random() < 0.5:  # else the rescue finds what it held
                self.hits["held by the dead"] += int(
                    self.protocol.value("pool_release_worker", worker=name, reason="killed", crashed=True)
                )
            self.start()

    def disturb(self) -> None:
        """What scouts and people do meanwhile."""
        self.hits["rescued"] += len(self.protocol.rescue())
        for one in self.protocol.query(
            "select id from public.pool_purchases where state = 'unknown' limit 5"
        ):
            self.protocol.value("pool_purchase_allow", id=one["id"], person="marie")
            self.hits["allowed"] += 1
        for row in self.protocol.query(RUNNING):
            if self.protocol.value("pool_cancel", kind=row["kind"], row_id=row["id"]) == "applied":
                self.hits["cancelled"] += 1
        for row in self.protocol.rows("pool_failures", since=None, how_many=50):
            answer = self.protocol.value("pool_retry", kind=row["kind"], row_id=row["row_id"])
            self.hits[f"retry {answer.split(':')[0]}"] += 1

    def turn(self) -> bool:
        """True when nothing is left."""
        self.reap()
        self.turns += 1
        if self.turns % 10 == 0:
            self.disturb()
        return int(self.protocol.one(LEFT)["n"]) == 0

    def end(self) -> int:
        """Claims that came back empty though rows were free."""
        lost = 0
        for client in self.clients.values():
            said, error = client.communicate("\n", timeout=30)
            assert client.returncode in (0, -signal.SIGKILL), error
            lost += int(said or 0)
        return lost


def run(protocol: Protocol, jobs: int, seed: int, within_seconds: float) -> None:
    say(f"seed {seed}, {jobs} jobs, {CLIENTS} clients")
    protocol.query(AUDIT)
    for statement in FILL.format(jobs=jobs).split(";"):
        protocol.admin.execute(statement.encode())
    protocol.configure(
        max_attempts=999,
        max_outages=1_000_000,
        budgets={"land": 1_000_000, "rdprm": 1_000_000},
        retry_seconds=[0],
    )
    crowd = Crowd(protocol, random.Random(seed))
    for _ in range(CLIENTS):
        crowd.start()
    started = time.monotonic()
    until(crowd.turn, within_seconds, "every job is done")
    assert crowd.end() == 0, "claims that came back empty though rows were free"
    say(f"{time.monotonic() - started:.1f} s, {dict(crowd.hits)}")
    assert crowd.hits["killed"]
    prove(protocol, jobs)


def prove(protocol: Protocol, jobs: int) -> None:
    audit = protocol.one(
        "select count(*) as n, count(distinct row_id) as jobs, count(distinct token) as tokens from "
        "public.audit"
    )
    assert audit == {"n": jobs, "jobs": jobs, "tokens": jobs}, (
        "done once each, by the token that ended with it"
    )
    clicks = protocol.query(
        "select identity from public.pool_purchases where clicked_at is not null and state <> 'allowed' "
        "group by identity having count(*) > 1"
    )
    assert clicks == []
    open_leases = protocol.one("select count(*) as n from public.pool_leases where ended_at is null")
    assert open_leases["n"] == 0
    for registry in ("land", "rdprm"):
        spent = protocol.one(
            "select coalesce(sum(price_cents), 0)::int as cents from public.pool_purchases where "
            "registry = %s "
            "and clicked_at is not null and state not in ('void', 'not_sold')",
            registry,
        )
        assert protocol.budget(registry) == (0, spent["cents"])
    deadlocks = protocol.one(
        "select deadlocks from pg_catalog.pg_stat_database where datname = current_database()"
    )
    assert deadlocks["deadlocks"] == 0


def test_eight_processes_do_each_job_once(own_protocol: Protocol) -> None:
    run(own_protocol, 600, seed=1, within_seconds=50)


def test_eight_processes_do_each_job_once_through_postgrest(own_hosted_protocol: HostedProtocol) -> None:
    run(own_hosted_protocol, 240, seed=1, within_seconds=50)


@pytest.mark.proof
@pytest.mark.timeout(1200)
def test_eight_processes_do_thousands_of_jobs_once_each(own_protocol: Protocol) -> None:
    run(own_protocol, 5000, seed=random.randrange(2**32), within_seconds=900)


@pytest.mark.proof
@pytest.mark.timeout(1200)
def test_eight_processes_do_thousands_of_jobs_once_each_through_postgrest(
    own_hosted_protocol: HostedProtocol,
) -> None:
    run(own_hosted_protocol, 5000, seed=random.randrange(2**32), within_seconds=900)
