import os
import subprocess
import sys
from pathlib import Path

import pytest

from poolmgr.pool.cgroups import every_group

MEGABYTE = 2**20


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".", 1)).write_text(content + "\n")


def test_a_limit_of_any_folder_above_counts_in_the_unified_hierarchy(tmp_path: Path) -> None:
    write(tmp_path, **{"cgroup.controllers": "cpu memory"})
    write(tmp_path / "system.slice", memory__max="max", cpu__max="max 100000")
    unit = tmp_path / "system.slice" / "registre-pool.service"
    write(unit, memory__max="1000000000", memory__high="800000000", cpu__max="150000 100000")
    write(unit, memory__current="300000000", memory__stat="anon 1\ninactive_file 100000000")
    write(unit, cpu__stat="usage_usec 2500000\nnr_throttled 3")
    groups = list(every_group("0::/system.slice/registre-pool.service", tmp_path))
    assert [group.name for group in groups] == [
        "/system.slice/registre-pool.service",
        "/system.slice",
        "/",
    ]
    limited = groups[0]
    assert [group.limits for group in groups] == [True, False, False]
    assert (limited.ram_limit(), limited.cpu_limit()) == (800_000_000, 1.5)
    assert limited.ram_used() == 200_000_000
    assert limited.cpu_seconds() == 2.5


def test_the_older_hierarchies_are_read_each_for_itself(tmp_path: Path) -> None:
    write(tmp_path / "memory/pool", memory__limit_in_bytes="500", memory__usage_in_bytes="400")
    write(tmp_path / "memory/pool", memory__stat="total_inactive_file 150")
    write(tmp_path / "memory", memory__limit_in_bytes="9223372036854771712")
    write(tmp_path / "cpu,cpuacct/pool", cpu__cfs_quota_us="50000", cpu__cfs_period_us="100000")
    write(tmp_path / "cpuacct/pool", cpuacct__usage="1500000000")
    membership = "4:memory:/pool\n2:cpu,cpuacct:/pool\n1:name=systemd:/pool"
    memory, root, cpu, *_ = every_group(membership, tmp_path)
    assert (memory.ram_limit(), memory.ram_used(), memory.cpu_limit()) == (500, 250, None)
    assert root.limits is False
    assert (cpu.cpu_limit(), cpu.cpu_seconds(), cpu.ram_limit()) == (0.5, 1.5, None)


def test_a_path_of_the_host_that_does_not_exist_in_the_container_means_its_root(tmp_path: Path) -> None:
    write(tmp_path, **{"cgroup.controllers": "memory"})
    write(tmp_path, memory__max="1000")
    (group,) = every_group("0::/docker/0123456789", tmp_path)
    assert (group.name, group.ram_limit()) == ("/", 1000)


@pytest.mark.parametrize("nonsense", ["", "max 100000", "x y", "100000", "-1 100000", "1000 0"])
def test_what_is_no_limit_limits_nothing(tmp_path: Path, nonsense: str) -> None:
    write(tmp_path, **{"cgroup.controllers": "cpu"})
    write(tmp_path, cpu__max=nonsense)
    (group,) = every_group("0::/", tmp_path)
    assert group.limits is False


ASK = """
import os, sys
open(sys.argv[1] + "/cgroup.procs", "w").write(str(os.getpid()))
from poolmgr.pool.machine import Meter
bound = Meter().read(0.0).bounds[1]
print(bound.name, bound.ram, bound.used_ram)
"""


def test_a_real_limit_on_this_process_is_seen_though_psutil_sees_the_host(memory_group: Path) -> None:
    (memory_group / "memory.limit_in_bytes").write_text(str(512 * MEGABYTE))
    said = subprocess.run(
        [sys.executable, "-c", ASK, str(memory_group)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ).stdout.split()
    assert said[1] == f"/{memory_group.name}"
    assert float(said[2]) == 0.5
    assert 0 < float(said[3]) < 0.5
