import fcntl
import os
import shutil
import signal
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from poolmgr.domain.errors import StoreError
from poolmgr.registries.browser.workshop import Workshop, environment, locked, sweep
from tests.waiting import until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Not yet made."""
    return tmp_path / "data" / "browser"


def opened(folder: Path, worker: str) -> Workshop:
    workshop = Workshop(folder, worker)
    workshop.open()
    return workshop


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def child(work: Callable[[], object]) -> Iterator[int]:
    """A forked process that works and then lives until it is killed; its pid, or 0 when its work failed."""
    done, tell = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            work()
            os.write(tell, b"done")
            signal.pause()
        finally:
            os._exit(1)
    os.close(tell)
    try:
        yield pid if os.read(done, 4) == b"done" else 0
    finally:
        os.close(done)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_a_workshop_is_its_users_alone(folder: Path) -> None:
    workshop = opened(folder, "worker-1")
    assert {mode(path) for path in (folder, workshop.folder, workshop.temporary)} == {0o700}
    assert mode(workshop.folder / "jobs") == 0o700
    assert mode(workshop.folder / "lock") == 0o600
    workshop.close()


def test_a_job_has_a_folder_that_goes_with_it_however_it_ends(folder: Path) -> None:
    workshop = opened(folder, "worker-1")
    with workshop.job("job-1") as place:
        assert mode(place) == 0o700
        (place / "document").write_bytes(b"%PDF")
    assert not place.exists()
    with pytest.raises(ZeroDivisionError), workshop.job("job-2"):
        raise ZeroDivisionError
    assert [*(workshop.folder / "jobs").iterdir()] == []
    workshop.close()


def test_a_closed_workshop_leaves_nothing(folder: Path) -> None:
    workshop = opened(folder, "worker-1")
    (workshop.temporary / "profile").mkdir()
    workshop.close()
    assert [*folder.iterdir()] == []
    workshop.close()


def test_no_variable_is_given_but_those_of_the_list(tmp_path: Path) -> None:
    ours = {
        "PATH": "/bin",
        "LANG": "fr_CA.UTF-8",
        "PROD_DATABASE_URL": "postgresql://secret",
        "HOME": "/root",
    }
    assert environment(tmp_path, "worker-1", ours) == {
        "PATH": "/bin",
        "LANG": "fr_CA.UTF-8",
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "POOL_CHILD": "worker-1",
    }


def test_the_folder_of_a_living_child_is_left_alone(folder: Path) -> None:
    living = Workshop(folder, "worker-1")
    with child(living.open):
        assert sweep(folder) == 0
        opened(folder, "worker-2").close()
        assert living.temporary.is_dir()


def test_the_folder_of_a_killed_child_goes_when_the_next_one_opens(folder: Path) -> None:
    dead = Workshop(folder, "worker-1")
    with child(dead.open) as pid:
        (dead.temporary / "profile").mkdir()
        os.kill(pid, signal.SIGKILL)
        until(lambda: Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z", what="the child's death")
        workshop = opened(folder, "worker-2")
        assert [path.name for path in folder.iterdir()] == ["worker-2"]
        workshop.close()


def test_many_children_that_start_at_once_have_a_workshop_each(folder: Path) -> None:
    for number in range(3):
        with child(Workshop(folder, f"dead-{number}").open):
            pass

    def start(first: int) -> None:
        for number in range(20):
            workshop = opened(folder, f"worker-{first}-{number}")
            (workshop.temporary / "file").write_text("mine")
            assert (workshop.folder / "jobs").is_dir()
            workshop.close()
        kept.extend([opened(folder, f"worker-{first}")])

    kept: list[Workshop] = []
    with child(lambda: start(1)) as one, child(lambda: start(2)) as two, child(lambda: start(3)) as three:
        assert one
        assert two
        assert three
        names = {path.name for path in folder.iterdir()}
        assert names == {"worker-1", "worker-2", "worker-3"}
        assert all((folder / name / "tmp").is_dir() for name in names)


def test_a_sweep_that_comes_late_takes_nobodys_new_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its opening of an old lock and its taking of it the folder is made anew."""
    with child(Workshop(folder, "worker-1").open):
        pass
    take = fcntl.flock
    held: list[int] = []

    def flock(handle: int, how: int) -> None:
        if how & fcntl.LOCK_NB and not held:
            shutil.rmtree(folder / "worker-1")
            monkeypatch.setattr(fcntl, "flock", take)
            held.append(locked(folder / "worker-1"))
        take(handle, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    assert sweep(folder) == 0
    assert (folder / "worker-1" / "lock").exists()
    os.close(held[0])


def test_what_else_lies_in_the_folder_is_let_be(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "lock").touch()
    (outside / "kept").touch()
    folder.mkdir(parents=True)
    (folder / "file").write_text("no folder")
    (folder / "link").symlink_to(outside)
    (folder / "dangling").symlink_to(tmp_path / "nowhere")
    (folder / "being made").mkdir()
    (folder / "lock is a folder" / "lock").mkdir(parents=True)
    os.mkfifo(folder / "pipe")
    before = {path.name for path in folder.iterdir()}
    assert sweep(folder) == 0
    assert {path.name for path in folder.iterdir()} == before
    assert (outside / "kept").exists()


def test_a_dead_childs_folder_with_strange_things_in_it_goes_without_following_links(
    folder: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    dead = Workshop(folder, "worker-1")
    with child(dead.open):
        (dead.temporary / "link").symlink_to(kept)
        (dead.folder / "node").symlink_to("/bin/sh")
        os.mkfifo(dead.temporary / "pipe")
    assert sweep(folder) == 1
    assert not dead.folder.exists()
    assert (kept / "file").exists()


def test_a_data_folder_that_cannot_be_made_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError) as caught:
        Workshop(tmp_path / "file" / "browser", "worker-1").open()
    assert str(tmp_path / "file") in caught.value.sentence
    assert "pool.data_folder" in caught.value.advice
