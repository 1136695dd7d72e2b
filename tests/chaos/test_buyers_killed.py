"""A death at every step of a purchase: before the click nothing is lost, after it nothing is paid twice."""

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from poolmgr.domain.json import JsonObject
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.faults import When
from poolmgr.local.replica.places import cadastres
from tests.chaos.market import ANSWER_SECONDS, PARTS, Market, Part, a_plan, an_acte, an_index, number
from tests.clusters import Database
from tests.waiting import until

LOGIN = ("entry", "login_page", "login", "welcome")
TO_THE_FILE = ("redirect_1", "redirect_2", "redirect_3", "redirect_4", "document", "menu", "page", "save")


@dataclass(frozen=True, kw_only=True)
class Flow:
    """The steps of one kind of order, in the order in which they come; `paid` begins with the click."""

    order: Callable[[], JsonObject]
    free: Sequence[str]
    paid: Sequence[str]

    @property
    def places(self) -> list[tuple[str, When]]:
        """Before each step; after those in which the site sells, too."""
        selling = [
            step for step in ("submit", "choose_similar", "choose_plan", "confirmed") if step in self.paid
        ]
        return [
            *((step, "before") for step in (*self.free, *self.paid)),
            *((step, "after") for step in selling),
        ]


SELLING = ("submit", "choose_similar", "choose_plan", "confirmed")
FLOWS = {
    "index": Flow(
        order=lambda: an_index("333"),
        free=(*LOGIN, "search", "choose_circonscription", "choose_cadastre"),
        paid=("submit", "confirm", "confirmed", *TO_THE_FILE),
    ),
    "acte": Flow(
        order=lambda: an_acte("111"),
        free=(*LOGIN, "search"),
        paid=("submit", "similar", "choose_similar", *TO_THE_FILE),
    ),
    "plan": Flow(
        order=lambda: a_plan("444"),
        free=(*LOGIN, "search", "choose_circonscription", "choose_cadastre"),
        paid=("submit", "plan_choice", "choose_plan", *TO_THE_FILE),
    ),
}


def strike(market: Market, part: Part, order: JsonObject, place: tuple[str, When], *, free: bool) -> None:
    """SIGKILL of one part while a visit stands at this step, and what has to become of its job."""
    market.replica.reset()
    row, life = market.stop_at(place[0], order, place[1])
    life.send(part, signal.SIGKILL)
    if free:
        check_bought_once(market, row, part)
    else:
        market.wait_until_held(row)
        assert market.books.sales(row) <= 1
    if part == "child":
        life.wait_until_gone()
    else:
        until(lambda: not {life.pids["node"], life.pids["browser"]} & {*life.left()}, 5, "the browser's end")


def check_bought_once(market: Market, row: str, part: Part) -> None:
    """A crash of the child counts an attempt, the end of its browser none; one click, one sale."""
    market.wait_until_bought(row)
    assert market.books.job(row).attempts == int(part == "child")
    assert market.books.states(row) == ["void", "delivered"]
    assert market.books.sales(row) == 1


def test_a_child_killed_before_the_click_buys_in_its_next_life_and_after_it_never_again(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    places: list[tuple[str, When]] = [("choose_cadastre", "before"), ("submit", "after")]
    with Market(tmp_path, any_database, replica) as market:
        for place in places:
            strike(market, "child", an_index(), place, free=place[0] in FLOWS["index"].free)
        market.close(evictions=None)


@pytest.mark.proof
def test_a_browser_or_its_driver_killed_before_the_click_costs_no_attempt_and_after_it_the_row_is_held(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    # The held one first: whoever comes after it needs another browser.
    deaths: list[tuple[Part, tuple[str, When]]] = [
        ("browser", ("document", "before")), ("node", ("choose_cadastre", "before")),
    ]  # fmt: skip
    with Market(tmp_path, any_database, replica) as market:
        for part, place in deaths:
            strike(market, part, an_index(), place, free=place[0] in FLOWS["index"].free)
        assert len(market.workers()) == 2, "the child was to live on"
        market.close(evictions=None)


@pytest.mark.proof
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("flow", FLOWS)
def test_a_death_at_any_step_of_any_flow_loses_no_job_and_pays_for_none_twice(
    any_database: Database, tmp_path: Path, replica: Replica, flow: str, part: Part
) -> None:
    found = FLOWS[flow]
    with Market(tmp_path, any_database, replica) as market:
        (row,) = market.order(found.order())
        market.wait_until_bought(row)
        assert {*replica.steps().reached} == {*found.free, *found.paid}
        for place in found.places:
            strike(market, part, found.order(), place, free=place[0] in found.free)
        market.close(evictions=None)


@pytest.mark.proof
def test_what_died_after_its_click_is_bought_again_once_where_the_operator_said_so(
    any_database: Database, tmp_path: Path, replica: Replica
) -> None:
    with Market(tmp_path, any_database, replica, money__land_unknown="rebuy_once") as market:
        row, life = market.stop_at("document", an_index())
        replica.fault("hang", "document")
        life.send("child", signal.SIGKILL)
        until(lambda: market.books.states(row) == ["allowed", "clicked"], 20, "the next life's click")
        market.wait_until_at("document")
        market.life().send("child", signal.SIGKILL)
        market.wait_until_held(row)
        assert (market.books.states(row), market.books.sales(row)) == (["allowed", "unknown"], 2)
        market.close(evictions=None)


def a_radiation() -> JsonObject:
    """Asked for as an Acte, as an Acte divers, and found as a Radiation."""
    return an_acte("135")


def a_village_lot() -> JsonObject:
    """Asked for in the parish, in the canton, and found in the village."""
    places = {one.text.partition(" ")[0]: one.text for one in cadastres("Argenteuil")}
    village = places["Village"]
    named = (village.replace("Village", "Paroisse"), places["Canton"], village)
    return a_plan("135") | {
        "document_number": number("135")[1:],
        "circonscription_fonciere": "Argenteuil",
        "cadastre": ", ".join(named),
    }


@pytest.mark.proof
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("order", [a_radiation, a_village_lot], ids=lambda order: order.__name__)
def test_a_death_under_any_name_of_an_order_loses_no_job_and_pays_for_none_twice(
    any_database: Database, tmp_path: Path, replica: Replica, order: Callable[[], JsonObject], part: Part
) -> None:
    """Until the site has answered a click nobody knows whether it sold: that row is held under each name."""
    places: list[tuple[str, When]] = [("search", "before"), ("submit", "before"), ("submit", "after")]
    with Market(tmp_path, any_database, replica) as market:
        for asked_before, (step, when) in product(range(3), places):
            market.replica.reset()
            row, life = market.stop_at(step, order(), when, spares=asked_before)
            life.send(part, signal.SIGKILL)
            if step == "search":
                market.wait_until_bought(row, within_seconds=3 * ANSWER_SECONDS)
                states = market.books.states(row)
                assert states.count("delivered") == 1
                assert {*states} <= {"void", "not_sold", "delivered"}
                assert market.books.sales(row) == 1
            else:
                market.wait_until_held(row)
                found = asked_before == 2 and when == "after"
                assert market.books.sales(row) == int(found)
                clicked = [state for state in market.books.states(row) if state != "void"]
                assert clicked == ["not_sold"] * asked_before + ["unknown"]
        market.close(evictions=None)
