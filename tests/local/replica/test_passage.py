import threading
from http.client import IncompleteRead, RemoteDisconnected

import pytest

from poolmgr.domain.errors import Refused
from poolmgr.local.replica import paths
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.till import Receipts
from tests.local.replica.visitor import Answer, Visitor
from tests.waiting import until


def test_steps_are_counted(replica: Replica, client: Visitor) -> None:
    client.save(client.follow(client.search_lot("2274178"))[0])
    expected = {
        "login_page",
        "login",
        "search",
        "choose_circonscription",
        "choose_cadastre",
        "submit",
        "save",
    }
    expected |= {"redirect_1", "redirect_2", "redirect_3", "redirect_4", "document", "save"}
    assert dict(replica.steps().reached) == dict.fromkeys(expected, 1)


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("error_500", 500, "Erreur interne du serveur"),
        ("maintenance", 503, "travaux d'entretien"),
        ("unknown_page", 200, "ne fait partie d'aucun parcours"),
        ("html", 200, "ne peut être affiché"),
        ("no_download", 204, ""),
    ],
)
def test_a_fault_takes_the_place_of_one_answer(
    replica: Replica, client: Visitor, name: str, status: int, words: str
) -> None:
    replica.fault(name, "search")
    answer = client.get(paths.INDEX)
    assert answer.status == status
    assert words in answer.page.words
    assert "selCircnFoncr" in client.get(paths.INDEX).page.fields()


@pytest.mark.parametrize("step", ["submit", "redirect_1"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_fault_after_the_submit_comes_when_the_sale_is_made(
    replica: Replica, before: Receipts, client: Visitor, step: str, when: str
) -> None:
    page = client.choose(paths.INDEX, "Laval")
    replica.fault("error_500", step, when="after" if when == "after" else "before")
    assert client.submit(page, "btnSoumt", {"txtNumrtLot": "1234567"}).status == 500
    sold = (step, when) != ("submit", "before")
    after = replica.till().since(before)
    assert (len(after.clicks), len(after.sales)) == (1, int(sold))


def test_faults_wait_for_their_times_and_for_being_cleared(replica: Replica, visitor: Visitor) -> None:
    replica.fault("error_500", "entry", times=2)
    assert [visitor.get(paths.BASE).status for _ in range(3)] == [500, 500, 200]
    replica.fault("maintenance", "entry", times=None)
    assert [visitor.get(paths.BASE).status for _ in range(3)] == [503, 503, 503]
    replica.clear_faults()
    assert visitor.get(paths.BASE).status == 200


def test_a_slow_step_is_only_slow(replica: Replica, visitor: Visitor) -> None:
    replica.fault("slow", "entry", seconds=0.05)
    replica.fault("error_500", "entry")
    assert visitor.get(paths.BASE).status == 500
    assert visitor.get(paths.BASE).status == 200


def test_a_request_hangs_until_it_is_released(replica: Replica, before: Receipts, client: Visitor) -> None:
    page = client.choose(paths.INDEX, "Laval")
    replica.fault("hang", "submit")
    statuses: list[int] = []
    thread = threading.Thread(
        target=lambda: statuses.append(client.submit(page, "btnSoumt", {"txtNumrtLot": "1234567"}).status)
    )
    thread.start()
    until(lambda: replica.steps().waiting == {"submit": 1})
    assert replica.till().since(before).sales == []
    replica.release()
    thread.join()
    assert statuses == [302]
    assert len(replica.till().since(before).sales) == 1
    assert replica.steps().waiting == {}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_hanging_request_whose_client_leaves_goes_no_further(
    replica: Replica, before: Receipts, client: Visitor, when: str
) -> None:
    page = client.choose(paths.INDEX, "Laval")
    replica.fault("hang", "submit", when="after" if when == "after" else "before")
    client.limit_seconds = 0.1
    with pytest.raises(TimeoutError):
        client.submit(page, "btnSoumt", {"txtNumrtLot": "1234567"})
    until(lambda: replica.steps().waiting == {})
    replica.release()
    assert len(replica.till().since(before).sales) == int(when == "after")


def test_a_connection_may_close_without_an_answer(replica: Replica, visitor: Visitor) -> None:
    replica.fault("disconnect", "entry")
    with pytest.raises((ConnectionResetError, RemoteDisconnected)):
        visitor.get(paths.BASE)
    assert visitor.get(paths.BASE).status == 200


def test_a_session_may_expire_at_any_step(replica: Replica, before: Receipts, client: Visitor) -> None:
    page = client.choose(paths.INDEX, "Laval")
    replica.fault("session_expiry", "submit", when="after")
    answer = client.submit(page, "btnSoumt", {"txtNumrtLot": "1234567"})
    assert answer.location == f"{paths.LOGIN}?msg=expir"
    assert client.get(paths.INDEX).status == 302
    assert len(replica.till().since(before).sales) == 1


def test_a_save_may_break_off_or_be_cut(replica: Replica, client: Visitor) -> None:
    frames, _ = client.follow(client.search_lot("2274178"))
    whole = client.save(frames).body
    replica.fault("truncated")
    with pytest.raises(IncompleteRead) as broken:
        client.save(frames)
    assert whole.startswith(broken.value.partial)
    assert broken.value.expected == len(whole) - len(broken.value.partial)
    replica.fault("cut")
    saved = client.save(frames)
    assert (saved.status, saved.body == whole) == (200, False)
    assert client.save(frames).body == whole


def test_every_step_can_fail(replica: Replica, client: Visitor) -> None:
    """Each step is set to fail once, and a whole visit meets it there."""
    for path, step in ((paths.BASE, "entry"), (paths.WELCOME, "welcome"), (paths.LOGIN, "login_page")):
        replica.fault("error_500", step)
        assert client.get(path).status == 500
    choice, _ = client.follow(client.search_lot("1233444", path=paths.PLAN))
    similar, _ = client.follow(client.search_acte("12345111"))
    confirm, _ = client.follow(client.submit(choice, "btnSoumt", {"rdPlan": "0"}))
    frames, _ = client.follow(client.submit(confirm, "btnConfr"))
    menu, document = (frame["src"] for frame in frames.page.attributes("frame"))
    pages = {"plan_choice": choice.path, "similar": similar.path, "confirm": confirm.path}
    pages |= {"document": frames.path, "menu": menu, "page": document}
    for step, path in pages.items():
        replica.fault("error_500", step)
        assert (step, client.get(path).status) == (step, 500)
    presses: tuple[tuple[str, Answer, str, dict[str, str]], ...] = (
        ("choose_plan", choice, "btnSoumt", {"rdPlan": "1"}),
        ("choose_similar", similar, "btnSoumt", {"rdDocmn": "1"}),
        ("confirmed", confirm, "btnConfr", {}),
    )
    for step, page, button, changes in presses:
        replica.fault("error_500", step)
        assert (step, client.submit(page, button, changes).status) == (step, 500)


def test_redirects_can_fail_one_by_one(replica: Replica, client: Visitor) -> None:
    for number in range(1, 5):
        replica.fault("error_500", f"redirect_{number}")
        answer, hops = client.follow(client.search_lot("2274178"))
        assert (answer.status, hops) == (500, number - 1)


def test_an_unknown_fault_step_or_field_is_refused(replica: Replica) -> None:
    for name, step, field in (("flood", "entry", ""), ("slow", "nowhere", ""), ("renamed_field", "", "txtX")):
        with pytest.raises(Refused, match="is one of"):
            replica.fault(name, step, field=field)
    with pytest.raises(Refused, match="save_mode is one of"):
        replica.settings(save_mode="carrier pigeon")
