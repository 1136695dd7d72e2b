"""The REQ's stand-in over real HTTP: what its pages hold, and what it keeps of a visitor."""

import pytest

from poolmgr.domain.errors import Refused
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.req.companies import Register
from poolmgr.local.replica.req.control import ReqReplica
from poolmgr.local.replica.req.vocabulary import COMPANY, CONSULT, RESULTS, SEARCH
from tests.local.replica.visitor import Answer, Visitor

TERMS = {"ConditionUtilisationCochee": "true"}


@pytest.fixture
def req(replica: Replica) -> ReqReplica:
    return ReqReplica(replica)


@pytest.fixture
def visitor(req: ReqReplica) -> Visitor:
    visitor = Visitor(req.url)
    visitor.get(SEARCH)
    return visitor


def search(visitor: Visitor, query: str, **more: str) -> Answer:
    return visitor.send("POST", SEARCH, {"objetRecherche": query, **TERMS, **more})


def said(answer: Answer) -> str:
    return answer.body.decode("utf-8")


def test_nobody_searches_without_the_terms(req: ReqReplica, visitor: Visitor) -> None:
    answer = visitor.send("POST", SEARCH, {"objetRecherche": "laiterie"})
    assert "accepter les conditions" in said(answer)
    assert [*req.visits().asked] == []


def test_a_list_has_its_pages_and_each_result_its_button(visitor: Visitor) -> None:
    assert search(visitor, "laiterie").location == RESULTS
    first, second = visitor.get(RESULTS), visitor.get(f"{RESULTS}?page=2")
    assert (said(first).count(">Consulter<"), said(second).count(">Consulter<")) == (25, 5)
    assert "Laiterie Essai 26 inc." in said(second)


def test_a_list_is_over_when_one_of_its_companies_was_looked_at(visitor: Visitor) -> None:
    search(visitor, "laiterie")
    assert visitor.send("POST", CONSULT, {"rang": "29"}).location == COMPANY
    assert "1140000130" in said(visitor.get(COMPANY))
    assert visitor.send("POST", CONSULT, {"rang": "28"}).location == SEARCH
    assert visitor.get(RESULTS).location == SEARCH


def test_visitors_do_not_see_each_others_lists(req: ReqReplica, visitor: Visitor) -> None:
    search(visitor, "laiterie")
    assert Visitor(req.url).get(RESULTS).location == SEARCH


def test_a_number_leads_to_its_company(req: ReqReplica, visitor: Visitor) -> None:
    assert search(visitor, "1140000001").location == COMPANY
    assert [*req.visits().consulted] == ["1140000001"]


@pytest.mark.parametrize("query", ["1199999999", "introuvable", "« »"])
def test_what_is_not_there_is_said_on_the_search_page(visitor: Visitor, query: str) -> None:
    answer = search(visitor, query)
    assert answer.status == 200
    assert "Aucun résultat" in said(answer)


def test_markup_in_a_name_is_text_on_every_page(req: ReqReplica, visitor: Visitor) -> None:
    req.add_company("1155550001", "<b>\"A' & </li>", "Zéro")
    search(visitor, "zero")
    assert "<b>" not in said(visitor.get(RESULTS))
    visitor.send("POST", CONSULT, {"rang": "0"})
    page = said(visitor.get(COMPANY))
    assert "&lt;b&gt;&quot;A&#x27; &amp; &lt;/li&gt;" in page
    assert "<b>" not in page


def test_a_ban_has_its_status_and_its_words(req: ReqReplica, visitor: Visitor) -> None:
    req.fault("ban", "page")
    answer = visitor.get(SEARCH)
    assert (answer.status, "en raison d'une utilisation excessive" in said(answer)) == (403, True)
    assert visitor.get(SEARCH).status == 200


@pytest.mark.parametrize(
    ("fault", "step", "field"),
    [("none", "page", ""), ("hang", "save", ""), ("renamed_field", "", "Nobody"), ("changed_label", "", "x")],
)
def test_a_fault_that_cannot_be_is_refused(req: ReqReplica, fault: str, step: str, field: str) -> None:
    with pytest.raises(Refused):
        req.fault(fault, step, field=field)


def test_a_reset_of_the_server_forgets_what_was_added(req: ReqReplica, visitor: Visitor) -> None:
    req.add_company("1155550001", "Nouvelle")
    req.fault("error_500", "page", times=None)
    req.replica.reset()
    assert visitor.get(SEARCH).status == 200
    assert "Aucun résultat" in said(search(visitor, "nouvelle"))


def test_every_known_number_is_one_companys() -> None:
    numbers = [one.neq for one in Register().companies]
    assert len(numbers) == len({*numbers})
    assert {len(number) for number in numbers} == {10}
