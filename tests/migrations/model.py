"""What the queue protocol says will happen, in plain Python, for the machine to compare with."""

from dataclasses import dataclass, field
from uuid import UUID

MOST = 3
MAX_OUTAGES = 2
BUDGET_CENTS = 1200
PRICE_CENTS = 150
OPEN = ("intent", "clicked", "secured", "unknown")


@dataclass(eq=False)
class Row:
    kind: str
    row_id: UUID
    state: str = "waiting"  # waiting, running, done, error; held = error while job_held
    tries: int = 0
    outages: int = 0
    delayed: bool = False
    known: bool = False  # a row of pool_jobs exists
    job_held: bool = False
    says_held: bool = False  # its sentence begins with "held: "


@dataclass(eq=False)
class Lease:
    token: UUID
    claim_id: UUID
    row: Row
    kind: str
    worker: str
    host: str
    open: bool = True
    expired: bool = False
    ended: str | None = None
    outcome: dict[str, object] | None = None


@dataclass(eq=False)
class Purchase:
    id: int
    registry: str
    identity: str
    cents: int
    lease: Lease
    host: str
    state: str = "intent"
    bought_again: bool = False
    clicks: int = 0


@dataclass
class Model:
    rows: list[Row] = field(default_factory=list)
    leases: list[Lease] = field(default_factory=list)
    purchases: list[Purchase] = field(default_factory=list)
    rebuy_once: bool = False
    beside: bool = True

    # What stands.

    def open_lease(self, row: Row) -> Lease | None:
        return next(
            (one for one in self.leases if one.open and one.row is row and one.kind == row.kind), None
        )

    def bought(self, row: Row, *states: str) -> list[Purchase]:
        return [
            one
            for one in self.purchases
            if one.lease.row is row and one.lease.kind == row.kind and one.state in states
        ]

    def standing(self, lease: Lease) -> str:
        if lease.row.state == "running" and lease.row.kind == lease.kind:
            return "ours"
        return "cancelled" if lease.row.state == "error" else "taken"

    def live(self, lease: Lease) -> bool:
        return lease.open and not lease.expired and self.standing(lease) == "ours"

    def claimable(self, row: Row, host: str) -> bool:
        secured = self.bought(row, "secured")
        return (
            row.state == "waiting"
            and not row.delayed
            and self.open_lease(row) is None
            and not self.bought(row, "unknown")
            and all(one.host == host for one in secured)
            and (row.tries < MOST or bool(secured))
            and (bool(secured) or self.affords(row.kind))
        )

    def affords(self, kind: str) -> bool:
        return kind not in ("land", "rdprm") or BUDGET_CENTS - sum(self.budget(kind)) >= PRICE_CENTS

    def candidates(self, kinds: list[str], host: str, how_many: int) -> list[Row]:
        found = [row for kind in kinds for row in self.rows if row.kind == kind and self.claimable(row, host)]
        return found[:how_many]

    def budget(self, registry: str) -> tuple[int, int]:
        """Cents reserved and spent: the sum of purchases by state."""
        states = {
            "reserved": ("intent",),
            "spent": ("clicked", "secured", "delivered", "unknown", "allowed"),
        }
        reserved, spent = (
            sum(one.cents for one in self.purchases if one.registry == registry and one.state in states[name])
            for name in ("reserved", "spent")
        )
        return reserved, spent

    # What happens.

    def note(self, row: Row, *, delayed: bool = False, held: bool = False) -> None:
        row.known, row.delayed, row.job_held = True, delayed, held

    def end(self, lease: Lease, word: str) -> None:
        lease.open, lease.ended = False, word

    def lose(self, lease: Lease) -> str:
        """The row is no longer as the claim wrote it."""
        word = self.standing(lease)
        self.end(lease, word)
        self.close(lease)
        return word

    def close(self, lease: Lease) -> str | None:
        """A lease ended without `done`; says what stands for its row."""
        money = None
        for one in self.purchases:
            if one.lease is not lease:
                continue
            if one.state == "intent":
                one.state = "void"
            elif one.state == "clicked":
                money = self.lose_sight(one) or money
        if self.bought(lease.row, "unknown"):
            return "unknown"
        return "secured" if self.bought(lease.row, "secured") else money

    def lose_sight(self, purchase: Purchase) -> str | None:
        again = any(one.identity == purchase.identity and one.bought_again for one in self.purchases)
        if purchase.registry == "land" and self.rebuy_once and not again:
            purchase.state, purchase.bought_again = "allowed", True
            return "rebuy"
        purchase.state = "unknown"
        return None

    def put_back(self, lease: Lease, word: str, *, delay: bool = False) -> str:
        """Ends the lease; the row goes where money, attempts and the word say."""
        row = lease.row
        self.end(lease, word)
        money = self.close(lease)
        if money == "unknown":
            return self.move(row, "held")
        if word == "released":
            return self.move(row, "waiting", delayed=delay, silent=True)
        if money in ("secured", "rebuy"):
            return self.move(row, "waiting", delayed=delay or word in ("retry", "give_up", "outage"))
        if word == "outage":
            row.outages += 1
            return self.move(row, "error" if row.outages > MAX_OUTAGES else "waiting", delayed=True)
        row.tries, row.outages = row.tries + 1, 0
        if word == "give_up" or row.tries >= MOST:
            return self.move(row, "error")
        return self.move(row, "waiting", delayed=delay or word == "retry")

    def move(self, row: Row, fate: str, *, delayed: bool = False, silent: bool = False) -> str:
        row.state = "waiting" if fate == "waiting" else "error"
        row.says_held = fate == "held" or (silent and row.says_held)
        self.note(row, delayed=delayed and fate == "waiting", held=fate == "held")
        return fate

    def settle(self, lease: Lease, outcome: dict[str, object]) -> str:
        if not lease.open:
            return "already" if lease.outcome == outcome else "lost"
        if self.standing(lease) != "ours":
            self.lose(lease)
            return "lost"
        word, delay = str(outcome["outcome"]), bool(outcome.get("after_seconds"))
        if word == "done" and not self.bought(lease.row, "clicked", "unknown"):
            self.finish(lease)
        else:
            self.put_back(lease, "retry" if word == "done" else word, delay=delay)
            lease.ended = word
        lease.outcome = outcome
        return "applied"

    def finish(self, lease: Lease) -> None:
        self.end(lease, "done")
        row = lease.row
        for one in self.bought(row, "secured"):
            one.state = "delivered"
        for one in self.purchases:
            if one.lease is lease and one.state == "intent":
                one.state = "void"
        self.note(row)
        row.outages = 0
        if row.kind == "land":  # and waits for its reading
            row.kind, row.state, row.tries = "ocr_index", "waiting", 0
            row.known = row.says_held = False
        else:
            row.state = "done"

    def take_back(self, leases: list[Lease], word: str, *, expired: bool = False) -> list[Row]:
        """Rows that were put back or left alone; only expired ones and those not ours, if asked."""
        touched = []
        for lease in leases:
            if self.standing(lease) != "ours":
                self.lose(lease)
            elif not expired or lease.expired:
                self.put_back(lease, word)
            else:
                continue
            touched.append(lease.row)
        return touched

    def rescue(self) -> set[UUID]:
        touched = self.take_back([one for one in self.leases if one.open], "rescued", expired=True)
        for row in self.rows:
            if row.state != "waiting" or self.open_lease(row):
                continue
            if self.bought(row, "unknown"):
                touched.append(row)
                self.move(row, "held")
            elif row.tries >= MOST and not row.delayed and not self.bought(row, "secured"):
                touched.append(row)
                self.move(row, "error")
        return {row.row_id for row in touched}

    # Money.

    def intent(self, lease: Lease, registry: str, identity: str, cents: int) -> tuple[str, Purchase | None]:
        if not self.live(lease):
            if lease.open and not lease.expired:
                self.lose(lease)
            return "lost", None
        for state, answer in (("unknown", "held"), ("secured", "secured"), ("clicked", "clicked")):
            for one in self.bought(lease.row, state):
                return answer, one
        for one in self.purchases:
            if (one.registry, one.identity) == (registry, identity) and one.state in OPEN:
                if one.lease is lease:
                    return "go", one
                return ("held" if one.state == "unknown" else "wait"), one
        if sum(self.budget(registry)) + cents > BUDGET_CENTS:
            return "over_budget", None
        return "go", None

    def mark(self, purchase: Purchase, lease: Lease, state: str) -> str:
        mine = purchase.lease is lease
        same_row = lease.row is purchase.lease.row and lease.kind == purchase.lease.kind
        if not mine and not same_row:
            return "refused"
        alive = self.live(lease)
        if not alive and lease.open and not lease.expired:
            self.lose(lease)
        if purchase.state == state and (mine or alive):
            return "already"
        who = {
            "intent clicked": "live",
            "intent void": "buyer",
            "clicked void": "buyer",
            "clicked not_sold": "buyer",
            "clicked unknown": "buyer",
            "clicked secured": "buyer",
            "unknown secured": "buyer",
            "secured unknown": "deliverer",
        }.get(f"{purchase.state} {state}")
        if who is None or (who != "deliverer" and not mine) or (who != "buyer" and not alive):
            return "refused"
        was, purchase.state = purchase.state, state
        purchase.clicks += state == "clicked"
        if (was, state) == ("unknown", "secured"):
            self.unhold(purchase.lease.row, purchase.lease.kind, from_zero=False)
        return "applied"

    def allow(self, purchase: Purchase) -> str:
        if purchase.state == "allowed":
            return "already"
        if purchase.state != "unknown":
            return "refused"
        purchase.state = "allowed"
        self.unhold(purchase.lease.row, purchase.lease.kind, from_zero=True)
        return "applied"

    def unhold(self, row: Row, kind: str, *, from_zero: bool) -> None:
        held = row.kind == kind and row.state == "error" and row.job_held and row.says_held
        if not held or self.bought(row, "unknown"):
            return
        row.tries = 0 if from_zero else row.tries
        self.move(row, "waiting")

    # People.

    def retry(self, row: Row) -> str:
        if self.bought(row, "unknown"):
            return "refused"
        if row.state == "waiting" and row.tries < MOST:
            row.delayed = False
            return "already"
        if row.state not in ("error", "waiting"):
            return "refused"
        if row.kind == "rdprm" and (not row.known or self.bought(row, "delivered")):
            return "refused"
        row.tries, row.outages = 0, 0
        self.move(row, "waiting")
        return "applied"

    def cancel(self, row: Row) -> str:
        if row.state == "error" and not row.job_held:
            return "already"
        if row.state == "done":
            return "refused"
        lease = self.open_lease(row)
        if lease:
            self.end(lease, "cancelled")
            self.close(lease)
        self.move(row, "error")
        return "applied"
