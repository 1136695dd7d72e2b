from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

import pytest

from tests.pool.rooms import Room
from tests.waiting import until

Rooms: TypeAlias = Callable[..., Room]
MEMORY_GROUPS = Path("/sys/fs/cgroup/memory")


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Rooms]:
    """Makes rooms of a size; each is closed afterwards."""
    made: list[Room] = []

    def make(**size: float) -> Room:
        made.append(Room(tmp_path, **size))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for room in made:
        room.close()


@pytest.fixture
def memory_group() -> Iterator[Path]:
    """A control group of this very machine, gone afterwards."""
    folder = MEMORY_GROUPS / f"registre-pool-test-{uuid4().hex[:8]}"
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"no memory group can be made here: {error}")
    yield folder
    until(lambda: not (folder / "cgroup.procs").read_text().strip(), what="the end of all its processes")
    folder.rmdir()
