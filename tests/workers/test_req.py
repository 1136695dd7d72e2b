"""From a waiting session to its companies: a real database and browser, and the REQ's stand-in."""

import pytest

from poolmgr.domain.json import Json, JsonObject, records, text
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.req.control import ReqReplica
from tests.registries.req.shape import CleanedData
from tests.replicas import put_searches
from tests.waiting import async_until
from tests.workers.purse import Purse, PurseOpening
from tests.workers.shopping import outcome_of, shopping
from tests.workers.stage import Show, happened

SESSION = (
    "select s.status, s.req_completed, s.req_results_count, s.error_message, j.attempts, j.outages, j.trail, "
    "extract(epoch from j.not_before - now())::int as waits from public.search_sessions s "
    "left join public.pool_jobs j on j.row_id = s.id where s.id = %s"
)
COMPANIES = (
    "select coalesce(jsonb_agg(to_jsonb(c) order by c.result_order), '[]') as all "
    "from public.req_companies c where c.search_session_id = %s"
)


@pytest.fixture
def req(replica: Replica) -> ReqReplica:
    return ReqReplica(replica)


def session(purse: Purse, row: str) -> JsonObject:
    return purse.one(SESSION, row)


def companies(purse: Purse, row: str) -> list[JsonObject]:
    return records(purse.one(COMPANIES, row), "all")


async def searched(purse: Purse, show: Show, query: str) -> tuple[str, Json]:
    """A new session's row, and how its first try ended."""
    (row,) = put_searches(purse.database, query)
    show.loop.hear({"word": "wake"})
    return row, await outcome_of(show, row)


async def test_a_session_gets_its_companies_in_order_and_a_name_that_is_unknown_fails_in_french(
    purse: PurseOpening, req: ReqReplica
) -> None:
    async with purse() as open_purse, shopping(open_purse, req.replica.url, claims=("req",)) as show:
        row, outcome = await searched(open_purse, show, "  quincaillerie   jetté ")
        assert outcome == "done"
        found = session(open_purse, row)
        assert (found["status"], found["req_completed"], found["req_results_count"]) == (
            "pending_name_selection",
            True,
            3,
        )
        assert found["error_message"] is None
        written = companies(open_purse, row)
        assert [one["result_order"] for one in written] == [1, 2, 3]
        assert [one["neq"] for one in written] == ["1140000010", "1140000011", "1140000012"]
        # the query, as the program before this one wrote it
        assert {text(one, "company_name") for one in written} == {"  quincaillerie   jetté "}
        assert {one["is_selected"] for one in written} == {False}
        for one in written:
            CleanedData.model_validate(one["cleaned_data"])

        row, outcome = await searched(open_purse, show, "Introuvable & fils")
        assert outcome == "give_up"
        found = session(open_purse, row)
        assert found["status"] == "failed"
        assert found["error_message"] == (
            "Aucune entreprise trouvée au Registre des entreprises pour « Introuvable & fils »."
        )
        assert [*req.visits().asked].count("Introuvable & fils") == 1
        assert companies(open_purse, row) == []


async def test_a_session_that_is_searched_again_has_its_companies_once(
    purse: PurseOpening, req: ReqReplica
) -> None:
    async with purse() as open_purse, shopping(open_purse, req.replica.url, claims=("req",)) as show:
        row, outcome = await searched(open_purse, show, "quincaillerie")
        assert outcome == "done"
        req.add_company("1155550001", "Quincaillerie Nouvelle inc.")
        open_purse.product.execute(
            "update public.search_sessions set status = 'pending_company_selection', req_completed = false"
        )
        show.loop.hear({"word": "wake"})
        await async_until(lambda: happened(len(companies(open_purse, row)) == 4), 40, "the second search")
        orders = [one["result_order"] for one in companies(open_purse, row)]
        assert orders == [1, 2, 3, 4]
        assert companies(open_purse, row)[0]["neq"] == "1155550001"
        assert session(open_purse, row)["req_results_count"] == 4


async def test_a_ban_is_obeyed_for_an_hour_by_every_job_and_burns_no_attempt(
    purse: PurseOpening, req: ReqReplica
) -> None:
    req.fault("ban", "page", times=None)
    async with purse() as open_purse:
        async with shopping(open_purse, req.replica.url, claims=("req",)) as show:
            row, outcome = await searched(open_purse, show, "quincaillerie")
            assert outcome == "released"
            (said,) = await show.parent.hears_of("registry.banned")
            assert (said["registry"], said["seconds"], said["bans"]) == ("req", 3600, 1)
            assert "utilisation excessive" in text(said, "error")
            assert not show.loop.gate.takes("req")
            found = session(open_purse, row)
            assert (found["status"], found["req_completed"]) == ("pending_company_selection", False)
            assert found["attempts"] in (0, None)
            assert found["outages"] in (0, None)
            assert 3500 < int(str(found["waits"])) <= 3600
        # another child, on the same machine: it asks the database, and nothing of the site
        req.clear_faults()
        async with shopping(open_purse, req.replica.url, claims=("req",)) as show:
            other, outcome = await searched(open_purse, show, "laiterie")
            assert outcome == "released"
            assert show.parent.events("registry.banned") == []
            assert req.visits().reached == {"page": 1}
            assert session(open_purse, other)["status"] == "pending_company_selection"


async def test_a_site_that_fails_is_asked_again_and_burns_no_attempt(
    purse: PurseOpening, req: ReqReplica
) -> None:
    req.fault("error_500", "search")
    async with purse() as open_purse:
        async with shopping(open_purse, req.replica.url, claims=("req",), site_pause_seconds=0.1) as show:
            row, outcome = await searched(open_purse, show, "o'brien")
            assert outcome == "outage"
            found = session(open_purse, row)
            assert (found["attempts"] or 0, found["outages"]) == (0, 1)
            open_purse.product.execute("update public.pool_jobs set not_before = now()")
            show.loop.hear({"word": "wake"})
            await async_until(lambda: happened(len(companies(open_purse, row)) == 1), 40, "its company")
        assert [*(open_purse.folder / "browser").iterdir()] == []


async def test_a_session_without_words_is_given_up_before_anything_is_opened(
    purse: PurseOpening, req: ReqReplica
) -> None:
    async with purse() as open_purse, shopping(open_purse, req.replica.url, claims=("req",)) as show:
        row = str(
            open_purse.one(
                "insert into public.search_sessions (initial_search_query) values (%s) returning id", " "
            )["id"]
        )
        show.loop.hear({"word": "wake"})
        assert await outcome_of(show, row) == "give_up"
        assert "nothing to search for" in text(session(open_purse, row), "error_message")
        assert req.visits().reached == {}
