import pytest

from poolmgr.local.replica import paths
from poolmgr.local.replica.asked import Asked
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.till import Receipts
from poolmgr.local.samples.catalogue import catalogue
from tests.local.replica.visitor import ONE, RENOVATED, Visitor

CANTON = "Canton de Baie-de-Gaspé-Sud"


@pytest.mark.parametrize("path", [paths.INDEX, paths.ACTE, paths.PLAN])
def test_a_form_offers_73_circonscriptions_after_one_that_is_none(client: Visitor, path: str) -> None:
    options = client.get(path).page.options["selCircnFoncr"]
    assert len(options) == 1 + 73
    assert options[0][0] == "NULL"
    assert {"Bonaventure 1", "Bonaventure 2", "Charlevoix 2"} <= {text for _, text in options}


def test_the_index_form_says_what_it_is(client: Visitor) -> None:
    page = client.get(paths.INDEX)
    assert "Consulter l'index des immeubles" in page.page.words
    assert "Saisissez l'information demandée puis cliquez sur le bouton « Soumettre »." in page.page.words
    fields = page.page.fields()
    assert (fields["rdModltConsl"], fields["rdOrdreAffch"], fields["txtPerd"]) == ("NULL", "C", "")
    assert (fields["txtEtat"], fields["selDesgnSecnd"]) == ("valdr", "A")
    assert page.page.buttons() == {"btnSoumt": "Soumettre", "btnCommd": "Commander"}


def test_a_choice_reloads_the_page_and_survives_it(client: Visitor) -> None:
    page = client.get(paths.INDEX)
    assert [text for _, text in page.page.options["selCadst"]][1:] == [RENOVATED]
    page = client.choose(paths.INDEX, "Gaspé", CANTON)
    reading = page.page
    assert reading.selected["selCircnFoncr"] == reading.value_of("selCircnFoncr", "Gaspé")
    assert reading.selected["selCadst"] == reading.value_of("selCadst", CANTON)
    assert reading.value_of("selCadst", RENOVATED) == "000001"
    assert reading.options["selDesgnSecnd"][:3] == [("A", "Aucune"), ("001", "Rang I"), ("002", "Rang II")]
    events = {tag["name"]: tag.get("onchange", "") for tag in reading.attributes("select")}
    assert "circn" in events["selCircnFoncr"]
    assert "cadst" in events["selCadst"]


def test_another_circonscription_empties_the_cadastre_and_keeps_the_lot(client: Visitor) -> None:
    page = client.choose(paths.INDEX, "Gaspé", CANTON)
    other = page.page.value_of("selCircnFoncr", "Laval")
    changes = {"selCircnFoncr": other, "txtEtat": "circn", "txtNumrtLot": " 2 274 178"}
    fields = client.submit(page, "", changes).page.fields()
    assert (fields["selCircnFoncr"], fields["selCadst"]) == (other, "000000")
    assert fields["txtNumrtLot"] == " 2 274 178"


def test_a_renovated_lot_has_no_designation(client: Visitor) -> None:
    page = client.choose(paths.PLAN, "Gaspé")
    assert page.page.options["selDesgnSecnd"] == [("A", "Aucune")]


def test_first_options_may_be_blank(replica: Replica, client: Visitor) -> None:
    replica.settings(blank_first_option=True)
    page = client.get(paths.ACTE).page
    assert page.options["selCircnFoncr"][0] == page.options["selTypeDocmn"][0] == ("", "")


def test_an_index_is_sold_at_the_submit_with_what_was_asked(
    replica: Replica, before: Receipts, client: Visitor
) -> None:
    page = client.choose(paths.INDEX, "Gaspé", CANTON)
    changes = {"txtNumrtLot": " 24B-12", "txtEtat": "valdr", "selDesgnSecnd": "004"}
    frames, hops = client.follow(client.submit(page, "btnSoumt", changes))
    assert hops == 4
    assert [frame["name"] for frame in frames.page.attributes("frame")] == ["menu", "page"]
    after = replica.till().since(before)
    (sale,), (click,) = after.sales, after.clicks
    expected = Asked(
        source="index", number="24B-12", circonscription="Gaspé", cadastre=CANTON, designation="Rang IV"
    )
    assert sale.asked == click.asked == expected
    assert (sale.account, sale.price_cents, sale.path) == (ONE.username, 150, paths.INDEX)
    assert (click.button, click.account) == ("Soumettre", ONE.username)


