import time
from collections.abc import Iterator

import pytest

from poolmgr.config.settings import ServerSettings
from poolmgr.pool.capacity import Size
from poolmgr.telemetry.events import Event, subscribe
from tests.pool.conftest import Rooms


@pytest.fixture
def refused() -> Iterator[list[Event]]:
    heard: list[Event] = []
    silence = subscribe(lambda event: heard.append(event) if event.name == "child.refused" else None)
    yield heard
    silence()


@pytest.mark.parametrize(
    ("cpu", "ram", "registre", "wanted", "names"),
    [
        (4, 8, 1, 2, ["registre-1"]),
        (8, 16, 1, 2, ["registre-1", "ocr-1", "ocr-2"]),
        (16, 32, 2, 4, ["registre-1", "ocr-1", "ocr-2", "registre-2", "ocr-3", "ocr-4"]),
    ],
)
def test_what_is_started_on_an_idle_machine_is_what_the_plan_says(
    rooms: Rooms, cpu: float, ram: float, registre: int, wanted: int, names: list[str]
) -> None:
    room = rooms(cpu=cpu, ram=ram, registre=registre, ocr=wanted)
    assert sorted(room.fill()) == sorted(names)


def test_what_does_not_fit_says_so_with_numbers_and_once(rooms: Rooms, refused: list[Event]) -> None:
    room = rooms(cpu=4, ram=8, registre=1, ocr=1)
    room.fill()
    why = "it is counted with 1.5 vCPU, 0.2 of 3.2 are not booked"
    assert room.refusals() == {"ocr-1": why}
    room.reads()
    room.fill()
    assert [event.fields for event in refused] == [{"name": "ocr-1", "cause": "booked", "why": why}]


def test_memory_that_is_really_in_use_refuses_what_the_bookings_allow(rooms: Rooms) -> None:
    room = rooms(cpu=16, ram=16, ocr=1)
    room.reads(used_ram=12.3)
    assert room.fill() == []
    assert "0.5 are free on the machine: 12.3 of 16 in use" in room.refusals()["ocr-1"]
    room.reads(used_ram=2)
    assert sorted(room.fill()) == ["ocr-1", "registre-1"]
    assert room.refusals() == {}


def test_a_cpu_that_is_really_in_use_refuses_what_the_bookings_allow(rooms: Rooms) -> None:
    room = rooms(cpu=16, ram=16, ocr=1)
    room.reads(used_cpu=10)
    assert room.fill() == ["ocr-1"]
    assert "2.8 - 1.5" not in room.refusals()["registre-1"]
    assert "1.3 are free on the machine: 10 of 16 in use" in room.refusals()["registre-1"]


def test_children_that_are_still_starting_are_counted_though_nothing_shows_yet(rooms: Rooms) -> None:
    room = rooms(cpu=64, ram=4, registre=0, ocr=8)
    names = room.fill()
    assert len(names) == 4, "0.75 GB each of 3.2"
    room.later(60)
    room.reads(used_ram=0.4)
    assert len(room.fill()) == 0, "booked"


def test_on_two_cores_one_of_each_group_runs_over_booked_once_work_waits(rooms: Rooms) -> None:
    room = rooms(cpu=2, ram=24)
    assert room.fill() == ["ocr-1"]
    room.waits(land=1, ocr_index=3, ocr_acte=3)
    place = room.admission.next_place()
    assert place is room.place("registre-1")
    assert room.admission.reason == (
        "over-booked by floor, work waits for it and nobody does it: "
        "it is counted with 3 vCPU, 0.1 of 1.6 are not booked"
    )
    room.occupy(place)
    assert room.state.resources.as_json(room.state.roster, room.state.settings.server)["over_booked"] is True
    room.reads()
    assert room.fill() == []


def test_the_floor_needs_memory(rooms: Rooms) -> None:
    room = rooms(cpu=2, ram=2, ocr=1)
    room.waits(land=1, ocr_index=1)
    room.reads(used_ram=1.2)
    assert room.fill() == []
    assert "GB" in room.refusals()["registre-1"]
    room.later(3600)
    room.reads(used_ram=1.2)
    assert room.fill() == []


def test_a_cpu_that_others_keep_busy_delays_the_floor_and_no_more(rooms: Rooms) -> None:
    room = rooms(cpu=2, ram=24, registre=1, ocr=0, server=ServerSettings(floor_wait_seconds=10))
    room.waits(land=1)
    room.reads(mean=0.96)
    assert room.fill() == []
    assert "96% busy for 10 s, it starts within 10 s" in room.refusals()["registre-1"]
    room.later(5)
    room.reads(mean=0.94)
    assert room.fill() == ["registre-1"]


