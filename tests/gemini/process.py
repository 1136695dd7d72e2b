"""The loopback Gemini as tests see it: an address, what goes wrong next, what it was asked."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from poolmgr.config.settings import GeminiSettings
from poolmgr.domain.json import Json, JsonObject, records, text
from tests.gemini.service import KEY


@dataclass(frozen=True)
class LoopbackGemini:
    url: str

    def call(self, verb: str, told: JsonObject | None = None) -> JsonObject:
        data = None if told is None else json.dumps(told).encode()
        request = urllib.request.Request(f"{self.url}/control/{verb}", data)
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: JsonObject = json.load(answer)
        return found

    def set_up(self, *faults: str | JsonObject, **limits: float) -> None:
        """Forgets everything. A fault: its name, or that with `times` and `when`, a pattern of the text."""
        told: list[Json] = [{"fault": one} if isinstance(one, str) else one for one in faults]
        self.call("set_up", {"faults": told, **limits})

    def settings(self, **changed: object) -> GeminiSettings:
        quick: JsonObject = {
            "api_key": KEY,
            "base_url": self.url,
            "pause_first_seconds": 0.01,
            "pause_max_seconds": 0.05,
            "retry_dpi": 150,
        }
        return GeminiSettings.model_validate({**quick, **changed})

    @property
    def seen(self) -> list[JsonObject]:
        """Every call of a model, in order."""
        return records(self.call("tell"), "seen")

    @property
    def asked(self) -> list[str]:
        return [text(one, "text") for one in self.seen]

    @property
    def files(self) -> list[JsonObject]:
        return records(self.call("tell"), "files")


@pytest.fixture(scope="session")
def gemini_process() -> Iterator[LoopbackGemini]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.gemini"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield LoopbackGemini(f"http://127.0.0.1:{int(process.stdout.readline())}")
        finally:
            process.kill()


@pytest.fixture
def gemini(gemini_process: LoopbackGemini) -> LoopbackGemini:
    """As new for each test; what it has read once it reads no second time."""
    gemini_process.set_up()
    return gemini_process