def test_a_renovated_lot_is_had_without_a_circonscription(
    replica: Replica, before: Receipts, client: Visitor
) -> None:
    page = client.get(paths.INDEX)
    client.submit(page, "btnSoumt", {"selCadst": "000001", "txtNumrtLot": " 2 274 178"})
    (sale,) = replica.till().since(before).sales
    assert (sale.asked.circonscription, sale.asked.number) == (None, "2274178")


def test_an_acte_is_sold_at_an_exact_match(replica: Replica, before: Receipts, client: Visitor) -> None:
    _, hops = client.follow(client.search_acte("12 345 678", "Radiation"))
    assert hops == 4
    after = replica.till().since(before)
    expected = Asked(source="acte", number="12345678", circonscription="Québec", acte_type="Radiation")
    assert [sale.asked for sale in after.sales] == [expected]
    assert [click.button for click in after.clicks] == ["Rechercher"]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("1234000", "inexistante"),
        ("1234555", "est inactif"),
        ("1234888", "Le document demandé est inexistant"),
        ("1234999", "Aucune information ne correspond aux critères de sélection"),
        ("1234", "Le lot n'existe pas dans la circonscription foncière demandée"),
        ("", "Vous devez inscrire un numéro"),
    ],
)
def test_an_index_that_is_not_found_is_told_on_the_form_and_sells_nothing(
    replica: Replica, before: Receipts, client: Visitor, number: str, said: str
) -> None:
    page = client.search_lot(number)
    assert page.status == 200
    assert said in page.page.messages[0]
    assert page.page.fields()["txtNumrtLot"] == number
    after = replica.till().since(before)
    assert (len(after.clicks), after.sales) == (1, [])


@pytest.mark.parametrize(
    ("number", "said"),
    [("1234000", "Le lot n'existe pas"), ("1234888", "inexistant."), ("1234999", "Aucune information")],
)
def test_a_plan_that_is_not_found_sells_nothing(
    replica: Replica, before: Receipts, client: Visitor, number: str, said: str
) -> None:
    assert said in client.search_lot(number, path=paths.PLAN).page.messages[0]
    assert replica.till().since(before).sales == []


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("12345000", "Aucune information"),
        ("12345888", "inexistant."),
        ("un numéro", "Aucune information"),
    ],
)
def test_an_acte_that_is_not_found_sells_nothing(
    replica: Replica, before: Receipts, client: Visitor, number: str, said: str
) -> None:
    page = client.search_acte(number)
    assert said in page.page.messages[0]
    assert page.page.fields()["txtNoReqst"] == number
    assert replica.till().since(before).sales == []


def test_a_form_that_lacks_a_choice_says_which(client: Visitor) -> None:
    page = client.get(paths.ACTE)
    assert "circonscription" in client.submit(page, "btnRechr", {"txtNoReqst": "1"}).page.messages[0]
    page = client.get(paths.INDEX)
    assert "cadastre" in client.submit(page, "btnSoumt", {"txtNumrtLot": "1"}).page.messages[0]


def test_a_sample_is_found_at_its_own_place_alone(client: Visitor) -> None:
    sample = next(s for s in catalogue(1) if s.form == "born_digital" and s.document_source == "index")
    assert sample.cadastre is not None
    found = client.search_lot(sample.lot, sample.circonscription, sample.cadastre)
    assert found.status == 302
    assert "Le lot n'existe pas" in client.search_lot(sample.lot, "Laval").page.messages[0]


def test_an_added_document_exists_nowhere_else(replica: Replica, client: Visitor) -> None:
    replica.add_document(
        Asked(source="acte", number="700123", circonscription="Laval", acte_type="Radiation")
    )
    assert client.search_acte("700123", "Acte", "Laval").status == 200
    assert client.search_acte("700123", "Radiation", "Québec").status == 200
    assert client.search_acte("700123", "Radiation", "Laval").status == 302
