import pytest

from poolmgr.cli.doctor import reading
from poolmgr.cli.doctor.findings import Finding
from poolmgr.config.settings import OcrSettings, Settings
from tests.gemini.process import LoopbackGemini


def gemini_finding(settings: Settings) -> Finding:
    (found,) = (one for one in reading.examine(settings) if one.check == "gemini")
    return found


def test_without_a_key_nothing_is_asked_and_nothing_is_wrong() -> None:
    assert gemini_finding(Settings()).detail == "no key: all is read offline"
    assert gemini_finding(Settings(ocr=OcrSettings(engine="offline"))).grade == "ok"


def test_a_key_that_the_service_takes_is_said_with_the_models_names(gemini: LoopbackGemini) -> None:
    settings = Settings(gemini=gemini.settings(index_model="gemini-a", acte_model="gemini-b"))
    found = gemini_finding(settings)
    assert (found.grade, found.detail) == ("ok", "the key is taken; Gemini A, Gemini B")
    assert gemini.seen == []


@pytest.mark.parametrize(
    ("changed", "fix"),
    [({"api_key": "AIza-wrong"}, "GEMINI_API_KEY"), ({"acte_model": "gemini-none"}, "gemini.acte_model")],
)
def test_a_wrong_key_and_an_unknown_model_are_failures_with_their_fix(
    gemini: LoopbackGemini, changed: dict[str, str], fix: str
) -> None:
    found = gemini_finding(Settings(gemini=gemini.settings(**changed)))
    assert found.grade == "failure"
    assert fix in found.fix
    assert "AIza" not in f"{found}"


def test_a_service_that_does_not_answer_is_a_failure(gemini: LoopbackGemini) -> None:
    found = gemini_finding(Settings(gemini=gemini.settings(base_url="http://127.0.0.1:9")))
    assert (found.grade, "ConnectError" in found.detail) == ("failure", True)
