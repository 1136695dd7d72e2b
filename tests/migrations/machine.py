"""Everything that may happen to a queue, in any order, on a real PostgreSQL, beside a model that knows the answers."""

from collections import Counter
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from poolmgr.domain.states import ERROR, RUNNING, WAITING
from tests.migrations.calls import KINDS, call
from tests.migrations.model import BUDGET_CENTS, MAX_OUTAGES, MOST, OPEN, Lease, Model, Purchase, Row
from tests.migrations.protocol import Protocol
from tests.waiting import until

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
select q.id, case when status_id in (3, 5, 6) or supabase_path is not null then 'ocr_index' else 'land' end as kind,
  status_id::text as status, attemtps, ocr_attempts, coalesce(error_message, '') like 'held: %' as says_held,
  coalesce(error_message, ocr_error) as error from public.extraction_queue q
union all select s.id, 'req', status, null, null, false, error_message from public.search_sessions s where not s.req_completed or s.status = 'pending_name_selection'
union all select r.id, 'rdprm', status, null, null, coalesce(error_message, '') like 'held: %', error_message from public.rdprm_searches r"""
NUMBERS = st.integers(min_value=0, max_value=11)
WORKERS = st.sampled_from(["w1", "w2", "w3"])
HOSTS = st.sampled_from(["h1", "h2"])
ADDED = st.sampled_from(["land", "land", "land", "req", "rdprm", "rdprm", "ocr_index"])
WORDS = st.sampled_from(["done", "done", "retry", "give_up", "released", "outage"])
MARKS = st.sampled_from(
    ["clicked", "clicked", "secured", "secured", "unknown", "void", "not_sold", "delivered"]
)
WAYS = [
    [],
    ["clicked"],
    ["clicked"],
    ["clicked", "secured"],
    ["clicked", "secured"],
    ["clicked", "not_sold"],
    ["clicked", "unknown"],
    ["clicked", "void"],
    ["clicked", "secured", "unknown"],
]
FAREWELLS = ["done", "done", "retry", "give_up", "released", "outage", "dies", "expires"]
RARELY = st.sampled_from([False, False, False, True])
ASKED = st.lists(st.sampled_from(["land", "req", "rdprm", "ocr_index"]), min_size=1, max_size=4, unique=True)


class QueueMachine(RuleBasedStateMachine):
    """One example: an empty queue, then up to `stateful_step_count` events."""

    def __init__(self, protocol: Protocol, hits: Counter[str]) -> None:
        super().__init__()
        self.protocol, self.hits = protocol, hits
        protocol.empty()
        protocol.query("delete from public.audit")
        protocol.configure(
            budgets={"land": BUDGET_CENTS, "rdprm": BUDGET_CENTS}, max_attempts=MOST, max_outages=MAX_OUTAGES
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
        """Mostly one that is not over; a negative number names one from the end."""
        if number < 0:
            return self.model.purchases[number]
        purchases = [one for one in self.model.purchases if one.state in OPEN and number < 9]
        purchases = purchases or self.model.purchases
        return purchases[-1 - number % len(purchases)]

    def word(self, function: str, **arguments: Any) -> str:
        return str(self.protocol.value(function, **arguments)).split(":")[0]

    @initialize(kinds=st.lists(ADDED, min_size=3, max_size=6), how_many=st.integers(2, 5))
    def begin(self, kinds: list[str], how_many: int) -> None:
        """A day that has begun: rows, and some of them under way."""
        for kind in kinds:
            self.add(kind)
        self.claim(["land", "rdprm", "req", "ocr_index"], "w1", "h1", how_many, True)

    # The product, the predecessor, the operator.

    @precondition(lambda self: len(self.model.rows) < 8)
    @rule(kind=ADDED)
    def add(self, kind: str) -> None:
        row_id = self.protocol.add(kind, created_at=f"2026-01-01T00:{next(self.numbers) % 3600 // 60:02}:00Z")
        moment = next(self.numbers)
        self.protocol.set(
            kind,
            row_id,
            created_at=f"2026-01-01T{moment // 3600:02}:{moment // 60 % 60:02}:{moment % 60:02}Z",
        )
        self.model.rows.append(Row(kind, row_id))

    @precondition(lambda self: self.model.rows)
    @rule(number=NUMBERS, rarely=RARELY)
    def the_product_cancels(self, number: int, rarely: bool) -> None:
        row = self.row(number)
        if row.state == "done" or not rarely:
            return
        self.protocol.set(
            row.kind,
            row.row_id,
            **{"status" if row.kind in ("req", "rdprm") else "status_id": ERROR[row.kind]},
            error_message="Job cancelled by user",
        )
        row.state, row.says_held = "error", False

    @precondition(lambda self: any(row.state == "error" for row in self.model.rows))
    @rule(number=NUMBERS)
    def the_product_retries(self, number: int) -> None:
        failed = [row for row in self.model.rows if row.state == "error" and row.kind != "ocr_index"]
        if not failed:
            return
        row = failed[number % len(failed)]
        column = "status_id" if row.kind == "land" else "status"
        self.protocol.set(row.kind, row.row_id, **{column: WAITING[row.kind]}, error_message=None)
        row.state, row.says_held = "waiting", False

    @rule(rarely=RARELY)
    def the_predecessor_resets_everything(self, rarely: bool) -> None:
        if not rarely:
            return
        self.protocol.query(
            "update public.extraction_queue set status_id = 1, worker_id = null, processing_started_at = null "
            "where status_id = 2"
        )
        for row in self.model.rows:
            if row.kind == "land" and row.state == "running":
                lease = self.model.open_lease(row)
                if not (self.model.beside and lease and not lease.expired):
                    row.state = "waiting"

    @rule(rebuy_once=st.booleans(), beside=st.booleans())
    def the_operator_changes_settings(self, rebuy_once: bool, beside: bool) -> None:
        self.protocol.configure(
            land_unknown="rebuy_once" if rebuy_once else "hold", predecessor_beside=beside
        )
        self.model.rebuy_once, self.model.beside = rebuy_once, beside

    # Time.

    @precondition(lambda self: any(lease.open for lease in self.model.leases))
    @rule(number=NUMBERS)
    def a_lease_expires(self, number: int) -> None:
        live = [lease for lease in self.model.leases if lease.open]
        lease = live[number % len(live)]
        self.protocol.expire({"token": lease.token})
        lease.expired = True

    @precondition(lambda self: any(row.delayed for row in self.model.rows))
    @rule()
    def every_delay_ends(self) -> None:
        self.protocol.ripen()
        for row in self.model.rows:
            row.delayed = False

    # Workers.

    def took(
        self, claim_id: UUID, worker: str, host: str, rows: list[Row], answer: list[dict[str, Any]]
    ) -> None:
        """A new claim took exactly the rows the model says, oldest first, kinds in the order asked."""
        assert [(claim["kind"], claim["row_id"], claim["attempt"]) for claim in answer] == [
            (row.kind, row.row_id, row.tries + 1) for row in rows
        ]
        for claim, row in zip(answer, rows, strict=True):
            assert ("purchase" in claim["job"]) is bool(self.model.bought(row, "secured"))
            self.model.leases.append(Lease(claim["token"], claim_id, row, row.kind, worker, host))
            row.state = "running"

    @precondition(lambda self: self.model.rows)
    @rule(kinds=ASKED, worker=WORKERS, host=HOSTS, how_many=st.integers(1, 3), answered=st.booleans())
    def claim(self, kinds: list[str], worker: str, host: str, how_many: int, answered: bool) -> None:
        claim_id = uuid4()
        rows = self.model.candidates(kinds, host, how_many)
        answer = self.protocol.claim(*kinds, worker=worker, host=host, how_many=how_many, claim_id=claim_id)
        self.took(claim_id, worker, host, rows, answer)
        if not answered and answer:
            again = self.protocol.claim(
                *kinds, worker=worker, host=host, how_many=how_many, claim_id=claim_id
            )
            assert {one["token"] for one in again} == {one["token"] for one in answer}

    @precondition(lambda self: self.model.rows)
    @rule(kinds=ASKED, worker=WORKERS, how_many=st.integers(1, 3), committed=st.booleans())
    def claim_twice_at_once(self, kinds: list[str], worker: str, how_many: int, committed: bool) -> None:
        """The repeat waits for the first call's transaction, whatever becomes of it."""
        claim_id = uuid4()
        arguments = {
            "claim_id": claim_id,
            "kinds": kinds,
            "worker": worker,
            "host": "h1",
            "how_many": how_many,
            "lease_seconds": 90,
        }
        rows = self.model.candidates(kinds, "h1", how_many)
        second: list[dict[str, Any]] = []
        repeat = Thread(target=lambda: second.extend(self.protocol.rows("pool_claim", **arguments)))
        with self.protocol.beside() as other:
            first = call(other, "pool_claim", arguments)
            repeat.start()
            until(
                lambda: self.protocol.query("select pid from pg_locks where not granted"),
                what="the repeat waits",
            )
            if committed:
                other.commit()
        repeat.join(10)
        if committed:
            assert {one["token"] for one in first} == {one["token"] for one in second} or not first
            if not first:
                assert second == []
        self.took(claim_id, worker, "h1", rows, first if committed and first else second)

    @precondition(lambda self: self.model.leases)
    @rule(number=NUMBERS)
    def repeat_an_old_claim(self, number: int) -> None:
        lease = self.lease(number)
        answer = self.protocol.claim(
            *KINDS, worker=lease.worker, host=lease.host, how_many=9, claim_id=lease.claim_id
        )
        assert {one["token"] for one in answer} == {
            one.token
            for one in self.model.leases
            if one.claim_id == lease.claim_id and one.open and not one.expired
        }

    @precondition(lambda self: self.model.leases)
    @rule(numbers=st.lists(NUMBERS, min_size=1, max_size=3))
    def renew(self, numbers: list[int]) -> None:
        leases = list({self.lease(number).token: self.lease(number) for number in numbers}.values())
        expected = []
        for lease in leases:
            if not lease.open:
                reason = lease.ended if lease.ended in ("cancelled", "taken") else "ended"
            elif self.model.standing(lease) != "ours":
                reason = self.model.lose(lease)
            else:
                reason = "expired" if lease.expired else None
            expected.append((lease.token, reason is None, reason))
        answers = self.protocol.renew(*({"token": lease.token} for lease in leases))
        assert [(one["token"], one["held"], one["reason"]) for one in answers] == expected

    @precondition(lambda self: self.model.leases)
    @rule(number=NUMBERS, word=WORDS, delay=st.booleans(), answered=st.booleans())
    def settle(self, number: int, word: str, delay: bool, answered: bool) -> None:
        lease = self.lease(number)
        outcome: dict[str, object] = {"outcome": word, "error": f"said {word}"}
        if delay:
            outcome["after_seconds"] = 60
        if word == "done":
            outcome["result"] = {
                "supabase_path": "index/a.pdf",
                "file_content": "texte",
                "storage_path": "s/a.pdf",
            }
        expected = self.model.settle(lease, outcome)
        note(f"{lease.kind} {lease.row.row_id} {word}: {expected}")
        self.hits[f"settle {word} {expected}"] += 1
        assert self.word("pool_settle", token=lease.token, outcome=outcome) == expected
        if not answered:
            again = "already" if expected in ("applied", "already") else "lost"
            assert self.word("pool_settle", token=lease.token, outcome=outcome) == again

    @precondition(lambda self: self.model.leases)
    @rule(numbers=st.lists(NUMBERS, min_size=1, max_size=3))
    def release(self, numbers: list[int]) -> None:
        leases = {self.lease(number).token: self.lease(number) for number in numbers}
        count = 0
        for lease in leases.values():
            if lease.open:
                count += self.model.standing(lease) == "ours"
                self.model.take_back([lease], "released")
        for expected in (count, 0):
            assert self.protocol.value("pool_release", tokens=list(leases), reason="drain") == expected

    @rule(worker=WORKERS, crashed=st.booleans(), rarely=RARELY)
    def a_worker_dies(self, worker: str, crashed: bool, rarely: bool) -> None:
        if not rarely:
            return
        leases = [one for one in self.model.leases if one.open and one.worker == worker]
        touched = self.model.take_back(leases, "crashed" if crashed else "released")
        for expected in (len(touched), 0):
            answer = self.protocol.value(
                "pool_release_worker", worker=worker, reason="killed", crashed=crashed
            )
            assert answer == expected
        self.accounts.clear()
        self.protocol.query("update public.pool_account_leases set ended_at = now() where ended_at is null")

    @rule()
    def rescue(self) -> None:
        expected = self.model.rescue()
        rescued = self.protocol.rescue()
        assert {row["row_id"] for row in rescued} == expected
        self.hits.update(f"rescue {row['reason']}" for row in rescued)
        assert self.protocol.rescue() == []

    # Money.

    @precondition(lambda self: any(one.kind in ("land", "rdprm") for one in self.model.leases))
    @rule(
        number=NUMBERS,
        identity=st.sampled_from(["a", "b"]),
        answered=st.booleans(),
        price=st.sampled_from([150, 400]),
    )
    def intent(self, number: int, identity: str, answered: bool, price: int) -> None:
        paid = [
            one for one in self.model.leases if one.kind in ("land", "rdprm") and (one.open or number > 8)
        ]
        paid = paid or [one for one in self.model.leases if one.kind in ("land", "rdprm")]
        lease = self.model.leases[number] if number < 0 else paid[-1 - number % len(paid)]
        claim = {"token": lease.token, "kind": lease.kind}
        expected, known = self.model.intent(
            lease, "rdprm" if lease.kind == "rdprm" else "land", identity, price
        )
        answer = self.protocol.intent(claim, identity, price)
        assert answer["answer"] == expected
        self.hits[f"intent {expected}"] += 1
        if known:
            assert answer["id"] == known.id
        elif expected == "go":
            registry = "rdprm" if lease.kind == "rdprm" else "land"
            self.model.purchases.append(Purchase(answer["id"], registry, identity, price, lease, lease.host))
        if not answered:
            again = self.protocol.intent(claim, identity, price)
            assert (again["answer"], again.get("id")) == (answer["answer"], answer.get("id"))

    @precondition(lambda self: self.model.purchases)
    @rule(
        number=NUMBERS,
        state=MARKS,
        buyer=st.sampled_from([True, True, True, False]),
        other=NUMBERS,
        answered=st.booleans(),
    )
    def mark(self, number: int, state: str, buyer: bool, other: int, answered: bool) -> None:
        purchase = self.purchase(number)
        lease = purchase.lease if buyer else self.lease(other)
        was, expected = purchase.state, self.model.mark(purchase, lease, state)
        note(f"{purchase.id} to {state}: {expected}")
        self.hits[f"mark {was} {state} {expected}"] += 1
        arguments = {"id": purchase.id, "token": lease.token, "state": state, "facts": {"sha256": "ab"}}
        assert self.word("pool_purchase_mark", **arguments) == expected
        if not answered:
            again = self.model.mark(purchase, lease, state)
            assert self.word("pool_purchase_mark", **arguments) == again

    @precondition(lambda self: any(one.state == "unknown" for one in self.model.purchases))
    @rule(number=NUMBERS)
    def a_person_allows(self, number: int) -> None:
        unknown = [one for one in self.model.purchases if one.state == "unknown"]
        purchase = unknown[number % len(unknown)]
        for _ in range(2):
            expected = self.model.allow(purchase)
            assert self.word("pool_purchase_allow", id=purchase.id, person="marie") == expected
            self.hits[f"allow {expected}"] += 1

    # People, accounts.

    @precondition(lambda self: self.model.rows)
    @rule(number=NUMBERS, function=st.sampled_from(["retry", "retry", "cancel"]), rarely=RARELY)
    def a_person_orders(self, number: int, function: str, rarely: bool) -> None:
        if function == "cancel" and not rarely:
            return
        row = self.row(number)
        for _ in range(2):
            expected = self.model.retry(row) if function == "retry" else self.model.cancel(row)
            assert self.word(f"pool_{function}", kind=row.kind, row_id=row.row_id) == expected
            self.hits[f"{function} {expected}"] += 1

    @precondition(lambda self: self.model.rows)
    @rule(number=NUMBERS)
    def a_person_asks_why(self, number: int) -> None:
        row = self.row(number)
        unmet = self.protocol.unmet(row.kind, row.row_id)
        secured = self.model.bought(row, "secured")
        host = secured[0].host if secured else "h1"
        assert (set(unmet) <= {"any host may take it"}) is self.model.claimable(row, host), unmet
        assert ("any host may take it" in unmet) is bool(secured)

    @rule(registry=st.sampled_from(["rdprm"]))
    def lease_an_account(self, registry: str) -> None:
        lease_id = uuid4()
        asked = {
            "lease_id": lease_id,
            "registry": registry,
            "worker": "w9",
            "host": "h1",
            "lease_seconds": 60,
        }
        expected = None if registry in self.accounts.values() else {"id": "config"}
        for _ in range(2):
            assert self.protocol.value("pool_account_lease", **asked) == expected
        if expected:
            self.accounts[lease_id] = registry

    @precondition(lambda self: self.accounts)
    @rule(result=st.sampled_from(["ok", "login_failed", "released"]))
    def return_an_account(self, result: str) -> None:
        lease_id, _ = self.accounts.popitem()
        for expected in ("applied", "already"):
            assert self.word("pool_account_return", lease_id=lease_id, result=result) == expected

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
            return {"ocr_index": 5, "req": "pending_name_selection", "rdprm": "completed"}[row.kind]
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
