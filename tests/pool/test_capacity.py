import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolmgr.config.settings import ServerSettings
from poolmgr.pool.capacity import (
    NOTHING,
    Bound,
    Reading,
    Size,
    budget,
    fit,
    lacking_cpu,
    lacking_ram,
    pressure,
    unbooked,
)
from poolmgr.pool.costs import Costs

SERVER = ServerSettings()
COSTS = {str(kind): size for kind, size in Costs().all(SERVER).items()}
amounts = st.floats(0, 1000)
sizes = st.builds(Size, cpu=amounts, ram=amounts)


def reading(
    *,
    used_cpu: float | None = 1.0,
    used_ram: float = 4.0,
    mean: float | None = 0.1,
    stall: float | None = None,
    cpu: float = 8,
    ram: float = 16,
) -> Reading:
    machine = Bound(name="the machine", cpu=cpu, ram=ram, used_cpu=used_cpu, used_ram=used_ram)
    return Reading(bounds=(machine,), mean_cpu=mean, memory_stall=stall)


@pytest.mark.parametrize(
    ("cpu", "ram", "registre", "ocr", "booked"),
    [
        (4, 8, 1, 0, Size(cpu=3, ram=1)),
        (8, 16, 1, 2, Size(cpu=5.5, ram=2.25)),
        (16, 32, 2, 4, Size(cpu=11, ram=4.5)),
        (32, 64, 4, 8, Size(cpu=22, ram=9)),
    ],
)
def test_the_sizes_of_machines_that_people_know_hold_as_many_children_as_they_always_did(
    cpu: float, ram: float, registre: int, ocr: int, booked: Size
) -> None:
    found = fit(budget(Size(cpu=cpu, ram=ram), SERVER), COSTS)
    assert (found.registre, found.ocr, found.booked) == (registre, ocr, booked)


def test_on_two_cores_one_child_that_reads_fits_and_the_rest_is_left_to_the_floor() -> None:
    found = fit(budget(Size(cpu=2, ram=4), SERVER), COSTS)
    assert (found.registre, found.ocr) == (0, 1)


@given(room=sizes)
def test_what_fits_never_takes_more_than_there_is(room: Size) -> None:
    assert fit(room, COSTS).booked.fits(room)


@given(room=sizes, more=sizes)
def test_a_larger_machine_never_holds_fewer_children_that_download(room: Size, more: Size) -> None:
    assert fit(room + more, COSTS).registre >= fit(room, COSTS).registre


@given(cost=sizes, booked=sizes, room=sizes)
def test_a_child_is_booked_exactly_when_it_fits_beside_what_is_booked(
    cost: Size, booked: Size, room: Size
) -> None:
    assert (unbooked(cost, booked, room) == "") is cost.fits(room - booked)


@given(cost=sizes, coming=sizes, used=amounts, more=amounts)
def test_what_was_refused_for_memory_is_refused_all_the_more_when_more_is_in_use(
    cost: Size, coming: Size, used: float, more: float
) -> None:
    if lacking_ram(cost, coming, reading(used_ram=used), SERVER):
        assert lacking_ram(cost, coming, reading(used_ram=used + more), SERVER)


def test_a_refusal_names_the_numbers_it_rests_on() -> None:
    index = COSTS["index"]
    assert unbooked(index, Size(cpu=6, ram=2), Size(cpu=6.4, ram=12.8)) == (
        "it is counted with 1.5 vCPU, 0.4 of 6.4 are not booked"
    )
    assert lacking_cpu(index, Size(cpu=1, ram=0), reading(used_cpu=5), SERVER) == (
        "it is counted with 1.5 vCPU, 0.4 are free on the machine: 5 of 8 in use, 20 % kept free, "
        "1 vCPU for children that are starting"
    )
    assert lacking_ram(index, NOTHING, reading(used_ram=12.5), SERVER) == (
        "it is counted with 0.75 GB, 0.3 are free on the machine: 12.5 of 16 in use, 20 % kept free"
    )


def test_children_that_are_starting_are_counted_before_their_use_shows() -> None:
    cost, now = Size(cpu=1, ram=1), reading(used_cpu=0, used_ram=0)
    assert not lacking_cpu(cost, Size(cpu=5.4, ram=0), now, SERVER)
    assert lacking_cpu(cost, Size(cpu=5.5, ram=0), now, SERVER)
    assert not lacking_ram(cost, Size(cpu=0, ram=11.8), now, SERVER)
    assert lacking_ram(cost, Size(cpu=0, ram=11.9), now, SERVER)


def test_the_tightest_of_all_bounds_decides() -> None:
    machine = reading().bounds[0]
    group = Bound(name="cgroup /pool", cpu=1, ram=1, used_cpu=0.7, used_ram=0.7)
    both = Reading(bounds=(machine, group))
    assert both.whole == Size(cpu=1, ram=1)
    assert "on cgroup /pool" in lacking_cpu(Size(cpu=0.5, ram=0), NOTHING, both, SERVER)
    assert "on cgroup /pool" in lacking_ram(Size(cpu=0, ram=0.5), NOTHING, both, SERVER)


def test_before_a_rate_is_known_and_with_nothing_kept_free_the_cpu_refuses_nobody() -> None:
    huge = Size(cpu=100, ram=0)
    assert lacking_cpu(huge, NOTHING, reading(used_cpu=None), SERVER) == ""
    free = ServerSettings(reserve_cpu_percent=0)
    assert lacking_cpu(huge, NOTHING, reading(used_cpu=8), free) == ""


def test_memory_is_short_when_the_reserve_is_touched_or_everybody_waits_for_it() -> None:
    assert pressure(reading(used_ram=12.8), SERVER) == ""
    assert pressure(reading(used_ram=12.9), SERVER) == (
        "12.9 of 16 GB are in use on the machine, 20 % should be free"
    )
    assert "6 % of the time" in pressure(reading(stall=6.0), SERVER)
    assert pressure(reading(stall=5.0), SERVER) == ""
