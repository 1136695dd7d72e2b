"""What becomes of every kind of order: its document or its error, what was pressed and what was sold."""

from pathlib import Path

import pytest
from playwright.async_api import Route

from poolmgr.domain.errors import NotSold, SiteChanged, SiteDown, Unreadable
from poolmgr.domain.json import records, strings
from poolmgr.local.replica import places
from poolmgr.local.replica.control import Replica
from poolmgr.registries.browser.driver import Browser
from tests.registries.foncier.buyer import Buyer, at_once, file_of, several
from tests.replicas import acte, index, plan

OLD_CADASTRE = places.cadastres("Argenteuil")[1].text
COMES = {
    "index 196": (index("2784196"), ["Soumettre"]),
    "index 333": (index("2784333"), ["Soumettre", "Confirmer"]),
    "index 777": (index("2784777"), ["Soumettre"]),
    "index of an old lot": (
        index(
            "42-3",
            circonscription_fonciere="Argenteuil",
            cadastre=OLD_CADASTRE,
            designation_secondaire="Rang IV",
        ),
        ["Soumettre"],
    ),
    "acte 678": (acte("12345678"), ["Rechercher"]),
    "acte 111": (acte("12345111"), ["Rechercher", "Soumettre"]),
    "acte 333": (acte("12345333"), ["Rechercher", "Confirmer"]),
    "acte 777": (acte("12345777"), ["Rechercher"]),
    "acte of another type": (acte("12345679", acte_type="avis d’adresse"), ["Rechercher"]),
    "plan 196": (plan("2784196"), ["Soumettre"]),
    "plan 333": (plan("2784333"), ["Soumettre", "Confirmer"]),
    "plan 444": (plan("2785444"), ["Soumettre", "Soumettre"]),
    "plan 3444": (plan("2783444"), ["Soumettre", "Soumettre", "Confirmer"]),
    "plan 555": (plan("2784555"), ["Soumettre", "Soumettre"]),
    "plan 777": (plan("2784777"), ["Soumettre"]),
}
REFUSED = {
    "index 000": (index("2784000"), "no such file or document"),
    "index 555": (index("2784555"), "inactive"),
    "index 888": (index("2784888"), "no such file or document"),
    "index 999": (index("2784999"), "finds nothing"),
    "acte 000": (acte("12345000"), "finds nothing"),
    "acte 222": (acte("12345222"), "paper only"),
    "acte 888": (acte("12345888"), "no such file or document"),
    "acte 999": (acte("12345999"), "finds nothing"),
    "plan 000": (plan("2784000"), "lot does not exist"),
    "plan 888": (plan("2784888"), "no such file or document"),
    "plan 999": (plan("2784999"), "finds nothing"),
}
ASKED_THREE_TIMES = ("acte 000", "acte 888", "acte 999")
"""Of each type; a lot of the Cadastre du Québec has one name, and a document on paper is found."""

BROKEN = {"index 666": index("2784666"), "acte 666": acte("12345666"), "plan 666": plan("2784666")}


async def test_a_document_that_exists_is_bought_once_and_comes_whole(
    browser: Browser, replica: Replica, folder: Path
) -> None:
    async def check(buyer: Buyer, case: str) -> None:
        row, buttons = COMES[case]
        document = await buyer.buy(row)
        (sale,) = buyer.sold
        assert buyer.pressed == buttons
        assert document.pdf == file_of(sale)
        assert (document.pages, document.original) == (1, None)
        assert (document.html is not None) == (sale.asked.source == "index")
        (asked,) = buyer.paid
        assert (asked.source, asked.number) == (sale.asked.source, sale.asked.number)
        assert asked.circonscription == sale.asked.circonscription
        assert asked.cadastre == (sale.asked.cadastre or "")
        assert asked.designation == (sale.asked.designation or "")
        assert asked.acte_type == (sale.asked.acte_type or "")

    async with several(browser, replica, folder) as buyers:
        await at_once(buyers, COMES, check)


