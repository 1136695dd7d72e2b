from collections.abc import Iterator
from contextlib import closing
from uuid import UUID

import psycopg
import pytest

from tests.migrations.calls import KINDS
from tests.migrations.predecessor import OCR_RESETS, RESETS
from tests.migrations.protocol import Protocol

SESSION = "insert into public.search_sessions (initial_search_query) values ('x') returning id"


@pytest.fixture
def hints(protocol: Protocol) -> Iterator[psycopg.Connection]:
    with closing(psycopg.connect(protocol.database.url, autocommit=True)) as connection:
        connection.execute("listen pool_ready")
        yield connection


def heard(connection: psycopg.Connection) -> set[str]:
    """What arrived until our own word did."""
    connection.execute("notify pool_ready, 'end'")
    kinds: set[str] = set()
    for note in connection.notifies(timeout=5):
        if note.payload == "end":
            return kinds
        kinds.add(note.payload)
    raise AssertionError("not even our own NOTIFY arrived")


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_row_is_hinted(protocol: Protocol, hints: psycopg.Connection, kind: str) -> None:
    protocol.add(kind)
    assert heard(hints) == {kind}


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_that_waits_again_is_hinted(protocol: Protocol, hints: psycopg.Connection, kind: str) -> None:
    claim = protocol.claimed(kind)
    heard(hints)
    protocol.settle(claim, "released")
    assert heard(hints) == {kind}


def test_a_finished_download_hints_the_reading(protocol: Protocol, hints: psycopg.Connection) -> None:
    claim = protocol.claimed("land", document_source="acte")
    plan = protocol.claimed("land", document_source="plan_cadastraux")
    heard(hints)
    protocol.settle(claim, "done")
    protocol.settle(plan, "done")
    assert heard(hints) == {"ocr_acte"}


def test_one_statement_hints_each_kind_once(protocol: Protocol, hints: psycopg.Connection) -> None:
    for number in range(20):
        protocol.add("ocr_index" if number % 2 else "land", status_id=5, document_number=str(number))
    assert heard(hints) == set()
    protocol.query(
        "update public.extraction_queue set status_id = case supabase_path when 'x' then 1 else 3 end"
    )
    assert heard(hints) == {"ocr_index"}


@pytest.mark.parametrize("role", ["authenticated", "service_role"])
def test_every_write_the_product_makes_passes_our_triggers(
    protocol: Protocol, hints: psycopg.Connection, role: str
) -> None:
    protocol.claimed("land")
    heard(hints)
    with closing(psycopg.connect(protocol.database.url_as(role), autocommit=True)) as product:

        def write(statement: str, *values: object) -> UUID:
            row = product.execute(statement.encode(), values).fetchone()
            assert row is not None
            return UUID(str(row[0]))

        job = write(
            "insert into public.extraction_queue (document_source, document_number) values ('index', "
            "'1') returning id"
        )
        assert heard(hints) == {"land"}
        write(
            "update public.extraction_queue set status_id = 4, error_message = 'Job cancelled by user' "
            "where id = %s returning id",
            job,
        )
        write(
            "update public.extraction_queue set status_id = 1, error_message = null where id = %s "
            "returning id",
            job,
        )
        assert heard(hints) == {"land"}
        session = write(SESSION)
        assert heard(hints) == {"req"}
        write(
            "insert into public.selected_names_for_rdprm (search_session_id, name_to_search, source_type) "
            "values (%s, 'Tremblay', 'manual') returning id",
            session,
        )
        assert heard(hints) == {"rdprm"}
        write("update public.search_sessions set status = 'completed' where id = %s returning id", session)
        write(
            "update public.extraction_queue set status_id = 4 where status_id = 2 and worker_id = "
            "'w1' returning id"
        )
        assert product.execute("delete from public.extraction_queue").rowcount == 2


def leased_and_foreign(protocol: Protocol, kind: str) -> tuple[dict[str, object], UUID]:
    """One old row under our lease, one of the predecessor's."""
    claim = protocol.claimed(kind)
    old = "clock_timestamp() - interval '10 minutes'"
    if kind == "land":
        foreign = protocol.add("land", status_id=2, worker_id="predecessor", document_number="2")
        protocol.admin.execute(f"update public.extraction_queue set processing_started_at = {old}".encode())
        protocol.admin.execute(
            b"update public.pool_leases set claimed_at = q.processing_started_at from "
            b"public.extraction_queue q where q.id = row_id"
        )
    else:
        foreign = protocol.add(kind, status_id=6, ocr_worker_id="predecessor", document_number="2")
        protocol.admin.execute(f"update public.extraction_queue set ocr_started_at = {old}".encode())
        protocol.admin.execute(
            b"update public.pool_leases set claimed_at = q.ocr_started_at from "
            b"public.extraction_queue q where q.id = row_id"
        )
    return claim, foreign


@pytest.mark.parametrize("beside", [True, False, None])
@pytest.mark.parametrize("reset", [*RESETS, *OCR_RESETS])
def test_the_predecessors_resets_pass_over_what_is_under_a_lease(
    protocol: Protocol, reset: str, beside: bool | None
) -> None:
    if beside is not None:
        protocol.configure(predecessor_beside=beside)
    kind = "land" if reset in RESETS else "ocr_index"
    claim, foreign = leased_and_foreign(protocol, kind)
    before = protocol.row(kind, UUID(str(claim["row_id"])))
    with closing(psycopg.connect(protocol.database.url_as("service_role"), autocommit=True)) as predecessor:
        cursor = predecessor.execute((RESETS | OCR_RESETS)[reset].encode())
        assert cursor.rowcount == (2 if beside is False else 1)
    waiting = 1 if kind == "land" else 3
    assert protocol.row(kind, foreign)["status_id"] == waiting
    if beside is False:
        assert protocol.row(kind, before["id"])["status_id"] == waiting
        assert protocol.settle(claim, "done") == "lost"
        assert protocol.row(kind, before["id"])["status_id"] == waiting
    else:
        assert protocol.row(kind, before["id"]) == before
        assert protocol.settle(claim, "done") == "applied"


def test_a_persons_cancel_passes_the_guard_and_a_retry_follows(protocol: Protocol) -> None:
    claim = protocol.claimed("land")
    for status in (4, 1):
        protocol.set("land", claim["row_id"], status_id=status)
    assert protocol.waits(claim)
    assert protocol.claim("land") == []
    assert [row["reason"] for row in protocol.rescue()] == ["taken"]
    assert len(protocol.claim("land")) == 1


def test_the_guard_lets_go_of_a_lease_that_expired_or_ended(protocol: Protocol) -> None:
    expired, released = (protocol.claimed("land", document_number=str(number)) for number in range(2))
    protocol.expire(expired)
    protocol.value("pool_release", tokens=[released["token"]], reason="drain")
    for claim in (expired, released):
        protocol.set("land", claim["row_id"], status_id=1, worker_id=None)
        assert protocol.waits(claim)


def test_the_guard_does_not_keep_what_another_took(protocol: Protocol) -> None:
    """The predecessor claimed the row after a person's cancel and retry: its own success must pass."""
    claim = protocol.claimed("land")
    protocol.set("land", claim["row_id"], status_id=4)
    protocol.set("land", claim["row_id"], status_id=1)
    protocol.set("land", claim["row_id"], status_id=2, worker_id="predecessor")
    protocol.set("land", claim["row_id"], status_id=3, supabase_path="index/b.pdf")
    assert protocol.row("land", claim["row_id"])["status_id"] == 3
    assert protocol.settle(claim, "done") == "lost"
