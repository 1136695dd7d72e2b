"""What becomes of a land job: what is not bought and why, and what is delivered without another click."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from poolmgr.domain.errors import SiteDown, StoreUnreachable, WrongDocument
from poolmgr.domain.jobs import Claim
from poolmgr.domain.orders import LandOrder, identity, read
from poolmgr.domain.outcomes import Done, GiveUp, OutsideTrouble, Released
from tests.stores.rows import expire
from tests.workers.counters import Counter, CounterOpening
from tests.workers.purse import FACTS, PDF, REFUSE

AN_ACTE = {"document_source": "acte", "document_number": "12345678", "acte_type": "Acte"}


def purchases_of(here: Counter, claim: Claim) -> list[tuple[str, str, int]]:
    """Identity, state and number of each, the oldest first."""
    query = "select identity, state, id from public.pool_purchases where row_id = %s order by id"
    return list(here.purse.product.execute(query, [claim.row_id]).fetchall())


def asked(claim: Claim) -> str:
    return identity(read(claim.job))


async def test_a_job_that_went_well_is_bought_delivered_and_stoppable_again(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne") as here:
        claim = await here.purse.claimed()
        outcome = await here.settled(claim)
        assert isinstance(outcome, Done)
        assert await here.purse.documents.read(str(outcome.result["supabase_path"])) == PDF
        assert not here.work.is_paid(claim.token)
        purchase = int(str(outcome.result["purchase_id"]))
        line = here.purse.ledger(purchase)
        assert (line["state"], line["account"], line["price_cents"]) == ("delivered", "anne", 150)
        assert line["identity"] == asked(claim)


async def test_a_contradictory_order_is_given_up_before_anything_is_opened(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne") as here:
        claim = await here.purse.claimed(document_number="12", cadastre="Cadastre du Québec")
        outcome = await here.settled(claim)
        assert isinstance(outcome, GiveUp)
        assert "seven digits" in outcome.error
        assert (here.hall.browsers, here.hall.held()) == ([], [])
        assert here.purse.line.said == []
        row = here.purse.row(claim.row_id)
        assert (row["status_id"], row["attempts"], row["error_message"]) == (4, 1, outcome.error)


async def test_over_budget_nothing_is_opened_and_the_row_waits_with_the_cents_told(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne", budget_wait_seconds=77) as here:
        await here.purse.queue.configure({"budgets": {"land": 299}})
        await here.purse.begin(identity="another")
        claim = await here.purse.claimed()
        outcome = await here.settled(claim)
        assert outcome == Released(
            error="The day's budget is spent: 1.50 of 2.99 CAD "
            "(money.land_cents_a_day; 0 = nothing is bought).",
            after_seconds=77,
        )
        assert here.hall.browsers == []
        row = here.purse.row(claim.row_id)
        assert (row["status_id"], row["attempts"]) == (1, 0)


async def test_a_document_that_another_row_is_buying_is_waited_for(at_counter: CounterOpening) -> None:
    async with at_counter("anne", purchase_wait_seconds=33) as here:
        first, second = await here.purse.claimed(), await here.purse.claimed()
        other = await here.purse.clicked(first, asked(first))
        assert await here.do(second) == Released(
            error=f"The same document is being bought by worker-1 (purchase {other.id}).", after_seconds=33
        )
        assert here.hall.browsers == []


async def test_a_document_that_may_be_paid_already_is_not_bought_again(at_counter: CounterOpening) -> None:
    async with at_counter("anne", budget_wait_seconds=77) as here:
        first, second = await here.purse.claimed(), await here.purse.claimed()
        other = await here.purse.clicked(first, asked(first))
        await other.close(SiteDown("nothing came"))
        assert await here.do(second) == Released(
            error=f"The same document may be paid already: registre-pool purchases show {other.id}",
            after_seconds=77,
        )


async def test_a_document_that_was_bought_is_used_again_and_the_trail_says_from_when(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne") as here:
        await here.purse.queue.configure({"reuse_days": {"index": 1}})
        first = await here.settled(await here.purse.claimed())
        assert isinstance(first, Done)
        second = await here.settled(await here.purse.claimed())
        assert isinstance(second, Done)
        assert second.result == {"supabase_path": first.result["supabase_path"]}
        (entry,) = second.trail
        assert isinstance(entry, dict)
        assert entry["reused_purchase"] == first.result["purchase_id"]
        assert len(here.sold) == 1


async def test_a_row_whose_file_lies_here_is_delivered_without_a_browser(at_counter: CounterOpening) -> None:
    async with at_counter("anne") as here:
        purchase = await here.purse.secured()
        await here.purse.queue.release([purchase.claim.token], "stop")
        claim = await here.purse.claim()
        assert claim is not None
        outcome = await here.settled(claim)
        assert isinstance(outcome, Done)
        assert outcome.trail[1:] == FACTS["trail"]
        assert here.hall.browsers == []
        assert here.purse.state(purchase.id) == "delivered"


async def test_a_file_that_was_secured_since_the_claim_is_delivered(at_counter: CounterOpening) -> None:
    async with at_counter("anne") as here:
        claim = await here.purse.claimed()
        await here.purse.secured(claim, asked(claim))
        assert isinstance(await here.settled(claim), Done)
        assert (here.hall.browsers, here.sold) == ([], [])


async def test_a_job_that_is_not_ours_any_more_buys_nothing(at_counter: CounterOpening) -> None:
    async with at_counter("anne") as here:
        claim = await here.purse.claimed()
        expire(here.purse.product)
        assert await here.do(claim) == Released(error="The job is not ours any more.")
        assert here.hall.browsers == []


async def test_a_ledger_that_does_not_answer_is_nobodys_fault(at_counter: CounterOpening) -> None:
    async with at_counter("anne") as here:
        here.purse.line.plan["intent"] = [REFUSE]
        assert isinstance(await here.do(await here.purse.claimed()), OutsideTrouble)
        assert here.hall.browsers == []


async def test_a_lease_that_ends_before_the_click_releases_the_job(at_counter: CounterOpening) -> None:
    async with at_counter("anne", purchase_wait_seconds=33) as here:
        claim = await here.purse.claimed()

        def spelled(order: LandOrder) -> LandOrder:
            expire(here.purse.product)
            return order

        here.spelling = spelled
        outcome = await here.do(claim)
        assert isinstance(outcome, Released)
        assert (outcome.after_seconds, "the lease is lost" in outcome.error) == (33, True)
        assert here.sold == []


async def test_the_sites_own_spelling_of_what_another_bought_is_followed(at_counter: CounterOpening) -> None:
    async with at_counter("anne") as here:
        await here.purse.queue.configure({"reuse_days": {"index": 1}})
        here.spelling = lambda order: replace(order, circonscription="Montréal (la même)")
        first = await here.settled(await here.purse.claimed())
        second = await here.settled(await here.purse.claimed(circonscription_fonciere="Autrement"))
        assert isinstance(first, Done)
        assert isinstance(second, Done)
        assert second.result["supabase_path"] == first.result["supabase_path"]
        assert len(here.sold) == 1
        assert len(here.hall.doorman.asked) == 1, "nothing was pressed: the session is as good as before"


async def test_a_job_that_takes_too_long_after_its_click_is_held(at_counter: CounterOpening) -> None:
    async with at_counter("anne", job_seconds=1, step_seconds=0.5, answer_seconds=0.5) as here:
        here.hangs = True
        claim = await here.purse.claimed()
        with pytest.raises(TimeoutError):
            await here.do(claim)
        assert not here.work.is_paid(claim.token)
        query = "select * from public.pool_purchases where token = %s"
        line = here.purse.one(query, claim.token)
        assert line["state"] == "unknown"


async def test_storage_that_is_away_keeps_the_file_and_lets_the_row_wait(
    at_counter: CounterOpening, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def write(path: str, data: bytes) -> None:
        raise StoreUnreachable("no answer")

    async with at_counter("anne", storage_wait_seconds=44) as here:
        monkeypatch.setattr(here.purse.documents, "write", write)
        claim = await here.purse.claimed()
        outcome = await here.settled(claim)
        assert isinstance(outcome, Released)
        assert outcome.after_seconds == 44
        row = here.purse.row(claim.row_id)
        assert (row["status_id"], row["attempts"], row["held"]) == (1, 0, False)
        assert not here.work.is_paid(claim.token)


def under(acte_type: str) -> Callable[[LandOrder], LandOrder]:
    return lambda order: replace(order, acte_type=acte_type)


async def test_each_name_that_was_asked_for_is_a_purchase_of_its_own_and_one_is_paid(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne") as here:
        here.unknown = [under("Acte"), under("Acte divers")]
        here.spelling = under("Radiation")
        claim = await here.purse.claimed(**AN_ACTE)
        outcome = await here.settled(claim)
        assert isinstance(outcome, Done)
        lines = purchases_of(here, claim)
        assert [line[:2] for line in lines] == [
            (f"acte|12345678|montreal|{name}", state)
            for name, state in (("acte", "not_sold"), ("acte divers", "not_sold"), ("radiation", "delivered"))
        ]
        assert here.purse.budget() == (0, 150)
        told = [(event["purchase"], event["row"]) for event in here.hall.events("purchase.not_sold")]
        assert told == [(line[2], claim.row_id) for line in lines[:2]]
        row = here.purse.one("select acte_type from public.extraction_queue where id = %s", claim.row_id)
        assert row["acte_type"] == "Acte", "the product's columns stay as it wrote them"


async def test_a_lease_that_ends_between_two_names_ends_the_asking_and_may_be_taken_up_by_another(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne") as here:

        def lost(order: LandOrder) -> LandOrder:
            assert not here.work.is_paid(claim.token), "between two names the job may be stopped"
            expire(here.purse.product)
            return replace(order, acte_type="Radiation")

        here.unknown, here.spelling = [under("Acte")], lost
        claim = await here.purse.claimed(**AN_ACTE)
        assert await here.do(claim) == Released(error="The job is not ours any more.")
        assert here.sold == []
        assert [line[1] for line in purchases_of(here, claim)] == ["not_sold"]


async def test_another_name_that_was_bought_already_is_used_again(at_counter: CounterOpening) -> None:
    async with at_counter("anne") as here:
        here.spelling = under("Radiation")
        first = await here.settled(await here.purse.claimed(**AN_ACTE))
        here.unknown = [under("Acte")]
        second = await here.settled(await here.purse.claimed(**AN_ACTE))
        assert isinstance(first, Done)
        assert isinstance(second, Done)
        assert second.result["supabase_path"] == first.result["supabase_path"]
        assert len(here.sold) == 1


async def test_a_document_that_names_something_else_is_held_with_its_reason_and_its_place(
    at_counter: CounterOpening,
) -> None:
    async with at_counter("anne") as here:
        here.error = WrongDocument("2784195 is not in its text.", data=PDF)
        claim = await here.purse.claimed()
        assert isinstance(await here.settled(claim), GiveUp)
        row = here.purse.row(claim.row_id)
        assert (row["status_id"], row["held"]) == (4, True)
        assert "(2784195 is not in its text.)" in str(row["error_message"])
        ((_, state, purchase),) = purchases_of(here, claim)
        assert state == "unknown"
        lies = Path(str(here.purse.facts(purchase)["file"]))
        assert lies.read_bytes() == PDF  # noqa: ASYNC240 - a few bytes
        assert await here.purse.offered_again() is None, "nobody buys it again by himself"
