"""The queue of the machine beside its model, and what is true of both after every step."""

from collections import Counter
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from poolmgr.domain.states import ERROR, RUNNING, WAITING
from tests.migrations.model import (
    BUDGET_CENTS,
    MAX_OUTAGES,
    MOST,
    OPEN,
    PRICE_CENTS,
    Lease,
    Model,
    Purchase,
    Row,
)
from tests.migrations.protocol import Protocol

AUDIT = """
create table public.audit (n bigserial primary key, kind text, row_id uuid, was text, became text);
create function public.audit_status() returns trigger language plpgsql security definer as $$
begin
  insert into public.audit (kind, row_id, was, became) values (tg_table_name, new.id,
    to_jsonb(old) ->> tg_argv[0], to_jsonb(new) ->> tg_argv[0]);
  return null;
end $$;
create trigger audit after update of status_id on public.extraction_queue for each row
  when (old.status_id is distinct from new.status_id) execute function public.audit_status('status_id');
create trigger audit after update of status on public.search_sessions for each row
  when (old.status is distinct from new.status) execute function public.audit_status('status');
create trigger audit after update of status on public.rdprm_searches for each row
  when (old.status is distinct from new.status) execute function public.audit_status('status');"""
TWICE_DONE = """
select kind, row_id, became, count(*) from public.audit
where became in ('5', 'pending_name_selection', 'completed', 'not_found') or became = '3' and was = '2'
group by 1, 2, 3 having count(*) > 1"""
STATE = """
select q.id, case when status_id in (3, 5, 6) or supabase_path is not null then 'ocr_index' else 'land'
  end as kind,
  status_id::text as status, attemtps, ocr_attempts, coalesce(error_message, '') like 'held: %' as says_held,
  coalesce(error_message, ocr_error) as error from public.extraction_queue q
union all select s.id, 'req', status, null, null, false, error_message from public.search_sessions s where
  not s.req_completed or s.status = 'pending_name_selection'
union all select r.id, 'rdprm', status, null, null, coalesce(error_message, '') like 'held: %',
  error_message from public.rdprm_searches r"""
NUMBERS = st.integers(min_value=0, max_value=11)


class WatchedQueue(RuleBasedStateMachine):
    """One example begins with an empty queue; `hits` counts what was tried, over all examples."""

    def __init__(self, protocol: Protocol, hits: Counter[str]) -> None:
        super().__init__()
        self.protocol, self.hits = protocol, hits
        protocol.empty()
        protocol.query("delete from public.audit")
        protocol.configure(
            budgets={"land": BUDGET_CENTS, "rdprm": BUDGET_CENTS},
            prices={"land": PRICE_CENTS, "rdprm": PRICE_CENTS},
            max_attempts=MOST,
            max_outages=MAX_OUTAGES,
            retry_seconds=[60],
        )
        self.model = Model()
        self.accounts: dict[UUID, str] = {}
        self.numbers = iter(range(10_000))

    def lease(self, number: int) -> Lease:
        """Mostly one that is open."""
        leases = [lease for lease in self.model.leases if lease.open and number < 9] or self.model.leases
        return leases[-1 - number % len(leases)]

    def row(self, number: int) -> Row:
        return self.model.rows[number % len(self.model.rows)]

    def purchase(self, number: int) -> Purchase:
        """Mostly one that is not over."""
        purchases = [one for one in self.model.purchases if one.state in OPEN and number < 9]
        purchases = purchases or self.model.purchases
        return purchases[-1 - number % len(purchases)]

    def word(self, function: str, **arguments: object) -> str:
        return str(self.protocol.value(function, **arguments)).split(":")[0]

    # What is always true.

    @invariant()
    def the_database_is_as_the_model_says(self) -> None:
        found = {row["id"]: row for row in self.protocol.query(STATE)}
        jobs = {
            (job["kind"], job["row_id"]): job for job in self.protocol.query("select * from public.pool_jobs")
        }
        for row in self.model.rows:
            state, job = found[row.row_id], jobs.get((row.kind, row.row_id))
            assert state["status"] == str(self.status(row)), (row, state)
            tries = {"land": state["attemtps"], "ocr_index": state["ocr_attempts"]}.get(
                row.kind, job["attempts"] if job else 0
            )
            assert tries == row.tries <= MOST, (row, state)
            assert (job is not None) is row.known, row
            if job:
                assert (job["held"], job["outages"]) == (row.job_held, row.outages), row
                assert (job["not_before"] is not None) >= row.delayed, row
            if row.kind in ("land", "rdprm"):
                assert state["says_held"] is row.says_held, (row, state)
            if row.state == "error":
                assert state["error"], f"an error without a sentence: {row}"

    @staticmethod
    def status(row: Row) -> int | str:
        if row.state == "done":
            done: dict[str, int | str] = {
                "ocr_index": 5,
                "req": "pending_name_selection",
                "rdprm": "completed",
            }
            return done[row.kind]
        return {"waiting": WAITING, "running": RUNNING, "error": ERROR}[row.state][row.kind]

    @invariant()
    def every_running_row_has_one_lease_that_can_be_rescued(self) -> None:
        leases = self.protocol.query(
            "select token, ended_at is null as open, outcome from public.pool_leases"
        )
        assert {one["token"]: (one["open"], one["outcome"]) for one in leases} == {
            one.token: (one.open, one.ended) for one in self.model.leases
        }
        for row in self.model.rows:
            if row.state == "running":
                assert self.model.open_lease(row), f"lost: {row}"

    @invariant()
    def money_adds_up_and_nothing_is_clicked_twice(self) -> None:
        found = {
            one["id"]: one["state"]
            for one in self.protocol.query("select id, state from public.pool_purchases")
        }
        assert found == {one.id: one.state for one in self.model.purchases}
        for registry in ("land", "rdprm"):
            assert self.protocol.budget(registry) == self.model.budget(registry)
        standing = [(one.registry, one.identity) for one in self.model.purchases if one.state in OPEN]
        assert len(standing) == len(set(standing))
        assert all(one.clicks <= 1 for one in self.model.purchases)
        for row in self.model.rows:
            # A need is met by one click; every other was told to be unsold, or lost and allowed by a person.
            clicked = self.model.bought(row, "clicked", "secured", "delivered", "unknown")
            assert len(clicked) <= 1, clicked

    @invariant()
    def depths_count_what_may_be_claimed(self) -> None:
        for host in ("h1", "h2"):
            depths = {row["kind"]: row["ready"] for row in self.protocol.rows("pool_depths", host=host)}
            for kind in ("land", "req", "rdprm", "ocr_index"):
                assert depths[kind] == len(self.model.candidates([kind], host, 99)), kind

    @invariant()
    def nothing_is_done_twice(self) -> None:
        assert self.protocol.query(TWICE_DONE) == []
