"""What is kept of failed jobs: for its owner alone, not for longer than was said, and not too much of it."""

import os
import stat
from pathlib import Path

from poolmgr.stores.failures import DAY_SECONDS, Failures

ROW, OTHER = "6f1c0000-0000-0000-0000-000000000001", "6f1c0000-0000-0000-0000-000000000002"


def failures(folder: Path, *, days: float = 7, megabytes: float = 1) -> Failures:
    return Failures(folder=folder / "failures", days=days, megabytes=megabytes)


def kept(store: Failures, row: str = ROW, *, days_ago: float = 0, size: int = 10) -> Path:
    place = store.keep("prod", "land", row, {"page.html": b"x" * size, "story.json": b"{}"})
    moment = place.stat().st_mtime - days_ago * DAY_SECONDS
    os.utime(place, (moment, moment))
    return place


def test_files_are_their_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        place = kept(failures(tmp_path))
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (place.parent, place, *sorted(place.iterdir()))]
    assert modes == [0o700, 0o700, 0o600, 0o600]


def test_a_rows_files_are_found_by_its_id_and_no_others(tmp_path: Path) -> None:
    store = failures(tmp_path)
    places = {kept(store), kept(store)}
    kept(store, OTHER)
    assert {file.parent for file in store.of(ROW)} == places
    assert [file.name for file in store.of(OTHER)] == ["page.html", "story.json"]
    assert store.of("6f1c0000-0000-0000-0000-00000000000*") == []


def test_no_word_of_a_job_leads_out_of_the_folder(tmp_path: Path) -> None:
    store = failures(tmp_path)
    place = store.keep("../../etc", "land/../..", "../x", {"story.json": b"{}"})
    assert place.parent == tmp_path / "failures"
    assert store.of("../x") == [place / "story.json"]


def test_what_is_too_old_goes_and_then_the_oldest_until_the_rest_is_small_enough(tmp_path: Path) -> None:
    store = failures(tmp_path)
    kept(store, days_ago=8)
    old = kept(store, days_ago=2, size=600_000)
    young = kept(store, OTHER, size=600_000)
    old.rename(old.with_name(f"20260101T000000Z{old.name[16:]}"))
    assert store.sweep() == 2
    assert [place for place, _, _ in store.kept()] == [young]
    assert store.sweep() == 0


def test_with_no_days_everything_goes_and_a_folder_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert failures(tmp_path).sweep() == 0
    kept(failures(tmp_path), days_ago=0.001)
    assert failures(tmp_path, days=0).sweep() == 1
    assert failures(tmp_path).of(ROW) == []