async def test_what_does_not_exist_is_asked_for_once_under_each_of_its_names(
    browser: Browser, replica: Replica, folder: Path
) -> None:
    async def check(buyer: Buyer, case: str) -> None:
        row, said = REFUSED[case]
        times = 3 if case in ASKED_THREE_TIMES else 1
        error = await buyer.fails(row, NotSold)
        assert isinstance(error, NotSold)
        assert said in error.sentence
        assert error.evidence["text"]
        assert len(buyer.paid) == len(buyer.pressed) == times
        assert buyer.sold == []

    async with several(browser, replica, folder) as buyers:
        await at_once(buyers, REFUSED, check)


async def test_a_file_that_is_broken_each_time_is_fetched_again_but_bought_once(
    browser: Browser, replica: Replica, folder: Path
) -> None:
    async def check(buyer: Buyer, case: str) -> None:
        error = await buyer.fails(BROKEN[case], Unreadable)
        assert isinstance(error, Unreadable)
        assert "unreadable after 3 tries" in error.sentence
        assert error.data.startswith(b"%PDF-"), "what came is kept as evidence"
        assert len(buyer.pressed) == len(buyer.sold) == len(buyer.paid) == 1

    async with several(browser, replica, folder) as buyers:
        await at_once(buyers, BROKEN, check)


async def test_of_similar_documents_the_very_number_on_a_screen_is_taken_and_noted(buyer: Buyer) -> None:
    document = await buyer.buy(acte("12345111"))
    choice = next(entry for entry in records({"trail": document.trail}, "trail") if "offered" in entry)
    assert len(strings(choice, "offered")) == 3
    assert "12345112" in strings(choice, "offered")[2], "a neighbour was offered too"
    (sale,) = buyer.sold
    assert sale.asked.number == "12345111"


async def test_of_several_plans_the_latest_is_taken(buyer: Buyer) -> None:
    await buyer.buy(plan("2785444"))
    assert [sale.title for sale in buyer.sold] == ["Plan du lot 2785444, 2019"]


async def test_a_choice_that_comes_once_more_is_not_answered_again(buyer: Buyer) -> None:
    """The site lost what was chosen: to choose again may pay again."""

    def lose() -> None:
        buyer.replica.fault("renamed_field", field="rdDocmn", times=None)

    with pytest.raises(SiteDown, match="once more what was answered"):
        await buyer.buy_while(acte("12345111"), "similar", lose)
    assert buyer.pressed == ["Rechercher", "Soumettre"]
    assert buyer.sold == []


async def test_a_confirmation_that_comes_once_more_is_not_given_again(buyer: Buyer) -> None:
    confirmed: list[str] = []

    async def ask_again(route: Route) -> None:
        confirmed.append(route.request.method)
        page = await buyer.page.request.get(route.request.url)
        await route.fulfill(body=await page.body(), content_type="text/html; charset=iso-8859-1")

    await buyer.page.route("**/*confr_demnd*", ask_again)
    error = await buyer.fails(plan("2784333"), SiteDown)
    assert "once more what was answered" in str(error)
    assert confirmed == ["POST"]


async def test_a_page_that_nobody_knows_is_told_with_its_words(buyer: Buyer) -> None:
    buyer.replica.fault("html", "submit")
    error = await buyer.fails(acte("12345678"), SiteDown)
    assert "Le document ne peut être affiché pour le moment" in error.sentence
    assert "not known here" in error.sentence
    assert buyer.pressed == ["Rechercher"]


async def test_a_changed_word_of_the_choice_leaves_it_unanswered(buyer: Buyer) -> None:
    buyer.replica.fault("changed_label", field="Résultat de la recherche", label="Documents", times=None)
    error = await buyer.fails(acte("12345111"), SiteDown)
    assert "similar number" in error.sentence
    assert buyer.pressed == ["Rechercher"]
    assert not isinstance(error, SiteChanged)
