"""What the run asserts: an idle child takes at most half of what it would take alone."""

import os

import pytest

from bench.figures import single
from bench.memory import IDLE, holds, pss_megabytes


@pytest.mark.parametrize(("ours", "whether"), [(20.0, True), (25.0, True), (25.1, False)])
def test_an_idle_child_may_take_half(ours: float, whether: bool) -> None:
    assert holds([single(IDLE, ours, 50.0, "MB", "meaning")]) is whether


def test_only_the_idle_child_is_asserted() -> None:
    assert holds([single("another figure", 9.0, 1.0, "MB", "meaning")])


def test_the_kernel_says_what_a_process_takes() -> None:
    assert 1 < pss_megabytes(os.getpid()) < 10_000
