"""The predecessor still runs beside us, on its own database: it resets, claims and finishes while we do."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event
from uuid import uuid4

import psycopg

from tests.migrations.calls import DONE, KINDS, Row, call
from tests.migrations.predecessor import DEAD_WORKERS, FINISH, OCR_RESETS, RESETS, PredecessorWorker
from tests.migrations.protocol import Protocol

REPLAYED = {**RESETS, "dead worker": DEAD_WORKERS, **OCR_RESETS}
AGE = """
update public.extraction_queue q set processing_started_at = q.processing_started_at - interval '1 hour'
  where q.id in (select row_id from public.pool_leases where kind = 'land');
update public.extraction_queue q set ocr_started_at = q.ocr_started_at - interval '1 hour'
  where q.id in (select row_id from public.pool_leases where kind like 'ocr%');
update public.pool_leases l set claimed_at = l.claimed_at - interval '1 hour'
  where l.kind = 'land' or l.kind like 'ocr%';
update public.worker_status set last_heartbeat = now() - interval '1 hour'"""
RUNNING = "select id from public.extraction_queue where status_id = 2 or ocr_started_at is not null"
LEFT = """
select distinct status_id, document_source = 'plan_cadastraux' as plan from public.extraction_queue"""
FRESH = """
delete from public.extraction_queue;
insert into public.extraction_queue (document_source, document_number, created_at)
  select (array['index', 'acte', 'plan_cadastraux'])[1 + n % 3], n::text,
    now() - make_interval(secs => 1000 - n)
  from generate_series(1, 150) n"""


def beat(protocol: Protocol, job: object) -> None:
    state = "busy" if job else "idle"
    said = {"worker_id": "w1", "status": state, "current_job_id": str(job) if job else None}
    protocol.value("pool_worker_beat", beats=[said])


def replay(protocol: Protocol) -> int:
    """Each reset of the predecessor once; how many rows they moved."""
    with closing(psycopg.connect(protocol.database.url_as("service_role"), autocommit=True)) as predecessor:
        return sum(predecessor.execute(reset.encode()).rowcount for reset in REPLAYED.values())


def leased(protocol: Protocol) -> list[Row]:
    """Rows of every kind under our leases, old enough for every reset."""
    claims = [claim for kind in KINDS for claim in protocol.claim(kind, how_many=3)]
    assert {claim["kind"] for claim in claims} == set(KINDS)
    beat(protocol, next(claim["row_id"] for claim in claims if claim["kind"] == "land"))
    protocol.query(AGE)
    return claims


def test_its_resets_move_every_row_but_those_under_our_leases(predecessors: Protocol) -> None:
    protocol = predecessors
    claims = leased(protocol)
    before = [protocol.row(claim["kind"], claim["row_id"]) for claim in claims]
    assert replay(protocol) > 0
    assert [protocol.row(claim["kind"], claim["row_id"]) for claim in claims] == before
    running = protocol.query(RUNNING)
    ours = {claim["row_id"] for claim in claims}
    assert {row["id"] for row in running} <= ours
    assert {protocol.settle(claim, "done") for claim in claims} == {"applied"}


def test_without_the_guard_its_resets_take_our_rows_and_our_writes_are_lost(predecessors: Protocol) -> None:
    protocol = predecessors
    claims = leased(protocol)
    protocol.configure(predecessor_beside=False)
    replay(protocol)
    land = [claim for claim in claims if claim["kind"] == "land"]
    assert {protocol.row("land", claim["row_id"])["status_id"] for claim in land} == {1}
    assert {protocol.settle(claim, "done") for claim in land} == {"lost"}


def test_a_worker_that_is_idle_names_no_job_that_could_be_given_back(predecessors: Protocol) -> None:
    """The monitor gives back what a dead worker's row names, finished or not, and it is bought again."""
    protocol = predecessors
    (claim,) = protocol.claim("land", how_many=1)
    beat(protocol, claim["row_id"])
    assert protocol.settle(claim, "done") == "applied"
    beat(protocol, None)
    protocol.query(AGE)
    finished = protocol.row("land", claim["row_id"])
    replay(protocol)
    assert protocol.row("land", claim["row_id"]) == finished


