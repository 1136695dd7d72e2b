"""How long a registry is left alone: longer each time, known to all children of the machine."""

from pathlib import Path
from threading import Barrier, Thread

from poolmgr.stores.bans import Ban, Bans


def bans(folder: Path, registry: str = "req") -> Bans:
    return Bans(folder / "bans", registry, first_seconds=3600, longest_seconds=86_400)


def test_each_ban_doubles_up_to_the_longest(tmp_path: Path) -> None:
    known, now, lasted = bans(tmp_path), 1e9, []
    for _ in range(7):
        lasted.append(known.banned("403", now).seconds)
        now += lasted[-1]
    assert lasted == [3600, 7200, 14_400, 28_800, 57_600, 86_400, 86_400]


def test_it_stands_until_its_time_is_over(tmp_path: Path) -> None:
    known = bans(tmp_path)
    assert known.standing(1e9) is None
    known.banned("403", 1e9)
    assert known.standing(1e9 + 3599) is not None
    assert known.standing(1e9 + 3600) is None


def test_another_child_knows_it_and_counts_it_once(tmp_path: Path) -> None:
    first = bans(tmp_path).banned("403", 1e9)
    assert bans(tmp_path).standing(1e9 + 1) == first
    assert bans(tmp_path).banned("403 too", 1e9 + 1) == first


def test_children_banned_at_once_agree(tmp_path: Path) -> None:
    many, start, seen = 8, Barrier(8), []

    def child() -> None:
        known = bans(tmp_path)
        start.wait()
        seen.append(known.banned("403", 1e9).times)

    threads = [Thread(target=child) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1] * many


def test_who_is_served_again_begins_anew(tmp_path: Path) -> None:
    known = bans(tmp_path)
    known.banned("403", 1e9)
    past = known.served()
    assert past is not None
    assert past.times == 1
    assert known.served() is None
    assert known.banned("403", 1e9 + 4000).seconds == 3600


def test_registries_are_apart(tmp_path: Path) -> None:
    bans(tmp_path).banned("403", 1e9)
    assert bans(tmp_path, "rdprm").standing(1e9) is None


def test_a_clock_that_jumps_back_makes_no_wait_longer() -> None:
    ban = Ban(until=2e9, seconds=3600, times=1, error="403")
    assert ban.left(1e9) == 3600


def test_a_file_that_is_none_of_ours_is_no_ban(tmp_path: Path) -> None:
    known = bans(tmp_path)
    known.folder.mkdir()
    for written in (b"", b"[]", b'{"until": 1}', b"\xff"):
        known.file.write_bytes(written)
        assert known.standing(1.0) is None


def test_without_a_disk_the_child_itself_remembers(tmp_path: Path) -> None:
    (tmp_path / "bans").write_text("no folder")
    known = bans(tmp_path)
    known.banned("403", 1e9)
    assert known.standing(1e9 + 1) is not None
