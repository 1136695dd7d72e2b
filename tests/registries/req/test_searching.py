"""Searches of the REQ's stand-in through a real browser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolmgr.domain.errors import SiteChanged, SiteDown, TurnedAway
from poolmgr.local.replica.req.companies import PAGE_SIZE
from poolmgr.registries.req import names
from poolmgr.registries.req.searching import asked, neq_in
from tests.registries.req.seeker import Seeker, names_of
from tests.registries.req.shape import CleanedData

LEO = "L'Érablière « Chez Léo » & fils <1987> inc."


async def test_every_result_is_opened_in_its_turn(seeker: Seeker) -> None:
    found = await seeker.search("quincaillerie jette")
    assert found.shown == 3
    assert names_of(found) == [f"Quincaillerie Jetté {place} inc." for place in ("Nord", "Sud", "Centre")]
    assert [one.neq for one in found.companies] == [*seeker.req.visits().consulted]
    for company in found.companies:
        CleanedData.model_validate(company.cleaned_data)


async def test_a_number_leads_to_its_company_at_once(seeker: Seeker) -> None:
    found = await seeker.search(" 11 4000 0001 ")
    assert (found.shown, names_of(found)) == (1, [LEO])
    assert found.companies[0].neq == "1140000001"
    assert [*seeker.req.visits().asked] == ["1140000001"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("l’érablière « chez léo »", LEO),
        ("Café Ô Délice \\", "Café Ô Délice \\ N° 5 enr."),
        ("O'Brien et Frères", "O'Brien et Frères, s.e.n.c."),
        ("ville de saint-élie", "Ville de Saint-Élie-des-Essais"),
    ],
)
async def test_a_strange_name_is_searched_and_read_as_it_is(seeker: Seeker, query: str, name: str) -> None:
    found = await seeker.search(query)
    assert names_of(found) == [name]
    assert [*seeker.req.visits().asked] == [query]
    CleanedData.model_validate(found.companies[0].cleaned_data)


async def test_what_is_not_there_is_said_in_the_sites_words(seeker: Seeker) -> None:
    found = await seeker.search("Introuvable et Compagnie")
    assert (found.shown, found.companies) == (0, [])
    assert found.trail == [{"said": "Aucun résultat ne correspond à votre recherche."}]


async def test_an_unknown_number_finds_nothing(seeker: Seeker) -> None:
    assert (await seeker.search("1199999999")).shown == 0


async def test_all_pages_of_the_list_are_read(seeker: Seeker) -> None:
    seeker.req.page_size(1)
    found = await seeker.search("laiterie essai", max_results=3)
    assert names_of(found) == [f"Laiterie Essai {number:02d} inc." for number in range(1, 4)]
    assert found.shown == 4
    assert found.trail[-1] == {"page": 4, "result": 1, "not opened": "req.max_results = 3"}


@pytest.mark.proof
@pytest.mark.timeout(600)
async def test_two_hundred_results_are_opened(seeker: Seeker) -> None:
    seeker.req.page_size(100)
    found = await seeker.search("fournil")
    assert (found.shown, len(found.companies)) == (200, 200)
    assert [one.neq for one in found.companies] == [str(1140001000 + number) for number in range(1, 201)]


async def test_one_company_under_two_names_is_opened_once(seeker: Seeker) -> None:
    found = await seeker.search("deux noms")
    assert (found.shown, names_of(found)) == (2, ["Deux Noms Essai inc."])
    assert found.trail == [{"page": 1, "result": 2, "same company": "1140000200"}]
    assert [*seeker.req.visits().consulted] == ["1140000200"]


async def test_a_list_that_repeats_itself_repeats_no_company(seeker: Seeker) -> None:
    seeker.req.fault("duplicate_results", times=None)
    found = await seeker.search("quincaillerie")
    assert (found.shown, len(found.companies)) == (6, 3)


async def test_a_list_that_comes_late_is_waited_for(seeker: Seeker) -> None:
    seeker.req.fault("late_rows", times=None)
    assert (await seeker.search("laiterie", max_results=1)).shown == PAGE_SIZE


async def test_what_covers_the_form_is_closed(seeker: Seeker) -> None:
    seeker.req.fault("cover", times=None)
    assert len((await seeker.search("o'brien")).companies) == 1


async def test_a_result_that_opens_at_the_second_try_is_kept(seeker: Seeker) -> None:
    seeker.req.fault("error_500", "company")
    assert len((await seeker.search("quincaillerie", result_tries=2, max_results=2)).companies) == 2


async def test_a_result_that_never_opens_is_left_out_and_noted(seeker: Seeker) -> None:
    for neq, broken in (("1155550003", False), ("1155550002", True), ("1155550001", False)):
        seeker.req.add_company(neq, f"Mélèze {neq}", broken=broken)
    found = await seeker.search("mélèze", result_tries=2)
    assert (found.shown, [one.neq for one in found.companies]) == (3, ["1155550001", "1155550003"])
    assert [note["result"] for note in found.trail if isinstance(note, dict)] == [2]
    assert [*seeker.req.visits().consulted].count("1155550002") == 2


async def test_a_search_whose_first_result_never_opens_has_failed(seeker: Seeker) -> None:
    seeker.req.fault("error_500", "company", times=None)
    assert "status 500" in (await seeker.fails("quincaillerie", SiteDown, result_tries=2)).sentence
    assert [*seeker.req.visits().consulted] == ["1140000010"] * 2


async def test_three_results_in_a_row_that_do_not_open_are_the_sites_failure(seeker: Seeker) -> None:
    for number in (4, 3, 2, 1):
        seeker.req.add_company(f"115555000{number}", f"Mélèze {number}", broken=number > 1)
    await seeker.fails("mélèze", SiteChanged)
    assert [one.neq for one in seeker.last.findings.companies] == ["1155550001"]


@pytest.mark.parametrize(
    ("fault", "step"),
    [("ban", "page"), ("challenge", "search"), ("ban", "results"), ("challenge", "company")],
)
async def test_a_ban_ends_the_search_at_once(seeker: Seeker, fault: str, step: str) -> None:
    seeker.req.fault(fault, step, times=None)
    error = await seeker.fails("quincaillerie", TurnedAway, seconds=1)
    assert seeker.req.visits().reached[step] == 1
    assert "gr03a71.rechercheregistre.mvc" in error.sentence


@pytest.mark.parametrize(
    ("field", "missing"),
    [("Objet", ""), ("ConditionUtilisationCochee", "ConditionUtilisationCochee"), ("etatRenseignements", "")],
)
async def test_a_renamed_element_is_named_where_it_is_leaned_on(
    seeker: Seeker, field: str, missing: str
) -> None:
    seeker.req.fault("renamed_field", field=field)
    if field == "Objet":  # it has another name as well
        assert len((await seeker.search("o'brien")).companies) == 1
        seeker.req.fault("renamed_field", field="objetRecherche")
        missing = "#Objet"
    error = await seeker.fails("o'brien", SiteChanged, seconds=1)
    assert missing in error.sentence
    assert names.WHERE in error.advice


@pytest.mark.parametrize("label", ["Rechercher", "Consulter", "Identification de l'entreprise"])
async def test_a_changed_label_is_never_taken_for_nothing_found(seeker: Seeker, label: str) -> None:
    seeker.req.fault("changed_label", field=label, label="Commander")
    error = await seeker.fails("o'brien", SiteChanged, seconds=1)
    assert names.WHERE in error.advice


async def test_a_site_that_is_closed_says_so(seeker: Seeker) -> None:
    seeker.req.fault("maintenance", "page")
    assert "closed" in (await seeker.fails("o'brien", SiteDown)).sentence


@given(st.text("0123456789 ", min_size=1, max_size=30))
def test_what_is_typed_is_a_number_or_what_was_asked(text: str) -> None:
    typed = asked(text)
    assert typed in (" ".join(text.split()), text.replace(" ", ""))
    assert "  " not in typed


@pytest.mark.parametrize(
    ("row", "neq"),
    [
        ("Essai inc. 1140000001 Immatriculée", "1140000001"),
        ("Essai inc. 11 4000 0001", "1140000001"),
        ("9999-0001 Québec inc. 8840000004", "8840000004"),
        ("1140000001 puis 1140000002", ""),
        ("Tél. 5145550000", ""),
        ("Essai", ""),
    ],
)
def test_a_row_names_one_company_or_none(row: str, neq: str) -> None:
    assert neq_in(row) == neq
