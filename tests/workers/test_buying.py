"""From the intent to the click and what it brought: in the ledger of a real database."""

import asyncio
from collections.abc import Callable

import pytest

from poolmgr.domain.errors import NotSold, SiteDown, Unreadable
from poolmgr.domain.outcomes import GiveUp, Released
from poolmgr.workers import buying
from poolmgr.workers.buying import CLICK_SECONDS, NotClicked
from tests.stores.rows import expire
from tests.workers.purse import DOCUMENT, FACTS, HOST, LOSE, LOT, PDF, REFUSE, Button, PurseOpening


async def test_a_purchase_is_committed_then_clicked_then_secured(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase, button = await open_purse.begin(), Button()
        assert open_purse.budget() == (150, 0)
        assert open_purse.paid == set()
        purchase.account = "anne"
        await purchase.pay(LOT, button)
        assert open_purse.state(purchase.id) == "clicked"
        assert open_purse.budget() == (0, 150)
        assert open_purse.paid == {purchase.claim.token}
        (seconds,) = button.presses
        assert 0 < seconds <= CLICK_SECONDS
        kept = await purchase.secure(DOCUMENT, FACTS)
        line = open_purse.ledger(purchase.id)
        assert (line["state"], line["account"], line["host"]) == ("secured", "anne", HOST)
        assert (line["sha256"], line["size"]) == (kept.sha256, len(PDF))
        assert open_purse.facts(purchase.id) == FACTS | {
            "account": "anne",
            "sha256": kept.sha256,
            "size": 13,
            "host": HOST,
        }
        assert await open_purse.spool.read(purchase.id) == (kept, PDF, b"<table>")
        assert open_purse.budget() == (0, 150)


class Clock:
    """Stands still until it is put forward."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    own = Clock()
    monkeypatch.setattr(buying, "boottime", own)
    return own


def late(clock: Clock, seconds: float) -> Callable[[str], object]:
    def meanwhile(word: str) -> None:
        if word == "clicked":
            clock.now += seconds

    return meanwhile


async def test_a_commit_that_took_too_long_is_void_and_nothing_is_pressed(
    purse: PurseOpening, clock: Clock
) -> None:
    async with purse() as open_purse:
        purchase, button = await open_purse.begin(), Button()
        open_purse.line.meanwhile = late(clock, CLICK_SECONDS)
        with pytest.raises(NotClicked, match="more than 5 s") as raised:
            await purchase.pay(LOT, button)
        assert open_purse.state(purchase.id) == "clicked"
        await purchase.close(raised.value)
        assert open_purse.state(purchase.id) == "void"
        assert button.presses == []
        assert open_purse.budget() == (0, 0)
        settled = await open_purse.queue.settle(purchase.claim, Released(error="late", after_seconds=0))
        assert settled == "applied"
        assert open_purse.row(purchase.claim.row_id)["status_id"] == 1


async def test_a_click_gets_what_its_commit_left_of_the_time(purse: PurseOpening, clock: Clock) -> None:
    async with purse() as open_purse:
        purchase, button = await open_purse.begin(), Button()
        open_purse.line.meanwhile = late(clock, 3.0)
        await purchase.pay(LOT, button)
        assert button.presses == [CLICK_SECONDS - 3.0]


async def test_a_commit_whose_reply_was_lost_is_repeated_and_pressed_once(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase, button = await open_purse.begin(), Button()
        open_purse.line.plan["clicked"] = [LOSE]
        await purchase.pay(LOT, button)
        assert open_purse.line.said == ["clicked", "clicked"]
        assert len(button.presses) == 1
        assert open_purse.state(purchase.id) == "clicked"
        assert open_purse.budget() == (0, 150)


async def test_a_commit_after_the_lease_was_lost_is_refused_and_nothing_is_pressed(
    purse: PurseOpening,
) -> None:
    async with purse() as open_purse:
        purchase, button = await open_purse.begin(), Button()
        expire(open_purse.product)
        with pytest.raises(NotClicked, match="the lease is lost") as raised:
            await purchase.pay(LOT, button)
        await purchase.close(raised.value)
        assert button.presses == []
        assert open_purse.state(purchase.id) == "intent"
        await open_purse.queue.rescue()
        assert open_purse.state(purchase.id) == "void"
        assert open_purse.budget() == (0, 0)


async def test_a_commit_that_is_given_up_unanswered_is_void_whether_or_not_it_was_made(
    purse: PurseOpening,
) -> None:
    async with purse() as open_purse:
        for trouble in (LOSE, REFUSE):
            open_purse.line.always["clicked"] = trouble
            purchase, button = await open_purse.begin(identity=trouble), Button()
            with pytest.raises(TimeoutError) as raised:
                async with asyncio.timeout(0.2):
                    await purchase.pay(trouble, button)
            await purchase.close(raised.value)
            assert open_purse.state(purchase.id) == "void"
            assert button.presses == []
        assert open_purse.budget() == (0, 0)


async def test_a_click_that_fails_may_have_been_made(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.begin()
        with pytest.raises(SiteDown) as raised:
            await purchase.pay(LOT, Button(SiteDown("nothing came within 4 s")))
        await purchase.close(raised.value)
        line = open_purse.ledger(purchase.id)
        assert (line["state"], open_purse.budget()) == ("unknown", (0, 150))
        assert open_purse.facts(purchase.id)["reason"] == "nothing came within 4 s"
        await open_purse.queue.settle(purchase.claim, Released(error="stop"))
        row = open_purse.row(purchase.claim.row_id)
        assert (row["status_id"], row["held"], row["attempts"]) == (4, True, 0)
        assert f"registre-pool purchases allow {purchase.id}" in str(row["error_message"])


async def test_a_document_that_did_not_come_in_time_is_unknown_and_says_at_least_what_happened(
    purse: PurseOpening,
) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.clicked()
        await purchase.close(TimeoutError())
        line = open_purse.ledger(purchase.id)
        assert (line["state"], open_purse.facts(purchase.id)["reason"]) == ("unknown", "TimeoutError")


async def test_an_answer_without_a_document_frees_the_budget_and_keeps_its_evidence(
    purse: PurseOpening,
) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.clicked()
        error = NotSold("It does not exist.", evidence={"text": "inexistant"})
        await purchase.close(error)
        line = open_purse.ledger(purchase.id)
        assert line["state"] == "not_sold"
        assert open_purse.facts(purchase.id)["sentence"] == "It does not exist."
        assert open_purse.facts(purchase.id)["evidence"] == {"text": "inexistant"}
        assert open_purse.budget() == (0, 0)
        await open_purse.queue.settle(purchase.claim, GiveUp(error=error.sentence))
        assert open_purse.row(purchase.claim.row_id)["error_message"] == "It does not exist."


async def test_a_page_with_strange_text_is_told_to_the_ledger_all_the_same(purse: PurseOpening) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.clicked()
        error = NotSold("No\0.", evidence={"text": "a\0b\ud800", "dialogs": ["\0", {"\0": 1}]})
        await purchase.close(error)
        line = open_purse.ledger(purchase.id)
        assert line["state"] == "not_sold"
        assert open_purse.facts(purchase.id)["evidence"] == {"text": "ab?", "dialogs": ["", {"": 1}]}


async def test_a_document_that_cannot_be_read_is_unknown_and_lies_in_the_spool_as_evidence(
    purse: PurseOpening,
) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.clicked()
        await purchase.close(Unreadable("It ends too soon.", data=b"%PDF-1.7 ha"))
        line = open_purse.ledger(purchase.id)
        assert (line["state"], open_purse.facts(purchase.id)["reason"]) == ("unknown", "unreadable")
        assert open_purse.facts(purchase.id)["sentence"] == "It ends too soon."
        folder = open_purse.spool.folder
        assert (folder / f"{purchase.id}.unreadable").read_bytes() == b"%PDF-1.7 ha"
        (note,) = await open_purse.spool.notes()
        assert (note.purchase, note.whole) == (purchase.id, False)


async def test_an_error_before_the_click_leaves_the_intent_to_the_end_of_the_lease(
    purse: PurseOpening,
) -> None:
    async with purse() as open_purse:
        purchase = await open_purse.begin()
        await purchase.close(SiteDown("closed"))
        assert open_purse.state(purchase.id) == "intent"
        await open_purse.queue.settle(purchase.claim, Released(error="stop"))
        assert open_purse.state(purchase.id) == "void"
        assert open_purse.budget() == (0, 0)
