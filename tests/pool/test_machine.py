import time

import psutil
import pytest

from poolmgr.pool.capacity import GB
from poolmgr.pool.machine import Meter, Rate


def test_the_first_reading_of_a_counter_is_a_beginning_and_no_rate() -> None:
    rate = Rate()
    rate.add(100.0, 5000.0)
    assert (rate.smooth, rate.mean) == (None, None)
    rate.add(101.0, 5001.5)
    assert rate.smooth == 1.5
    assert rate.mean == 1.5


def test_a_burst_moves_the_smoothed_rate_slowly_and_the_mean_by_its_share() -> None:
    rate = Rate()
    for second in range(11):
        rate.add(float(second), 0.0)
    rate.add(11.0, 2.0)
    assert rate.smooth == pytest.approx(0.4)
    assert rate.mean == pytest.approx(0.2)


def test_the_mean_is_of_the_last_ten_seconds_alone() -> None:
    rate = Rate()
    for second in range(31):
        rate.add(float(second), float(min(second, 10)))
    assert rate.mean == 0.0


def test_a_counter_that_goes_back_or_a_clock_that_stands_is_no_negative_use() -> None:
    rate = Rate()
    for now, counter in ((0.0, 10.0), (1.0, 9.0), (1.0, 9.0)):
        rate.add(now, counter)
    assert rate.smooth == 0.0
    assert rate.mean == 0.0


def test_this_machine_is_read_as_psutil_sees_it() -> None:
    meter = Meter()
    began = time.monotonic()
    meter.read(began)
    reading = meter.read(began + 1.0)
    machine = reading.bounds[0]
    assert machine.ram == psutil.virtual_memory().total / GB
    assert 0 < machine.used_ram < machine.ram
    assert machine.used_cpu is not None
    assert machine.used_cpu >= 0
