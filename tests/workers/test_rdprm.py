"""From a selected name to its extract: real database, browser, spool and folder, and the RDPRM's stand-in."""

from uuid import uuid4

import pytest

from poolmgr.domain.json import JsonObject, records, text
from poolmgr.local.replica.accounts import RDPRM, SearchAccount
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.rdprm import papers
from poolmgr.local.replica.rdprm.control import RdprmReplica
from poolmgr.registries.rdprm.fetching import Extract, facts
from poolmgr.workers.buying import Purchase
from poolmgr.workers.delivery import deliver
from poolmgr.workers.rdprm import SHELF
from poolmgr.workers.trouble import Trouble
from tests.replicas import put_names
from tests.workers.purse import HOST, Button, Purse, PurseOpening
from tests.workers.shopping import outcome_of, shopping, work_of
from tests.workers.stage import Show

SEARCH = (
    "select r.status, r.storage_path, r.error_message, r.completed_at, j.attempts, j.outages, j.trail "
    "from public.rdprm_searches r left join public.pool_jobs j on j.row_id = r.id where r.id = %s"
)
LEDGER = (
    "select coalesce(jsonb_agg(to_jsonb(p) order by p.id), '[]') as all "
    "from public.pool_purchases p where p.row_id = %s"
)
BUDGET = (
    "select coalesce(sum(reserved_cents), 0)::int as reserved, coalesce(sum(spent_cents), 0)::int as spent "
    "from public.pool_budgets where registry = %s"
)


@pytest.fixture
def rdprm(replica: Replica) -> RdprmReplica:
    return RdprmReplica(replica.url)


async def searched(purse: Purse, show: Show, name: str) -> tuple[str, object]:
    """A new search's row, and how its first try ended."""
    (row,) = put_names(purse.database, name)
    show.loop.hear({"word": "wake"})
    return row, await outcome_of(show, row)


def purchases(purse: Purse, row: str) -> list[JsonObject]:
    return records(purse.one(LEDGER, row), "all")


def states(purse: Purse, row: str) -> list[tuple[object, object]]:
    return [(one["state"], one["price_cents"]) for one in purchases(purse, row)]


async def test_a_search_is_paid_once_and_delivered_and_one_without_result_says_so(
    purse: PurseOpening, rdprm: RdprmReplica
) -> None:
    before = rdprm.till()
    async with purse() as open_purse, shopping(open_purse, rdprm.url, claims=("rdprm",)) as show:
        row, outcome = await searched(open_purse, show, "  Érable   Fictif inc.")
        assert outcome == "done"
        found, (line,) = open_purse.one(SEARCH, row), purchases(open_purse, row)
        assert (found["status"], found["error_message"], found["attempts"]) == ("completed", None, 0)
        assert found["completed_at"] is not None
        path = text(found, "storage_path")
        assert path.endswith(f"/rable_fictif_inc-{str(line['token'])[:8]}.pdf")
        stored = await open_purse.documents.read(f"rdprm-documents/{path}")
        assert stored == papers.extract("Érable Fictif inc.", large=False)
        assert (line["state"], line["registry"], line["price_cents"]) == ("delivered", "rdprm", 1200)
        (paid,) = rdprm.till().since(before).searches
        assert (line["account"], line["reference"]) == (RDPRM.username, row[:8])
        assert (paid.account, paid.reference, paid.price_cents) == (RDPRM.username, row[:8], 1200)
        said = str(found["trail"])
        assert papers.CERTIFIED in said
        assert "Cancelled registrations are not shown" in said
        assert work_of(show.loop).paid == set()

        nobody, outcome = await searched(open_purse, show, "Compagnie inconnue ltée")
        assert outcome == "done"
        none = open_purse.one(SEARCH, nobody)
        assert (none["status"], none["error_message"]) == ("not_found", None)
        proof = await open_purse.documents.read(f"rdprm-documents/{text(none, 'storage_path')}")
        assert proof.startswith(b"%PDF")
        assert states(open_purse, nobody) == [("delivered", 1200)]
        till = rdprm.till().since(before)
        assert [one.found for one in till.searches] == [True, False]
        assert len(till.logins) == 1, "the session was kept between the searches"
        assert open_purse.one(BUDGET, "rdprm") == {"reserved": 0, "spent": 2400}


