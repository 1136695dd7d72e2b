"""A budget that is spent stops claims before they are made, and lets what is paid come home."""

import pytest

from tests.migrations.calls import Row
from tests.migrations.protocol import Protocol
from tests.migrations.till import PAID

PRICES = {"land": 150, "rdprm": 1200}


def depth(protocol: Protocol, kind: str, host: str = "h1") -> int:
    found = {row["kind"]: row["ready"] for row in protocol.rows("pool_depths", host=host)}
    return int(found[kind])


def spend(protocol: Protocol, kind: str, cents: int, reserved: int = 0) -> None:
    protocol.query(
        "insert into public.pool_budgets (registry, day, spent_cents, reserved_cents) "
        "values (%s, (clock_timestamp() at time zone 'America/Toronto')::date, %s, %s)",
        kind,
        cents,
        reserved,
    )


def today(protocol: Protocol, registry: str) -> Row:
    return {row["registry"]: row for row in protocol.rows("pool_budgets_list", days=1)}[registry]


@pytest.mark.parametrize("kind", PAID)
def test_without_a_budget_nothing_that_must_be_bought_is_claimed(penniless: Protocol, kind: str) -> None:
    row = penniless.add(kind)
    assert penniless.claim(kind) == []
    assert depth(penniless, kind) == 0
    assert penniless.unmet(kind, row) == ["the day's budget allows it"]
    penniless.configure(budgets={kind: 1})
    assert depth(penniless, kind) == 1
    assert penniless.unmet(kind, row) == []
    assert len(penniless.claim(kind)) == 1


@pytest.mark.parametrize("kind", ["req", "ocr_index", "ocr_acte"])
def test_what_is_not_bought_asks_no_budget(penniless: Protocol, kind: str) -> None:
    penniless.add(kind)
    assert depth(penniless, kind) == 1
    assert len(penniless.claim(kind)) == 1


@pytest.mark.parametrize("kind", PAID)
@pytest.mark.parametrize(
    ("left", "reserved", "claimed"), [(0, 0, 1), (0, 1, 0), (1, 0, 0), (-1, 0, 1)], ids=str
)
def test_the_last_cent_decides(
    penniless: Protocol, kind: str, left: int, reserved: int, claimed: int
) -> None:
    """`left`: cents more than what leaves exactly one price."""
    penniless.configure(budgets={kind: 5000}, prices=PRICES)
    spend(penniless, kind, 5000 - PRICES[kind] + left, reserved)
    penniless.add(kind)
    assert depth(penniless, kind) == claimed
    assert today(penniless, kind)["enough"] is bool(claimed)
    assert len(penniless.claim(kind)) == claimed


@pytest.mark.parametrize("kind", PAID)
def test_a_price_of_nothing_still_needs_a_budget(penniless: Protocol, kind: str) -> None:
    penniless.configure(budgets={kind: 0}, prices={kind: 0})
    penniless.add(kind)
    assert penniless.claim(kind) == []
    penniless.configure(budgets={kind: 1})
    assert len(penniless.claim(kind)) == 1


@pytest.mark.parametrize("kind", PAID)
def test_a_claim_and_an_intent_agree_until_the_budget_is_spent(penniless: Protocol, kind: str) -> None:
    """Nothing is claimed only to be given back."""
    penniless.configure(budgets={kind: 3 * PRICES[kind] + 1}, prices=PRICES)
    for _ in range(5):
        penniless.add(kind)
    bought = 0
    while claims := penniless.claim(kind):
        answer = penniless.intent(claims[0], f"{bought}", PRICES[kind])
        assert answer["answer"] == "go"
        assert penniless.mark(claims[0], answer["id"], "clicked") == "applied"
        bought += 1
    assert bought == 3
    assert depth(penniless, kind) == 0
    assert penniless.budget(kind) == (0, 3 * PRICES[kind])


@pytest.mark.parametrize("kind", PAID)
def test_a_paid_file_is_delivered_though_the_budget_is_spent(protocol: Protocol, kind: str) -> None:
    claim = protocol.claimed(kind, host="h1")
    purchase = protocol.bought(claim, "secured")
    protocol.settle(claim, "released")
    unpaid = protocol.add(kind)
    protocol.configure(budgets={kind: 150}, prices=PRICES)
    assert (depth(protocol, kind, "h1"), depth(protocol, kind, "h2")) == (1, 0)
    assert protocol.unmet(kind, claim["row_id"]) == ["any host may take it"]
    assert protocol.unmet(kind, unpaid) == ["the day's budget allows it"]
    assert protocol.claim(kind, host="h2", how_many=9) == []
    (again,) = protocol.claim(kind, host="h1", how_many=9)
    assert again["row_id"] == claim["row_id"]
    assert protocol.settle(again, "done") == "applied"
    assert protocol.purchase(purchase)["state"] == "delivered"


