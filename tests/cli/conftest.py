from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import TypeAlias

import pytest

from tests.clusters import Database
from tests.pools import QUICK, command, configuration

Verb: TypeAlias = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def verb(tmp_path: Path, any_database: Database) -> Verb:
    """`registre-pool` with the test's database as its one environment, dev."""
    own = {"pool.data_folder": str(tmp_path), "pool.control_socket": str(tmp_path / "control.sock")}
    (tmp_path / "config.toml").write_text(configuration(tmp_path, any_database, {**QUICK, **own}))
    return lambda *words, **more: command(*words, folder=tmp_path, **more)
