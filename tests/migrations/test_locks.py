"""Everything that ends leases with money on them, at the same moment, over and over: nobody deadlocks."""

from concurrent.futures import Future, ThreadPoolExecutor
from uuid import UUID

import psycopg

from tests.migrations.calls import Row, call
from tests.migrations.protocol import Protocol

ROUNDS = 12
LEASES = 10


def under_way(protocol: Protocol, turn: int) -> list[Row]:
    """Leases of both paid kinds, each with an intent; half of them already expired or cancelled."""
    claims = []
    for number in range(LEASES):
        claim = protocol.claimed("land" if number % 2 else "rdprm")
        assert protocol.intent(claim, f"{turn} {number}", cents=1)["answer"] == "go"
        if number % 3 == 0:
            protocol.expire(claim)
        elif number % 5 == 0:
            cancelled = {"status_id": 4} if claim["kind"] == "land" else {"status": "failed"}
            protocol.set(claim["kind"], claim["row_id"], **cancelled)
        claims.append(claim)
    return claims


def test_whatever_ends_many_leases_at_once_never_deadlocks(own_protocol: Protocol) -> None:
    protocol = own_protocol
    protocol.afford()
    connections = [protocol.database.connect("service_role") for _ in range(7)]

    def settle(connection: psycopg.Connection, claims: list[Row]) -> None:
        for claim in claims:
            call(connection, "pool_settle", {"token": claim["token"], "outcome": {"outcome": "released"}})

    def cancel(connection: psycopg.Connection, claims: list[Row]) -> None:
        for claim in claims:
            call(connection, "pool_cancel", {"kind": claim["kind"], "row_id": claim["row_id"]})

    with ThreadPoolExecutor(len(connections)) as threads:
        for turn in range(ROUNDS):
            claims = under_way(protocol, turn)
            tokens: list[UUID] = [claim["token"] for claim in claims]
            back = list(reversed(tokens))
            ends: list[Future[object]] = [
                threads.submit(call, connections[0], "pool_release", {"tokens": tokens, "reason": "x"}),
                threads.submit(call, connections[1], "pool_release", {"tokens": back, "reason": "x"}),
                threads.submit(call, connections[2], "pool_renew", {"tokens": back, "lease_seconds": 9}),
                threads.submit(call, connections[3], "pool_rescue", {"foreign_limit_minutes": 30}),
                threads.submit(
                    call,
                    connections[4],
                    "pool_release_worker",
                    {"worker": "w1", "reason": "x", "crashed": False},
                ),
                threads.submit(settle, connections[5], claims[turn % LEASES :: 2]),
                threads.submit(cancel, connections[6], claims[turn % 3 :: 3]),
            ]
            for end in ends:
                end.result(timeout=20)
            assert protocol.one("select count(*) n from public.pool_leases where ended_at is null")["n"] == 0
    assert protocol.budget("land") == protocol.budget("rdprm") == (0, 0)
    assert (
        protocol.one("select deadlocks n from pg_stat_database where datname = current_database()")["n"] == 0
    )
