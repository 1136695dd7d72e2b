"""Everything that may happen to a queue, in any order, beside a model that knows the answers."""

from threading import Thread
from typing import Any
from uuid import UUID, uuid4

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from poolmgr.domain.states import ERROR, WAITING
from tests.migrations.bargains import BargainingQueue
from tests.migrations.calls import KINDS, call
from tests.migrations.model import Lease, Row
from tests.migrations.watched import NUMBERS
from tests.waiting import until

WORKERS = st.sampled_from(["w1", "w2", "w3"])
HOSTS = st.sampled_from(["h1", "h2"])
ADDED = st.sampled_from(["land", "land", "land", "req", "rdprm", "rdprm", "ocr_index"])
WORDS = st.sampled_from(["done", "done", "retry", "give_up", "released", "outage"])
WAYS = [
    [],
    ["void"],
    ["clicked"],
    ["clicked"],
    ["clicked", "secured"],
    ["clicked", "secured"],
    ["clicked", "not_sold"],
    ["clicked", "unknown"],
    ["clicked", "void"],
    ["clicked", "secured", "unknown"],
]
FAREWELLS = st.sampled_from(["", "done", "done", "retry", "give_up", "released", "outage", "dies", "expires"])
PAID = st.sampled_from(["land", "land", "land", "rdprm", "rdprm", "ocr_index", "req"])
RESULT = {"supabase_path": "index/a.pdf", "file_content": "texte", "storage_path": "s/a.pdf"}
RARELY = st.sampled_from([False, False, False, True])
ASKED = st.lists(st.sampled_from(["land", "req", "rdprm", "ocr_index"]), min_size=1, max_size=4, unique=True)


class QueueMachine(BargainingQueue):
    """Every event that a queue may meet."""

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
            "update public.extraction_queue set status_id = 1, worker_id = null, "
            "processing_started_at = null "
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
        self.end_time(live[number % len(live)])

    def end_time(self, lease: Lease) -> None:
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
        reason: str | None
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
        outcome: dict[str, object] = {"outcome": word, "error": f"said {word}", "result": RESULT}
        if delay:
            outcome["after_seconds"] = 60
        self.say(lease, outcome)
        if not answered:
            self.say(lease, outcome)

    def say(self, lease: Lease, outcome: dict[str, object]) -> None:
        if outcome["outcome"] == "outage":
            # Without it a delay of five seconds, which a busy machine outlives.
            outcome["after_seconds"] = 60
        expected = self.model.settle(lease, outcome)
        note(f"{lease.kind} {lease.row.row_id} {outcome['outcome']}: {expected}")
        self.hits[f"settle {outcome['outcome']} {expected}"] += 1
        assert self.word("pool_settle", token=lease.token, outcome=outcome) == expected

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
        if rarely:
            self.die(worker, crashed=crashed)

    def die(self, worker: str, *, crashed: bool) -> None:
        leases = [one for one in self.model.leases if one.open and one.worker == worker]
        touched = self.model.take_back(leases, "crashed" if crashed else "released")
        for expected in (len(touched), 0):
            answer = self.protocol.value(
                "pool_release_worker", worker=worker, reason="killed", crashed=crashed
            )
            assert answer == expected

    @rule()
    def rescue(self) -> None:
        expected = self.model.rescue()
        rescued = self.protocol.rescue()
        assert {row["row_id"] for row in rescued} == expected
        self.hits.update(f"rescue {row['reason']}" for row in rescued)
        assert self.protocol.rescue() == []

    @precondition(lambda self: self.model.rows)
    @rule(kind=PAID, worker=WORKERS, states=st.sampled_from(WAYS), farewell=FAREWELLS, number=NUMBERS)
    def a_whole_job(self, kind: str, worker: str, states: list[str], farewell: str, number: int) -> None:
        self.claim([kind], worker, "h1", 1, True)
        live = [one for one in self.model.leases if self.model.live(one) and one.kind == kind]
        if not live:
            return
        lease = live[-1]
        purchase = self.ask(lease, f"lot {number}", 150) if kind in ("land", "rdprm") else None
        for state in states if purchase else ():
            assert purchase
            self.advance(purchase, lease, state)
        if farewell == "expires":
            self.end_time(lease)
            self.rescue()
        elif farewell == "dies":
            self.die(lease.worker, crashed=True)
        elif farewell:
            self.say(lease, {"outcome": farewell, "error": f"said {farewell}", "result": RESULT})

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
            "worker": "an account's",
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
