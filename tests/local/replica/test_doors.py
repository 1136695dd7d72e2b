import pytest

from poolmgr.local.replica import paths
from poolmgr.local.replica.accounts import ACCOUNTS, Account
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.till import Receipts
from tests.local.replica.visitor import ONE, TWO, Visitor


def test_the_entry_is_an_image_map_that_leads_to_the_login_page(visitor: Visitor) -> None:
    entry = visitor.get(paths.BASE)
    (area,) = entry.page.attributes("area")
    (image,) = entry.page.attributes("img")
    assert area["title"] == area["alt"]
    assert "Registre foncier" in image["alt"]
    assert visitor.get(image["src"]).body.startswith(b"GIF89a")
    login = visitor.get(paths.BASE + area["href"])
    assert {"txtVaCodeUtils", "txtMotPasse"} <= login.page.fields().keys()


def test_pages_say_and_are_iso_8859_1(visitor: Visitor) -> None:
    login = visitor.get(paths.LOGIN)
    assert login.headers["content-type"] == "text/html; charset=ISO-8859-1"
    assert "Registre foncier du Québec".encode("iso-8859-1") in login.body


def test_the_login_form_has_the_hidden_fields_of_the_site(visitor: Visitor) -> None:
    fields = visitor.get(paths.LOGIN).page.fields()
    kept = {"txtEtat": "valdr", "txtBoutn": "btnSoumt", "txtInAfichQuestIdentPersn": "N"}
    assert kept.items() <= fields.items()


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.username)
def test_each_account_is_welcomed_by_name_with_its_accents(visitor: Visitor, account: Account) -> None:
    welcome, hops = visitor.follow(visitor.login(account))
    assert hops == 1
    for words in ("Bienvenue", account.name, "Fermer la session"):
        assert words in welcome.page.words
    links = {link["href"] for link in welcome.page.attributes("a")}
    assert {paths.INDEX, paths.ACTE, paths.PLAN, paths.LOGOUT} <= links
    assert {"Consulter", "Commander"} == set(welcome.page.buttons().values())


@pytest.mark.parametrize(
    ("username", "password", "why"),
    [
        (ONE.username, "faux", "password"),
        (ONE.username, TWO.password, "password"),
        ("personne", "x", "unknown"),
    ],
)
def test_a_refused_login_shows_the_form_again_with_a_message(
    replica: Replica, before: Receipts, visitor: Visitor, username: str, password: str, why: str
) -> None:
    again = visitor.login(Account(username=username, password=password, name=""))
    assert again.status == 200
    assert "invalide" in again.page.messages[0]
    assert "image_message.gif" in again.html
    assert "txtMotPasse" in again.page.fields()
    assert visitor.cookie == ""
    (login,) = replica.till().since(before).logins
    assert (login.account, login.ok, login.why) == (username, False, why)


def test_a_locked_account_is_refused_and_the_others_are_not(
    replica: Replica, before: Receipts, visitor: Visitor
) -> None:
    replica.fault("account_lock", field=ONE.username)
    assert "verrouillé" in visitor.login().page.messages[0]
    assert visitor.login(TWO).status == 302
    assert [login.why for login in replica.till().since(before).logins] == ["locked", ""]


def test_a_login_without_the_hidden_fields_is_none(
    replica: Replica, before: Receipts, visitor: Visitor
) -> None:
    page = visitor.get(paths.LOGIN)
    typed = {"txtVaCodeUtils": ONE.username, "txtMotPasse": ONE.password, "txtBoutn": ""}
    assert visitor.submit(page, "btnSoumt", typed).status == 200
    assert replica.till().since(before).logins == []


def test_a_login_ends_the_older_session_of_its_account_alone(
    replica: Replica, before: Receipts, client: Visitor
) -> None:
    other, newer = Visitor(replica.url), Visitor(replica.url)
    other.login(TWO)
    newer.login(ONE)
    expired, hops = client.follow(client.get(paths.INDEX))
    assert hops == 1
    assert "session est expirée" in expired.page.messages[0]
    assert "txtMotPasse" in expired.page.fields()
    assert newer.get(paths.INDEX).status == other.get(paths.INDEX).status == 200
    assert [one.account for one in replica.till().since(before).evictions] == [ONE.username]


def test_an_idle_session_ends_and_is_no_eviction(replica: Replica, before: Receipts, client: Visitor) -> None:
    replica.settings(session_seconds=0)
    assert client.get(paths.WELCOME).location == f"{paths.LOGIN}?msg=expir"
    client.login()
    assert replica.till().since(before).evictions == []


def test_who_leaves_has_no_session_and_evicts_nobody(
    replica: Replica, before: Receipts, client: Visitor
) -> None:
    assert client.get(paths.LOGOUT).location == paths.BASE
    assert client.get(paths.INDEX).status == 302
    client.login()
    assert replica.till().since(before).evictions == []


def test_accounts_may_be_set(replica: Replica, visitor: Visitor) -> None:
    replica.settings(accounts={"neuf": "clé"})
    assert visitor.login().status == 200
    assert visitor.login(Account(username="neuf", password="clé", name="")).status == 302


def test_commander_is_kept_as_an_order_wherever_it_is_pressed(
    replica: Replica, before: Receipts, client: Visitor
) -> None:
    page = client.get(paths.WELCOME)
    client.send("POST", paths.WELCOME, {"btnCommd": "Commander"})
    client.submit(client.choose(paths.INDEX, "Laval"), "btnCommd", {"txtNumrtLot": "1234567"})
    client.submit(client.get(client.search_acte("20000111").location), "btnCommd")
    after = replica.till().since(before)
    assert page.page.buttons()["btnCommd"] == "Commander"
    assert [order.path for order in after.orders] == [paths.WELCOME, paths.INDEX, paths.SIMILAR]
    assert [order.asked.number for order in after.orders if order.asked] == ["1234567", "20000111"]
    assert after.sales == []
