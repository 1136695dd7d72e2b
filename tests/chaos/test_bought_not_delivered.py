"""Paid files that cannot go on at once: storage is away, or a person said no."""

from pathlib import Path

import pymupdf

from poolmgr.local.replica.control import Replica
from tests.chaos.market import BOUGHT, DONE, ERROR, Market, a_plan, an_acte, an_index
from tests.clusters import Database
from tests.pools import command
from tests.waiting import until

FURTHER_TRIES = 3


def test_a_paid_file_waits_for_its_storage_without_an_attempt_and_holds_nobody_up(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    """One storage folder is a file, another a link to nowhere; the third is there."""
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "index").touch()
    (documents / "plans-cadastraux").symlink_to(documents / "nowhere")
    with Market(tmp_path, any_database, replica) as market:
        waiting = market.order(an_index(), a_plan())
        until(lambda: market.spool_files() == 2, 20, "two files in the spool")
        (other,) = market.order(an_acte())
        market.wait_for(other, BOUGHT)
        for row in waiting:
            check_offered_in_vain(market, row)
        (documents / "index").unlink()
        (documents / "plans-cadastraux").unlink()
        market.wait_for(waiting[0], BOUGHT)
        market.wait_for(waiting[1], DONE)
        until(lambda: market.spool_files() == 0, 10, "an empty spool")
        assert [market.books.sales(row) for row in (*waiting, other)] == [1, 1, 1]
        until(lambda: not [*(tmp_path / "paid" / "dev").iterdir()], 5, "the removal of what is delivered")
        market.close()


def test_a_row_cancelled_after_its_click_stays_cancelled_and_its_retry_delivers_what_was_paid(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    with Market(tmp_path, any_database, replica, queue__renew_seconds=0.3) as market:
        row, _ = market.stop_at("document", an_index())
        say(market, "jobs", "cancel", row)
        assert market.books.states(row) == ["unknown"]
        until(lambda: market.pool.child("registre-1").get("state") == "busy", 5, "a child that goes on")
        replica.release()
        until(lambda: market.books.states(row) == ["secured"], 20, "its file in the spool")
        until(lambda: market.pool.child("registre-1").get("state") == "idle", 10, "the end of the work")
        job = market.books.job(row)
        assert (job.status, job.error) == (ERROR, "Job cancelled by user")
        say(market, "jobs", "retry", row)
        market.wait_for(row, BOUGHT)
        assert (market.books.states(row), market.books.sales(row)) == (["delivered"], 1)
        market.close()


def test_a_held_row_that_a_person_gives_its_file_is_done_and_was_paid_once(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    with Market(tmp_path, any_database, replica, registre__save_tries=1) as market:
        (row,) = market.order(an_index("666"))
        market.wait_until_held(row)
        (purchase,) = market.books.purchases(row)
        words = ("--config", str(market.pool.config), "purchases", "accept", str(purchase.id))
        broken = command(*words, folder=tmp_path)
        assert broken.returncode == 1
        assert "ends too soon" in broken.stderr, "what came is no whole document, whoever says so"
        by_hand = tmp_path / "by hand.pdf"
        by_hand.write_bytes(a_pdf("saved by hand"))
        say(market, "purchases", "accept", str(purchase.id), str(by_hand), "--person", "marie")
        market.wait_for(row, BOUGHT)
        assert (market.books.states(row), market.books.sales(row)) == (["delivered"], 1)
        job = market.books.job(row)
        assert (job.attempts, job.error) == (0, "")
        assert (tmp_path / "documents" / job.path).read_bytes() == by_hand.read_bytes()
        assert "marie" in market.books.trail(row)
        until(lambda: not [*(tmp_path / "paid" / "dev").iterdir()], 5, "the removal of what is delivered")
        market.close()


def a_pdf(said: str) -> bytes:
    with pymupdf.open() as document:
        document.new_page().insert_text((72, 72), said)
        return bytes(document.tobytes())


def check_offered_in_vain(market: Market, row: str) -> None:
    """Again and again, and its purchase stays what it is."""
    wanted = market.books.tries(row) + FURTHER_TRIES
    until(lambda: market.books.tries(row) >= wanted, 20, "further tries")
    job = market.books.job(row)
    assert (job.attempts, job.error, job.path) == (0, "", "")
    assert market.books.states(row) == ["secured"]


def say(market: Market, *words: str) -> None:
    answer = command("--config", str(market.pool.config), *words, folder=market.folder)
    assert answer.returncode == 0, answer.stdout + answer.stderr