def test_after_that_delay_it_runs_whatever_the_cpu(rooms: Rooms) -> None:
    room = rooms(cpu=2, ram=24, registre=1, ocr=0, server=ServerSettings(floor_wait_seconds=10))
    room.waits(land=1)
    room.reads(mean=1.0)
    assert room.fill() == []
    room.later(10)
    room.reads(mean=1.0)
    assert room.fill() == ["registre-1"]


def test_the_group_with_more_to_do_for_each_child_gets_the_room(rooms: Rooms) -> None:
    room = rooms(cpu=16, ram=64, registre=4, ocr=8)
    room.waits(ocr_index=200)
    assert room.fill()[:3] == ["ocr-1", "ocr-2", "ocr-3"]
    room.close()
    other = rooms(cpu=16, ram=64, registre=4, ocr=8)
    other.waits(land=200)
    names = other.fill()
    assert len([name for name in names if name.startswith("registre")]) == 3
    assert "ocr-1" in names, "what is downloaded has to be read"


def test_room_is_kept_for_the_group_that_work_waits_for(rooms: Rooms) -> None:
    room = rooms(cpu=5, ram=64, registre=2, ocr=2)
    room.waits(land=5)
    assert room.fill() == ["registre-1"]
    assert room.refusals()["ocr-1"] == "room is kept for registre: work waits for it"


def test_a_child_that_replaces_another_needs_no_room_of_its_own(rooms: Rooms) -> None:
    room = rooms(cpu=8, ram=16, registre=1, ocr=2)
    room.fill()
    room.buries("registre-1")
    room.reads(used_cpu=8.0, mean=1.0)
    assert room.fill() == ["registre-1"]
    assert room.place("registre-1").booked == Size(cpu=3, ram=1)


def test_not_even_a_replacement_is_started_while_memory_is_short(rooms: Rooms) -> None:
    room = rooms(cpu=8, ram=16, registre=1, ocr=2)
    room.fill()
    room.buries("registre-1")
    room.reads(used_ram=13.0)
    assert room.fill() == []
    assert "memory is short" in room.refusals()["registre-1"]


def test_what_was_refused_is_not_looked_at_again_before_something_changed(rooms: Rooms) -> None:
    room = rooms(cpu=2, ram=24, registre=1, ocr=1)
    room.fill()
    bookings = room.state.resources.bookings
    looked: list[int] = []
    ask = bookings.exclusively

    def counting() -> object:
        looked.append(1)
        return ask()

    bookings.exclusively = counting  # type: ignore[method-assign,assignment]
    for _ in range(100):
        assert room.admission.next_place() is None
    assert looked == []
    room.reads()
    assert room.admission.next_place() is None
    assert looked == [1]


def test_two_pools_of_one_machine_share_its_room(rooms: Rooms) -> None:
    first, second = rooms(cpu=8, ram=16, ocr=2), rooms(cpu=8, ram=16, ocr=2)
    assert len(first.fill()) == 3
    assert second.fill() == []
    assert "0.9 of 6.4 are not booked" in second.refusals()["ocr-1"]
    first.state.resources.close()
    second.reads()
    assert len(second.fill()) == 3


def test_what_a_pool_gives_up_is_free_for_the_others_though_it_starts_nobody(rooms: Rooms) -> None:
    first, second = rooms(cpu=8, ram=16, ocr=2), rooms(cpu=8, ram=16, ocr=2)
    assert len(first.fill()) == 3
    assert second.fill() == []
    surplus = first.state.roster.rearrange([])
    assert len(surplus) == 3
    first.state.roster.leaving.clear()
    first.state.resources.measure(first.state.roster, first.admission.server, time.monotonic() + 3600)
    second.reads()
    assert len(second.fill()) == 3
    for child in surplus:
        child.pipe.close()


def test_a_renewed_place_whose_next_child_does_not_fit_holds_up_no_other_renewal(rooms: Rooms) -> None:
    room = rooms(cpu=8, ram=16, registre=0, ocr=2)
    room.fill()
    for name in ("ocr-1", "ocr-2"):
        room.place(name).make_stale("its configuration changed")
    assert room.state.roster.next_to_renew() is room.place("ocr-1")
    room.buries("ocr-1")
    room.place("ocr-1").renewal = "renewing"
    assert room.state.roster.next_to_renew() is None
    room.reads(used_ram=13)
    assert room.fill() == []
    assert room.state.roster.next_to_renew() is room.place("ocr-2")
