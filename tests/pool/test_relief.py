from poolmgr.pool.children import Child
from poolmgr.pool.trees import Tree
from tests.pool.conftest import Rooms
from tests.pool.rooms import Room


def full(rooms: Rooms) -> Room:
    """A registre child, one that reads indexes and one that reads actes, none at work."""
    room = rooms(cpu=8, ram=16, registre=1, ocr=2)
    room.fill()
    room.reads_alone("ocr_index", "ocr-1")
    room.reads_alone("ocr_acte", "ocr-2")
    return room


def holds(room: Room, child: Child, megabytes: float) -> None:
    tree = Tree(ram_mb=megabytes, cpu=0.1, processes=4, at=room.state.now)
    room.state.resources.trees.of[child.worker] = tree


def test_when_memory_is_short_idle_children_go_the_cheapest_first_and_one_at_a_time(rooms: Rooms) -> None:
    room = full(rooms)
    room.reads(used_ram=13)
    ((name, why),) = room.relieve()
    assert name == "ocr-2"
    assert why == "memory is short: 13 of 16 GB are in use on the machine, 20 % should be free"
    room.reads(used_ram=13)
    assert room.relieve() == [], "the first one is still going"
    room.buries("ocr-2")
    room.reads(used_ram=13)
    assert [name for name, _ in room.relieve()] == ["ocr-1"]


def test_nobody_at_work_is_sent_away_for_others_memory(rooms: Rooms) -> None:
    room = full(rooms)
    for child in room.state.roster.workers():
        child.busy = True
    room.reads(used_ram=15.9)
    assert room.relieve() == []
    assert room.relief.pressed


def test_who_had_to_go_comes_back_when_it_fits_again(rooms: Rooms) -> None:
    room = full(rooms)
    room.reads(used_ram=13)
    room.relieve()
    room.buries("ocr-2")
    room.reads(used_ram=12.5)
    assert room.fill() == []
    room.reads(used_ram=4)
    assert room.fill() == ["ocr-2"]


def test_a_child_twice_above_its_limit_has_to_end_its_jobs(rooms: Rooms) -> None:
    room = full(rooms)
    child = room.child("ocr-1")
    child.busy = True
    holds(room, child, 2500)
    assert room.relieve(trees_are_new=True) == []
    assert room.place("ocr-1").renewal == "stale"
    ((name, why),) = room.relieve(trees_are_new=True)
    assert (name, why) == ("ocr-1", "its 4 processes hold 2500 MB, twice above its limit of 2000 MB")
    assert room.relieve(trees_are_new=True) == [], "told once"


def test_one_peak_is_no_reason(rooms: Rooms) -> None:
    room = full(rooms)
    child = room.child("registre-1")
    for megabytes in (3100.0, 400.0, 3100.0, 400.0):
        holds(room, child, megabytes)
        assert room.relieve(trees_are_new=True) == []


def test_a_child_that_grew_is_replaced_between_jobs(rooms: Rooms) -> None:
    room = full(rooms)
    holds(room, room.child("ocr-2"), 1001)
    assert room.relieve(trees_are_new=True) == []
    assert room.place("ocr-2").renewal == "stale"
    assert room.place("ocr-1").renewal == ""


def test_after_its_jobs_or_its_time_a_child_is_replaced_between_jobs_each_at_its_own_moment(
    rooms: Rooms,
) -> None:
    room = full(rooms)
    room.child("ocr-1").completed = 999
    room.child("ocr-1").failed = 1
    room.reads()
    assert room.relieve() == []
    assert [room.place(f"ocr-{n}").renewal for n in (1, 2)] == ["stale", ""]
    room.later(0.89 * 86_400)
    room.reads()
    room.relieve()
    assert room.place("ocr-2").renewal == ""
    room.later(0.22 * 86_400)
    room.reads()
    room.relieve()
    assert room.place("ocr-2").renewal == "stale"
    assert room.place("registre-1").renewal == "stale"


def test_an_idle_child_makes_room_for_the_group_that_work_waits_for(rooms: Rooms) -> None:
    room = rooms(cpu=2, ram=1.5, registre=1, ocr=1)
    assert room.fill() == ["ocr-1"]
    room.later(60)
    room.waits(land=3)
    room.reads(used_ram=0.5)
    assert room.fill() == []
    ((name, why),) = room.relieve()
    assert (name, why) == ("ocr-1", "room for registre: nothing waits for it")
    room.buries("ocr-1")
    room.reads(used_ram=0.1)
    assert room.fill() == ["registre-1"]


def test_where_only_one_fits_and_both_have_work_they_take_turns(rooms: Rooms) -> None:
    room = rooms(cpu=2, ram=1.5, registre=1, ocr=1, dwell_seconds=60)
    room.fill()
    room.waits(land=3, ocr_index=3)
    room.child("ocr-1").busy = True
    room.later(30)
    room.reads(used_ram=0.8)
    assert room.fill() == []
    assert room.relieve() == [], "it has not been here for long"
    room.later(31)
    room.reads(used_ram=0.8)
    ((name, why),) = room.relieve()
    assert (name, why) == ("ocr-1", "it is the turn of registre: only one of both fits")
    room.buries("ocr-1")
    room.reads(used_ram=0.1)
    assert room.fill() == ["registre-1"]
    room.later(61)
    room.reads(used_ram=0.9)
    assert room.fill() == []
    assert [name for name, _ in room.relieve()] == ["registre-1"]


def test_nobody_at_work_goes_for_a_group_that_would_not_fit_afterwards_either(rooms: Rooms) -> None:
    room = rooms(cpu=2, ram=1.5, registre=1, ocr=1, dwell_seconds=60)
    room.fill()
    room.waits(land=3, ocr_index=3)
    room.child("ocr-1").busy = True
    holds(room, room.child("ocr-1"), 100)
    room.later(61)
    room.reads(used_ram=0.8)
    assert room.fill() == []
    assert room.relieve() == [], "another holds the memory: both would stand still"


def test_a_child_whose_site_is_down_frees_its_room_and_tries_again_later(rooms: Rooms) -> None:
    room = rooms(cpu=4, ram=16, registre=1, ocr=2)
    assert room.fill() == ["registre-1"]
    room.child("registre-1").trouble = "The land registry does not answer."
    room.waits(land=9, ocr_index=9)
    room.later(60)
    room.reads()
    assert room.fill() == ["ocr-1"], "over-booked by floor"
    ((name, why),) = room.relieve()
    assert (name, why) == ("registre-1", "room for ocr: The land registry does not answer.")
    room.buries("registre-1")
    room.reads()
    assert room.fill() == ["ocr-2"]
    room.later(61)
    room.reads()
    assert room.fill() == ["registre-1"], "to see whether it answers again"