@pytest.mark.parametrize("kind", PAID)
def test_a_delivery_waits_for_its_time_and_counts_no_attempt_though_the_budget_is_spent(
    protocol: Protocol, kind: str
) -> None:
    protocol.configure(max_attempts=1)
    most: Row = {"max_attempts": None} if kind == "land" else {}
    claim = protocol.claimed(kind, **most)
    protocol.bought(claim, "secured")
    protocol.settle(claim, "retry", after_seconds=60)
    protocol.configure(budgets={})
    assert depth(protocol, kind) == 0
    assert protocol.claim(kind) == []
    protocol.ripen()
    assert depth(protocol, kind) == 1
    assert protocol.attempts(claim) == 0
    assert len(protocol.claim(kind)) == 1


@pytest.mark.parametrize("kind", PAID)
def test_a_switch_that_is_off_stops_deliveries_too(protocol: Protocol, kind: str) -> None:
    claim = protocol.claimed(kind)
    protocol.bought(claim, "secured")
    protocol.settle(claim, "released")
    protocol.configure(budgets={}, switches={kind: False})
    assert depth(protocol, kind) == 0
    assert protocol.claim(kind) == []


def test_two_deliveries_are_taken_oldest_first(protocol: Protocol) -> None:
    rows = []
    for number in (3, 1, 2):
        claim = protocol.claimed("land", created_at=f"2026-01-0{number}T00:00:00Z")
        protocol.bought(claim, "secured", f"{number}")
        rows.append((number, claim))
    for _, claim in rows:
        protocol.settle(claim, "released")
    protocol.configure(budgets={})
    oldest_first = [claim["row_id"] for _, claim in sorted(rows, key=lambda one: one[0])]
    assert [claim["row_id"] for claim in protocol.claim("land", how_many=2)] == oldest_first[:2]
    assert [claim["row_id"] for claim in protocol.claim("land", how_many=2)] == oldest_first[2:]


def test_a_delivery_that_another_claim_looks_at_is_passed_over(protocol: Protocol) -> None:
    claim = protocol.claimed("land")
    protocol.bought(claim, "secured")
    protocol.settle(claim, "released")
    protocol.configure(budgets={})
    with protocol.beside() as other:
        other.execute("select 1 from public.extraction_queue where id = %s for update", [claim["row_id"]])
        assert protocol.claim("land") == []
    assert len(protocol.claim("land")) == 1


def test_a_new_day_by_quebecs_calendar_has_its_whole_budget(penniless: Protocol) -> None:
    penniless.configure(budgets={"land": 150}, prices=PRICES)
    spend(penniless, "land", 150)
    penniless.add("land")
    assert penniless.claim("land") == []
    penniless.query("update public.pool_budgets set day = day - 1")
    assert depth(penniless, "land") == 1
    assert len(penniless.claim("land")) == 1


def test_the_other_registrys_budget_changes_nothing(penniless: Protocol) -> None:
    penniless.configure(budgets={"land": 5000, "rdprm": 0}, prices=PRICES)
    spend(penniless, "land", 4851)
    penniless.configure(budgets={"land": 5000, "rdprm": 1200})
    penniless.add("rdprm")
    penniless.add("land")
    assert [claim["kind"] for claim in penniless.claim(how_many=9)] == ["rdprm"]


def test_why_says_the_cents(penniless: Protocol) -> None:
    penniless.configure(budgets={"land": 2400}, prices=PRICES)
    spend(penniless, "land", 2250, reserved=150)
    row_id = penniless.add("land")
    (found,) = (
        row
        for row in penniless.rows("pool_why", kind="land", row_id=row_id)
        if row["condition"] == "the day's budget allows it"
    )
    assert found["met"] is False
    assert found["value"] == "2250 spent and 150 reserved of 2400 cents, one costs 150"
    assert found["facts"] == {
        "limit_cents": 2400,
        "reserved_cents": 150,
        "spent_cents": 2250,
        "price_cents": 150,
        "enough": False,
    }


def test_todays_line_says_the_limit_in_force_before_anything_was_bought(penniless: Protocol) -> None:
    assert penniless.rows("pool_budgets_list", days=1) == []
    penniless.configure(budgets={"land": 300, "rdprm": 0}, prices=PRICES)
    lines = penniless.rows("pool_budgets_list", days=1)
    assert [(one["registry"], one["limit_cents"], one["price_cents"], one["enough"]) for one in lines] == [
        ("land", 300, 150, True),
        ("rdprm", 0, 1200, False),
    ]
    claim = penniless.claimed("land")
    penniless.bought(claim, "clicked")
    penniless.configure(budgets={"land": 200})
    line = today(penniless, "land")
    assert (line["limit_cents"], line["spent_cents"], line["enough"]) == (200, 150, False)
    penniless.query("update public.pool_budgets set day = day - 1")
    now, yesterday = (row for row in penniless.rows("pool_budgets_list", days=2) if row["registry"] == "land")
    assert (now["spent_cents"], yesterday["spent_cents"]) == (0, 150)
    assert (yesterday["limit_cents"], yesterday["price_cents"], yesterday["enough"]) == (300, None, None)
