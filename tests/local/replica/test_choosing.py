import pytest

from poolmgr.local.replica import paths
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.till import Receipts
from tests.local.replica.visitor import Answer, Visitor


def paper_rows(page: Answer) -> list[bool]:
    """For each row with a radio, whether it is on paper only."""
    rows = [row for row in page.html.split("<tr>") if 'type="radio"' in row]
    return ["BPD.GIF" in row for row in rows]


def test_similar_actes_are_offered_and_the_chosen_one_is_sold(
    replica: Replica, before: Receipts, client: Visitor
) -> None:
    page, hops = client.follow(client.search_acte("12345111"))
    assert hops == 1
    assert "Résultat de la recherche" in page.page.words
    assert "dont le numéro est semblable" in page.page.messages[0]
    assert paper_rows(page) == [True, False, False]
    assert replica.till().since(before).sales == []
    _, value, _ = page.page.radios("rdDocmn")
    _, hops = client.follow(client.submit(page, "btnSoumt", {"rdDocmn": value}))
    assert hops == 4
    after = replica.till().since(before)
    (sale,) = after.sales
    assert (sale.asked.number, sale.path) == ("12345111", paths.SIMILAR)
    assert [click.button for click in after.clicks] == ["Rechercher", "Soumettre"]


def test_a_document_on_paper_is_not_sold_whatever_is_pressed(
    replica: Replica, before: Receipts, client: Visitor
) -> None:
    page, _ = client.follow(client.search_acte("12345222"))
    assert paper_rows(page) == [True, True, True]
    again = client.submit(page, "btnSoumt", {"rdDocmn": page.page.radios("rdDocmn")[0]})
    assert "support papier" in again.page.messages[0]
    assert "Vous devez sélectionner" in client.submit(page, "btnSoumt").page.messages[0]
    assert replica.till().since(before).sales == []


@pytest.mark.parametrize("source", ["index", "acte", "plan"])
def test_a_large_document_is_sold_by_the_confirmation(
    replica: Replica, before: Receipts, client: Visitor, source: str
) -> None:
    if source == "acte":
        answer = client.search_acte("12345333")
    else:
        answer = client.search_lot("1234333", path=paths.INDEX if source == "index" else paths.PLAN)
    page, _ = client.follow(answer)
    (button,) = [b for b in page.page.inputs if b.get("name") == "btnConfr"]
    assert (button["class"], button["value"], button["accesskey"]) == ("BoutnStand", "Confirmer", "C")
    assert replica.till().since(before).sales == []
    _, hops = client.follow(client.submit(page, "btnConfr"))
    assert hops == 4
    after = replica.till().since(before)
    assert [sale.path for sale in after.sales] == [paths.CONFIRM]
    assert after.clicks[-1].button == "Confirmer"


def test_who_does_not_confirm_pays_nothing(replica: Replica, before: Receipts, client: Visitor) -> None:
    page, _ = client.follow(client.search_lot("1234333"))
    assert client.submit(page, "btnAnnul").location == paths.WELCOME
    assert replica.till().since(before).sales == []


def test_a_plan_is_sold_by_the_choice(replica: Replica, before: Receipts, client: Visitor) -> None:
    page, _ = client.follow(client.search_lot("1234444", path=paths.PLAN))
    assert page.path.startswith(paths.PLAN_CHOICE)
    assert len(page.page.radios("rdPlan")) == 3
    assert page.page.messages == []
    _, hops = client.follow(client.submit(page, "btnSoumt", {"rdPlan": "2"}))
    assert hops == 4
    (sale,) = replica.till().since(before).sales
    assert (sale.title, sale.path) == ("Plan du lot 1234444, 2019", paths.PLAN_CHOICE)


def test_a_large_plan_is_chosen_and_then_confirmed(
    replica: Replica, before: Receipts, client: Visitor
) -> None:
    page, _ = client.follow(client.search_lot("1233444", path=paths.PLAN))
    page, _ = client.follow(client.submit(page, "btnSoumt", {"rdPlan": "0"}))
    assert page.path.startswith(paths.CONFIRM)
    assert replica.till().since(before).sales == []
    client.submit(page, "btnConfr")
    assert [sale.path for sale in replica.till().since(before).sales] == [paths.CONFIRM]


def test_the_plan_of_an_inactive_lot_is_offered_with_the_message(client: Visitor) -> None:
    page, _ = client.follow(client.search_lot("1234555", path=paths.PLAN))
    assert "est inactif" in page.page.messages[0]
    assert len(page.page.radios("rdPlan")) == 3


def test_a_button_pressed_twice_on_one_page_sells_once(
    replica: Replica, before: Receipts, client: Visitor
) -> None:
    page, _ = client.follow(client.search_lot("1234333"))
    for _ in range(2):
        assert client.submit(page, "btnConfr").status == 302
    after = replica.till().since(before)
    assert (len(after.sales), len(after.clicks)) == (1, 3)
