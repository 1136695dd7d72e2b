from dataclasses import replace

import pytest

from poolmgr.domain.budgets import Budget, budget, cad, sentence

HALF = Budget(
    registry="land", limit_cents=2400, reserved_cents=0, spent_cents=1200, price_cents=150, enough=True
)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (HALF, "12.00 of 24.00 CAD spent today"),
        (replace(HALF, reserved_cents=150), "12.00 of 24.00 CAD spent today, 1.50 reserved"),
        (replace(HALF, spent_cents=2400, enough=False), "the day's budget is spent: 24.00 of 24.00 CAD"),
        (
            replace(HALF, spent_cents=2250, reserved_cents=150, enough=False),
            "the day's budget is spent: 22.50 of 24.00 CAD, 1.50 reserved",
        ),
        (
            replace(HALF, spent_cents=2300, enough=False),
            "the day's budget is spent: 23.00 of 24.00 CAD, one more costs 1.50",
        ),
        (replace(HALF, limit_cents=0, enough=False), "nothing is bought: money.land_cents_a_day is 0"),
    ],
)
def test_a_budget_is_said_with_its_cents(found: Budget, said: str) -> None:
    assert sentence(found) == said


def test_a_budget_survives_its_way_through_json() -> None:
    assert budget(HALF.as_json()) == HALF


def test_nonsense_is_a_budget_of_nothing() -> None:
    found = budget({"registry": "x" * 500, "limit_cents": "24", "spent_cents": None, "enough": 1})
    assert found == Budget(
        registry="x" * 100, limit_cents=0, reserved_cents=0, spent_cents=0, price_cents=0, enough=False
    )


def test_cents_are_said_as_dollars() -> None:
    assert [cad(cents) for cents in (0, 5, 150, 123_456)] == ["0.00", "0.05", "1.50", "1234.56"]
