"""Whether the kernel killed somebody for lack of memory since the last look."""

from pathlib import Path

from poolmgr.pool.ooms import Ooms


def test_a_kill_is_seen_once_on_the_machine_and_in_a_group_of_either_version(tmp_path: Path) -> None:
    machine = tmp_path / "vmstat"
    machine.write_text("nr_free_pages 12\noom_kill 3\n")
    second, first = tmp_path / "v2", tmp_path / "v1"
    for folder in (second, first):
        folder.mkdir()
    (second / "memory.events").write_text("low 0\noom 1\noom_kill 1\noom_group_kill 0\n")
    (first / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 0\n")
    ooms = Ooms(machine, (second, first))
    assert not ooms.rose()
    for file, text in (
        (machine, "oom_kill 4\n"),
        (second / "memory.events", "oom_kill 2\n"),
        (first / "memory.oom_control", "oom_kill 1\n"),
    ):
        file.write_text(text)
        assert ooms.rose()
        assert not ooms.rose()


def test_a_kernel_that_counts_none_has_killed_none(tmp_path: Path) -> None:
    ooms = Ooms(tmp_path / "nothing", (tmp_path,))
    (tmp_path / "memory.events").write_text("oom_kill many\n")
    assert not ooms.rose()


def test_the_real_kernel_is_read() -> None:
    assert Ooms().read() >= 0
    assert not Ooms().rose()
