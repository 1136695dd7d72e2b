from collections.abc import Callable
from pathlib import Path

import pytest

from poolmgr.config.loader import Loaded, read
from poolmgr.domain.errors import ConfigError


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def write_config(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_config


Load = Callable[..., Loaded]
Refuse = Callable[..., list[str]]


@pytest.fixture
def load(write: Callable[[str], Path]) -> Load:
    """Reads a config.toml of that text with nothing but the given variables and overrides."""

    def load_text(
        text: str = "", environ: dict[str, str] | None = None, overrides: dict[str, str] | None = None
    ) -> Loaded:
        return read(write(text), overrides=overrides, environ=environ or {})

    return load_text


@pytest.fixture
def refuse(load: Load, tmp_path: Path) -> Refuse:
    """The lines of the error, without the folder in front of the file."""

    def refuse_text(
        text: str = "", environ: dict[str, str] | None = None, overrides: dict[str, str] | None = None
    ) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load(text, environ, overrides)
        assert caught.value.exit_code == 78
        assert caught.value.sentence == "\n".join(str(problem) for problem in caught.value.problems)
        return caught.value.sentence.replace(f"{tmp_path}/", "").splitlines()

    return refuse_text