async def test_the_price_that_the_site_asks_is_reserved_and_one_above_the_highest_is_not_confirmed(
    purse: PurseOpening, rdprm: RdprmReplica
) -> None:
    before = rdprm.till()
    async with purse() as open_purse, shopping(open_purse, rdprm.url, claims=("rdprm",)) as show:
        rdprm.choose(price_cents=1100)
        row, outcome = await searched(open_purse, show, "Chêne Fictif inc.")
        assert outcome == "done"
        assert states(open_purse, row) == [("void", 1200), ("delivered", 1100)]
        assert open_purse.one(BUDGET, "rdprm") == {"reserved": 0, "spent": 1100}
        rdprm.choose(price_cents=2500)
        pressed = len(rdprm.till().clicks)
        row, outcome = await searched(open_purse, show, "Hêtre Fictif inc.")
        assert outcome == "outage"
        waiting = open_purse.one(SEARCH, row)
        assert (waiting["status"], waiting["attempts"], waiting["outages"]) == ("pending", 0, 1)
        assert "25.00 CAD, more than 15.00 CAD" in str(waiting["trail"])
        assert states(open_purse, row) == [("void", 1200)]
        assert len(rdprm.till().clicks) == pressed
        assert len(rdprm.till().since(before).searches) == 1
        assert open_purse.one(BUDGET, "rdprm") == {"reserved": 0, "spent": 1100}


async def test_a_search_waits_while_another_machine_has_the_login_and_when_the_login_is_refused(
    purse: PurseOpening, rdprm: RdprmReplica
) -> None:
    before = rdprm.till()
    async with purse() as open_purse, shopping(open_purse, rdprm.url, claims=("rdprm",)) as show:
        elsewhere = str(uuid4())
        assert await open_purse.accounts.lease(elsewhere, "rdprm", "worker-9", "there", 60)
        row, outcome = await searched(open_purse, show, "Frêne Fictif inc.")
        assert outcome == "released"
        assert "No account of the RDPRM is free" in str(open_purse.one(SEARCH, row)["trail"])
        assert not show.loop.gate.takes("rdprm")
        assert show.loop.gate.takes("land")
        assert rdprm.till().since(before).logins == []

        await open_purse.accounts.give_back(elsewhere, "released")
        other = SearchAccount(username=RDPRM.username, password="another", answer="")
        rdprm.choose(account=vars(other))
        work = work_of(show.loop)
        work.gate.wake_kind("rdprm")
        open_purse.product.execute("update public.pool_jobs set not_before = now()")
        show.loop.hear({"word": "wake"})
        (refused,) = await show.parent.hears_of("registry.banned")
        assert (refused["registry"], refused["seconds"]) == ("rdprm", 3600)
        assert "does not let the account" in text(refused, "error")
        assert RDPRM.password not in str(show.parent.said)
        assert [one.why for one in rdprm.till().since(before).logins] == ["password"]
        assert rdprm.till().since(before).searches == []


async def test_a_session_that_gave_up_an_extract_is_not_used_for_the_next_one(
    purse: PurseOpening, rdprm: RdprmReplica
) -> None:
    before = rdprm.till()
    async with purse() as open_purse, shopping(open_purse, rdprm.url, claims=("rdprm",)) as show:
        rdprm.fault("cut", times=1)
        row, outcome = await searched(open_purse, show, "Saule Fictif inc.")
        assert (outcome, states(open_purse, row)) == ("done", [("delivered", 1200)])
        row, outcome = await searched(open_purse, show, "Orme Fictif inc.")
        assert (outcome, states(open_purse, row)) == ("done", [("delivered", 1200)])
        till = rdprm.till().since(before)
        assert (len(till.logins), len(till.searches)) == (2, 2)


async def test_a_search_without_result_is_delivered_though_its_page_could_not_be_printed(
    purse: PurseOpening,
) -> None:
    async with purse() as open_purse:
        (row,) = put_names(open_purse.database, "Compagnie inconnue ltée")
        (claim,) = await open_purse.queue.claim(str(uuid4()), ["rdprm"], "worker-1", HOST, 1)
        intent = await open_purse.purchases.intent(claim.token, "rdprm", "organisme|x", 1200)
        purchase = Purchase(
            intent.id,
            claim,
            open_purse.line,
            open_purse.spool,
            identity="organisme|x",
            price_cents=1200,
            registry="rdprm",
            host=HOST,
            answer_seconds=5.0,
            paid=open_purse.paid,
            disk=Trouble(open_purse.disk.append),
        )
        await purchase.pay("organisme|x", Button())
        extract = Extract(pdf=b"", pages=0, found=False, name="x", cents=1200, said="Aucun résultat")
        await purchase.secure(extract, facts(extract))
        outcome = await deliver(
            claim,
            intent.id,
            spool=open_purse.spool,
            purchases=open_purse.purchases,
            documents=open_purse.documents,
            wait_seconds=1,
            shelf=SHELF,
        )
        assert await open_purse.queue.settle(claim, outcome) == "applied"
        found = open_purse.one(SEARCH, row)
        assert (found["status"], found["storage_path"]) == ("not_found", None)
        assert states(open_purse, row) == [("delivered", 1200)]
