"""The ways a lease with money on it ends."""

from tests.migrations.calls import Row
from tests.migrations.protocol import Protocol

PAID = ["land", "rdprm"]


def allow(protocol: Protocol, purchase: int) -> str:
    return str(protocol.value("pool_purchase_allow", id=purchase, person="marie"))


def die(protocol: Protocol, claim: Row) -> None:
    protocol.value("pool_release_worker", worker="w1", reason="killed", crashed=True)


def end(protocol: Protocol, claim: Row, word: str) -> None:
    if word == "crash":
        die(protocol, claim)
    elif word == "rescue":
        protocol.expire(claim)
        protocol.rescue()
    else:
        assert protocol.settle(claim, word) == "applied"