def test_a_document_we_brought_is_not_bought_again_for_a_worker_that_died_with_its_host(
    predecessors: Protocol,
) -> None:
    """Its row of worker_status still names the job: nobody was left to end it."""
    protocol = predecessors
    for claim in protocol.claim("land", how_many=3):
        beat(protocol, claim["row_id"])
        assert protocol.settle(claim, "done") == "applied"
        protocol.query(AGE)
        finished = protocol.row("land", claim["row_id"])
        assert finished["status_id"] in (3, 5)
        replay(protocol)
        assert protocol.row("land", claim["row_id"]) == finished


def test_a_row_that_somebody_else_finished_may_be_reset_by_whoever_wants_to(predecessors: Protocol) -> None:
    protocol = predecessors
    protocol.query("update public.extraction_queue set worker_id = 'theirs' where status_id in (3, 5)")
    count = "select count(*)::int as n from public.extraction_queue where status_id in (3, 5)"
    there = protocol.one(count)["n"]
    reset = "update public.extraction_queue set status_id = 1, worker_id = null where status_id in (3, 5)"
    assert there > 0
    protocol.query(reset)
    assert protocol.one(count)["n"] == 0


def test_a_row_it_took_back_and_we_claimed_is_not_finished_by_its_late_write(predecessors: Protocol) -> None:
    """Its API gives its own live rows back when it starts; its worker then finishes by the id alone."""
    protocol = predecessors
    protocol.query(FRESH)
    with closing(psycopg.connect(protocol.database.url_as("service_role"), autocommit=True)) as predecessor:
        worker = PredecessorWorker(protocol.database.url_as("service_role"), "predecessor")
        (row,) = predecessor.execute(
            "select id from public.extraction_queue order by created_at limit 1"
        ).fetchall()
        assert list(worker.claimed(predecessor, [row[0]])) == [row[0]]
        predecessor.execute(RESETS["API start"].encode())
        (claim,) = protocol.claim("land")
        assert claim["row_id"] == row[0]
        assert predecessor.execute(FINISH, row).rowcount == 0
    assert protocol.settle(claim, "done") == "applied"
    assert protocol.row("land", row[0])["supabase_path"] == "index/a.pdf"


def ours(url: str, name: str) -> list[str]:
    """Claims and settles until nothing waits; what every settle answered."""
    answers: list[str] = []
    asked = {"kinds": ["land"], "worker": name, "host": "h", "how_many": 2, "lease_seconds": 90}
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        while claims := call(connection, "pool_claim", {"claim_id": uuid4(), **asked}):
            for claim in claims:
                outcome = {"outcome": "done", "result": DONE["land"]}
                (row,) = call(connection, "pool_settle", {"token": claim["token"], "outcome": outcome})
                answers.append(str(row["pool_settle"]))
    return answers


def resetting(url: str, done: Event) -> None:
    """Its monitor and its starts, over and over; the API's start would take its own live rows from it."""
    resets = [reset.encode() for name, reset in REPLAYED.items() if name != "API start"]
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        while not done.is_set():
            for reset in resets:
                connection.execute(reset)


def test_each_row_is_bought_once_by_whoever_claimed_it(predecessors: Protocol) -> None:
    protocol = predecessors
    protocol.query(FRESH)
    url, done = protocol.database.url_as("service_role"), Event()
    theirs = [PredecessorWorker(url, f"unified-worker-{number}") for number in range(2)]
    with ThreadPoolExecutor(5) as threads:
        monitor = threads.submit(resetting, url, done)
        try:
            bought_by_them = [threads.submit(worker.work) for worker in theirs]
            settled = [threads.submit(ours, url, f"ours-{number}") for number in range(2)]
            answers = [answer for one in settled for answer in one.result()]
            counts = [one.result() for one in bought_by_them]
        finally:
            done.set()
        monitor.result()
    assert set(answers) <= {"applied"}
    bought = [row for worker in theirs for row in worker.bought]
    assert len(bought) == len(set(bought)) == sum(counts)
    assert len(answers) + len(bought) == 150
    left = protocol.query(LEFT)
    assert {(row["status_id"], row["plan"]) for row in left} == {(3, False), (5, True)}
