"""config.toml as shipped: every key, both ways."""

import re
import tomllib
from pathlib import Path

import pytest

from poolmgr.config.keys import all_keys, display
from poolmgr.config.loader import read
from poolmgr.config.settings import Settings

SHIPPED = Path(__file__).parents[2] / "config.toml"
COMMENTED_KEY = re.compile(r"^#(?=[a-z\[])", re.MULTILINE)


def flat(values: dict[str, object], before: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in values.items():
        found |= flat(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}": value}
    return found


def test_it_writes_every_key_there_is_and_no_other() -> None:
    complete = COMMENTED_KEY.sub("", SHIPPED.read_text(encoding="utf-8"))
    assert list(flat(tomllib.loads(complete))) == list(all_keys())


def test_each_key_is_written_with_its_default() -> None:
    complete = COMMENTED_KEY.sub("", SHIPPED.read_text(encoding="utf-8"))
    for dotted, value in flat(tomllib.loads(complete)).items():
        shown = tuple(value) if isinstance(value, list) else value
        assert display(shown) == display(all_keys()[dotted].field.default), dotted


def test_as_shipped_it_is_the_defaults_and_names_no_environment(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(SHIPPED.read_bytes())
    assert read(path, environ={}).settings == Settings()


@pytest.mark.parametrize("table", ["pool", "queue", "ocr", "environments.prod"])
def test_above_each_key_stands_its_description_and_what_a_reload_does(table: str) -> None:
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    start = next(index for index, line in enumerate(lines) if line.lstrip("#") == f"[{table}]")
    for offset, key in enumerate(key for key in all_keys().values() if key.table == table):
        above, line = lines[start + 1 + 2 * offset : start + 3 + 2 * offset]
        assert above == f"# {key.field.description} {key.reload.value.capitalize()}."
        assert line.lstrip("#").startswith(f"{key.name} = ")
