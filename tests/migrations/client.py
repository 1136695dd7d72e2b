"""One worker as a process of its own, that works, errs and kills itself.

Run as `python -m tests.migrations.client ADDRESS NAME SEED`.
"""

import os
import random
import select
import signal
import sys
from uuid import uuid4

import psycopg

from tests.migrations.calls import DONE, Call, Row, caller
from tests.migrations.rest import SCHEME, Mouth

KINDS = ["land", "req", "rdprm", "ocr_index"]
LEASE_SECONDS = 2
BATCH = 5
# More ready rows than all clients together could have locked in that moment.
SURELY_FREE = 100
ENDS = ["done"] * 16 + ["retry", "released", "outage", "gone"]


class Client:
    def __init__(self, speak: Call, name: str, seed: int) -> None:
        self.speak = speak
        self.name, self.dice = name, random.Random(seed)

    def call(self, function: str, **arguments: object) -> list[Row]:
        return self.speak(function, arguments)

    def may_die(self, chance: float = 0.004) -> None:
        if self.dice.random() < chance:
            os.kill(os.getpid(), signal.SIGKILL)

    def work(self) -> int:
        """One batch; 1 when the claim came back empty though rows were free."""
        claim_id = uuid4()
        asked = {
            "claim_id": claim_id,
            "kinds": self.dice.sample(KINDS, len(KINDS)),
            "worker": self.name,
            "host": "h1",
            "how_many": self.dice.randint(1, BATCH),
            "lease_seconds": LEASE_SECONDS,
        }
        claims = self.call("pool_claim", **asked)
        if self.dice.random() < 0.1:  # the answer was lost on its way
            claims = self.call("pool_claim", **asked)
        self.may_die()
        if not claims:
            return int(sum(row["ready"] for row in self.call("pool_depths", host="h1")) > SURELY_FREE)
        self.call("pool_renew", tokens=[claim["token"] for claim in claims], lease_seconds=LEASE_SECONDS)
        if self.dice.random() < 0.05:
            self.call("pool_release", tokens=[claim["token"] for claim in claims], reason="drain")
        for claim in claims:
            self.end(claim)
        return 0

    def end(self, claim: Row) -> None:
        word = self.dice.choice(ENDS)
        if word == "gone":  # until somebody rescues it
            return
        if claim["kind"] in ("land", "rdprm") and not self.buy(claim):
            word = "released"
        self.may_die()
        outcome = {
            "outcome": word,
            "error": "a sentence",
            "after_seconds": 0,
            "result": DONE[claim["kind"]],
        }
        for _ in range(2 if self.dice.random() < 0.1 else 1):
            self.call("pool_settle", token=claim["token"], outcome=outcome)

    def buy(self, claim: Row) -> bool:
        """False when there is nothing to deliver."""
        answer = self.call(
            "pool_purchase_intent",
            token=claim["token"],
            registry=claim["kind"],
            identity=str(claim["row_id"]),
            price_cents=1,
        )[0]["pool_purchase_intent"]
        if answer["answer"] != "go":
            return bool(answer["answer"] == "secured")
        self.may_die()
        for state in ("clicked", "secured"):
            (said,) = self.call(
                "pool_purchase_mark",
                id=answer["id"],
                token=claim["token"],
                state=state,
                facts={"sha256": "ab"},
            )
            if said["pool_purchase_mark"] not in ("applied", "already"):
                return False
            self.may_die(0.01)
        return True


def reached(address: str) -> Call:
    """Through the PostgREST at a unix socket, else over a connection."""
    if address.startswith(SCHEME):
        return Mouth(address).call
    return caller(psycopg.connect(address, autocommit=True))


def main() -> None:
    address, name, seed = sys.argv[1:]
    client = Client(reached(address), name, int(seed))
    lost = 0
    while not select.select([sys.stdin], [], [], 0.001)[0]:
        lost += client.work()
    sys.stdout.write(str(lost))


if __name__ == "__main__":
    main()
