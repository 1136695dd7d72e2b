from pathlib import Path

from poolmgr.cli.doctor import registries
from poolmgr.config.loader import load
from poolmgr.config.settings import Settings


def test_without_leave_to_use_any_registry_it_fails_with_the_lines_to_add(tmp_path: Path) -> None:
    (found,) = registries.permission(Settings())
    assert found.grade == "failure"
    lines = [line.strip() for line in found.fix.splitlines()[1:3]]
    (tmp_path / "config.toml").write_text("\n".join(lines))
    assert not list(registries.permission(load(tmp_path / "config.toml", environ={})))
