"""The arithmetic behind every claim of speed; nothing here is timed."""

import math
import statistics
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import folds, pairs, percentile, samples, short, single, slope

VALUES = st.lists(st.floats(min_value=0.001, max_value=1e6), min_size=1, max_size=50)


def test_a_percentile_lies_between_its_nearest_ranks() -> None:
    values = [40.0, 10.0, 30.0, 20.0]
    assert percentile(values, 0) == 10
    assert percentile(values, 0.5) == 25
    assert percentile(values, 1) == 40
    assert math.isclose(percentile(values, 0.95), 38.5)


@given(VALUES)
def test_the_middle_percentile_is_the_median(values: list[float]) -> None:
    assert math.isclose(percentile(values, 0.5), statistics.median(values))


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


def test_rivals_that_took_turns_are_compared_turn_by_turn() -> None:
    figure = pairs("name", [10, 30, 80], [10, 10, 20], "jobs/s", "meaning")
    assert (figure.ratio, figure.low, figure.high) == (3, 1, 4)
    assert (figure.over, figure.under) == (30, 10)


def test_rivals_with_unequal_turns_are_not_compared() -> None:
    with pytest.raises(ValueError, match="zip"):
        pairs("name", [1.0, 2.0], [1.0], "jobs/s", "meaning")


def test_single_values_are_compared_by_a_statistic_of_all_of_them() -> None:
    over, under = [float(n) for n in range(10, 90, 10)], [10.0] * 4
    figure = samples("name", over, under, partial(percentile, share=0.5), unit="ms", meaning="meaning")
    assert (figure.ratio, figure.low, figure.high) == (4.5, 3, 6)
    assert (figure.over, figure.under) == (45, 10)


@given(VALUES, st.integers(min_value=1, max_value=4))
def test_folds_hold_every_value_once(values: list[float], how_many: int) -> None:
    assert sorted(value for fold in folds(values, how_many) for value in fold) == sorted(values)


def test_what_measured_nothing_is_no_ratio() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        single("name", 1.0, 0.0, "calls/s", "meaning")


def test_a_line_has_one_slope() -> None:
    assert math.isclose(slope([(2, 1.5), (8, 4.5), (32, 16.5)]), 0.5)


def test_a_figure_is_written_without_exponents() -> None:
    assert [short(value) for value in (0.5, 12.3456, 123456.7)] == ["0.5", "12.3", "123,457"]
