"""A search session that is completed with its last search, where the operator wants that."""

from threading import Thread
from uuid import UUID

import psycopg
import pytest

from tests.migrations.calls import Row, call
from tests.migrations.protocol import Protocol
from tests.migrations.till import end
from tests.waiting import until

NOTHING = {"found": False}
ENDINGS = ["done", "not found", "give_up", "crash", "rescue", "cancel"]
CHOSEN = ["pending_name_selection", "pending_rdprm_searches", "rdprm_in_progress"]
LEFT_ALONE = [
    "pending_company_selection",
    "scraping_company_data",
    "generating_pdf",
    "completed",
    "failed",
    "cancelled",
]


@pytest.fixture
def completing(protocol: Protocol) -> Protocol:
    protocol.configure(complete_sessions=True, max_attempts=1)
    return protocol


def session_of(protocol: Protocol, status: str = "pending_name_selection") -> UUID:
    return protocol.add("req", status=status, req_completed=True)


def searched(protocol: Protocol, session: UUID, worker: str = "w1") -> Row:
    return protocol.claimed("rdprm", worker=worker, search_session_id=session)


def finish(protocol: Protocol, claim: Row, ending: str) -> None:
    if ending == "not found":
        assert protocol.settle(claim, "done", result=NOTHING) == "applied"
    elif ending == "cancel":
        said = protocol.value("pool_cancel", kind="rdprm", row_id=claim["row_id"])
        assert said == "applied"
    else:
        end(protocol, claim, ending)


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_last_search_completes_its_session(completing: Protocol, ending: str) -> None:
    session = session_of(completing)
    first, last = (searched(completing, session, worker) for worker in ("w2", "w1"))
    finish(completing, first, "done")
    assert completing.row("req", session)["status"] == "pending_name_selection"
    finish(completing, last, ending)
    row = completing.row("req", session)
    assert row["status"] == "completed"
    assert row["completed_at"] == row["updated_at"] >= row["created_at"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_without_the_setting_no_search_touches_its_session(protocol: Protocol, ending: str) -> None:
    protocol.configure(max_attempts=1)
    session = session_of(protocol)
    before = protocol.row("req", session)
    finish(protocol, searched(protocol, session), ending)
    assert protocol.row("req", session) == before


@pytest.mark.parametrize("status", CHOSEN)
def test_a_session_is_completed_from_where_its_names_are_chosen(completing: Protocol, status: str) -> None:
    session = session_of(completing, status)
    finish(completing, searched(completing, session), "done")
    assert completing.row("req", session)["status"] == "completed"


@pytest.mark.parametrize("status", LEFT_ALONE)
def test_a_session_elsewhere_is_left_alone(completing: Protocol, status: str) -> None:
    session = session_of(completing, status)
    before = completing.row("req", session)
    finish(completing, searched(completing, session), "done")
    assert completing.row("req", session) == before


@pytest.mark.parametrize("word", ["retry", "released", "outage"])
def test_a_search_that_waits_again_completes_nothing(completing: Protocol, word: str) -> None:
    completing.configure(max_attempts=3)
    session = session_of(completing)
    claim = searched(completing, session)
    assert completing.settle(claim, word) == "applied"
    assert completing.row("req", session)["status"] == "pending_name_selection"


def test_a_held_search_keeps_its_session_open_until_a_person_decides(completing: Protocol) -> None:
    session = session_of(completing)
    held, other = (searched(completing, session, worker) for worker in ("w1", "w2"))
    purchase = completing.bought(held, "clicked", "a name")
    assert completing.settle(held, "give_up") == "applied"
    assert completing.purchase(purchase)["state"] == "unknown"
    finish(completing, other, "done")
    assert completing.row("req", session)["status"] == "pending_name_selection"
    completing.value("pool_purchase_allow", id=purchase, person="marie")
    assert completing.row("req", session)["status"] == "pending_name_selection"
    (again,) = completing.claim("rdprm")
    finish(completing, again, "not found")
    assert completing.row("req", session)["status"] == "completed"


def test_a_held_search_that_a_person_cancels_stays_open_while_its_purchase_is_unknown(
    completing: Protocol,
) -> None:
    session = session_of(completing)
    held = searched(completing, session)
    purchase = completing.bought(held, "unknown", "a name")
    completing.settle(held, "give_up")
    assert completing.value("pool_cancel", kind="rdprm", row_id=held["row_id"]) == "applied"
    assert completing.purchase(purchase)["state"] == "unknown"
    assert completing.row("req", session)["status"] == "pending_name_selection"


def test_a_search_that_runs_elsewhere_keeps_the_session_open(completing: Protocol) -> None:
    session = session_of(completing)
    claim = searched(completing, session)
    completing.add("rdprm", search_session_id=session, status="in_progress")
    finish(completing, claim, "done")
    assert completing.row("req", session)["status"] == "pending_name_selection"


def test_a_search_that_is_closed_because_it_is_worn_completes_its_session(completing: Protocol) -> None:
    completing.configure(max_attempts=2)
    session = session_of(completing)
    claim = searched(completing, session)
    completing.settle(claim, "retry")
    completing.configure(max_attempts=1)
    completing.ripen()
    assert completing.rescue() != []
    assert completing.row("req", session)["status"] == "completed"


def test_a_settle_said_twice_completes_once(completing: Protocol) -> None:
    session = session_of(completing)
    claim = searched(completing, session)
    assert completing.settle(claim, "done") == "applied"
    before = completing.row("req", session)
    assert completing.settle(claim, "done") == "already"
    assert completing.row("req", session) == before


@pytest.mark.parametrize("committed", [True, False])
def test_of_two_searches_that_end_at_once_the_last_completes_the_session(
    completing: Protocol, committed: bool
) -> None:
    """The second waits for the first one's transaction, whatever becomes of it."""
    session = session_of(completing)
    first, second = (searched(completing, session, worker) for worker in ("w1", "w2"))
    later = Thread(target=finish, args=(completing, second, "done"))
    with completing.beside() as other:
        call(
            other, "pool_settle", {"token": first["token"], "outcome": {"outcome": "give_up", "error": "no"}}
        )
        later.start()
        until(lambda: completing.query("select pid from pg_locks where not granted"), what="the second waits")
        if committed:
            other.commit()
    later.join(10)
    assert completing.status(second) == "completed"
    wanted = "completed" if committed else "pending_name_selection"
    assert completing.row("req", session)["status"] == wanted
    if not committed:
        finish(completing, first, "give_up")
        assert completing.row("req", session)["status"] == "completed"


def test_searches_of_two_sessions_released_and_settled_at_once_never_wait_for_each_other(
    completing: Protocol,
) -> None:
    """Whatever the order of the searches' ids: rows are locked by their sessions."""
    completing.configure(max_attempts=1000)
    sessions = [session_of(completing) for _ in range(2)]
    for turn in range(10):
        claims = [
            searched(completing, sessions[number % 2], worker)
            for number, worker in enumerate(("w1", "w1", "w2", "w2"))
        ]
        with completing.beside() as left, completing.beside() as right:
            backs = [
                Thread(target=release, args=(connection, worker, claims[place : place + 2], turn))
                for connection, worker, place in ((left, "w1", 0), (right, "w2", 2))
            ]
            for one in backs:
                one.start()
            for one in backs:
                one.join(10)
                assert not one.is_alive()
        ended = [completing.lease(claim)["ended_at"] for claim in claims]
        assert all(ended), "a deadlock undid one of them"
        completing.query("delete from public.rdprm_searches")


def release(connection: psycopg.Connection, worker: str, claims: list[Row], turn: int) -> None:
    tokens = [claim["token"] for claim in claims]
    call(connection, "pool_release", {"tokens": tokens[:: 1 if turn % 2 else -1], "reason": worker})
    connection.commit()


def test_a_rescue_passes_over_a_search_whose_session_is_in_use(completing: Protocol) -> None:
    session = session_of(completing)
    claim = searched(completing, session)
    completing.expire(claim)
    with completing.beside() as product:
        product.execute("update public.search_sessions set final_pdf_path = 'x' where id = %s", [session])
        assert completing.rescue() == []
    assert [row["row_id"] for row in completing.rescue()] == [claim["row_id"]]
    assert completing.row("req", session)["status"] == "completed"
