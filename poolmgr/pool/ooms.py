"""Whether the kernel has lately killed somebody for lack of memory: a SIGKILL that nobody sent."""

from pathlib import Path

from poolmgr.pool.cgroups import groups_of_this_process

COUNTERS = ("memory.events", "memory.oom_control")


class Ooms:
    """count: kills that the kernel counted when it was last looked at, here and in our cgroups."""

    def __init__(self, machine: Path = Path("/proc/vmstat"), groups: tuple[Path, ...] | None = None) -> None:
        folders = own_groups() if groups is None else groups
        self.files = (machine, *(folder / name for folder in folders for name in COUNTERS))
        self.count = self.read()

    def rose(self) -> bool:
        """Since the last look."""
        before, self.count = self.count, self.read()
        return self.count > before

    def read(self) -> int:
        return sum(kills(file) for file in self.files)


def own_groups() -> tuple[Path, ...]:
    return tuple(group.folder for group in groups_of_this_process())


def kills(file: Path) -> int:
    """The line `oom_kill N`; 0 where the kernel keeps none."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return 0
    found = [line.split() for line in lines if line.startswith("oom_kill ")]
    return sum(int(words[1]) for words in found if len(words) == 2 and words[1].isdecimal())
