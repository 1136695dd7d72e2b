"""The control groups that limit this process: version 2, version 1, and both side by side."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MEMBERSHIP = Path("/proc/self/cgroup")
MOUNTS = Path("/sys/fs/cgroup")
UNLIMITED_BYTES = 2**60
"""Version 1 writes 2^63 rounded to a page for "no limit"."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """One folder of a hierarchy; `version` 2 for the unified one. Files that are not there limit nothing.

    accounting: where version 1 counts CPU time, often another hierarchy than the one that limits it.
    """

    name: str
    folder: Path
    version: int
    accounting: Path

    @property
    def limits(self) -> bool:
        return self.cpu_limit() is not None or self.ram_limit() is not None

    def ram_limit(self) -> float | None:
        """Bytes; of `memory.high` too: above it the kernel slows everything down."""
        names = ("memory.max", "memory.high") if self.version == 2 else ("memory.limit_in_bytes",)
        found = [limit for name in names if (limit := number(self.folder / name)) is not None]
        return min((limit for limit in found if 0 < limit < UNLIMITED_BYTES), default=None)

    def ram_used(self) -> float:
        """Bytes that cannot be had back by dropping files from the cache."""
        if self.version == 2:
            used, cache = number(self.folder / "memory.current"), "inactive_file"
        else:
            used, cache = number(self.folder / "memory.usage_in_bytes"), "total_inactive_file"
        return max(0.0, (used or 0.0) - entries(self.folder / "memory.stat").get(cache, 0.0))

    def cpu_limit(self) -> float | None:
        """Cores."""
        if self.version == 2:
            quota, _, period = text(self.folder / "cpu.max").partition(" ")
        else:
            quota, period = (text(self.folder / f"cpu.cfs_{one}_us") for one in ("quota", "period"))
        try:
            cores = float(quota) / float(period)
        except (ValueError, ZeroDivisionError):
            return None
        return cores if cores > 0 else None

    def cpu_seconds(self) -> float | None:
        """Used since the group was made."""
        if self.version == 2:
            used = entries(self.folder / "cpu.stat").get("usage_usec")
            return None if used is None else used / 1e6
        used = number(self.accounting / "cpuacct.usage")
        return None if used is None else used / 1e9


def groups_of_this_process() -> tuple[Group, ...]:
    """The nearest first. A limit may come and go while we live."""
    return tuple(every_group(text(MEMBERSHIP), MOUNTS))


def every_group(membership: str, mounts: Path) -> Iterator[Group]:
    """Of each hierarchy the group itself and all above it. membership: lines `number:controllers:path`."""
    for line in membership.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:
            for root in (mounts, mounts / "unified"):
                if (root / "cgroup.controllers").exists():
                    yield from upwards(root, path, 2)
        elif {"memory", "cpu"} & set(controllers.split(",")):
            yield from upwards(mounts / controllers, path, 1, mounts / "cpuacct")


def upwards(root: Path, path: str, version: int, accounting: Path | None = None) -> Iterator[Group]:
    """In a container the path may be the host's and not exist here: then the root is its own group."""
    parts = [part for part in path.split("/") if part not in ("", "..")]
    for count in range(len(parts), -1, -1):
        folder = root.joinpath(*parts[:count])
        if folder.is_dir():
            yield Group(
                name="/" + "/".join(parts[:count]),
                folder=folder,
                version=version,
                accounting=(accounting or root).joinpath(*parts[:count]),
            )


def text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def number(path: Path) -> float | None:
    """None also for `max` and for a file that is not there."""
    try:
        return float(text(path))
    except ValueError:
        return None


def entries(path: Path) -> dict[str, float]:
    """Lines `name value`."""
    found = {}
    for line in text(path).splitlines():
        name, _, value = line.partition(" ")
        if value.strip().isdigit():
            found[name] = float(value)
    return found
