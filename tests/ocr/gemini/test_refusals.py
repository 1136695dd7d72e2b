import httpx2
import pytest
from google.genai.errors import APIError, ClientError, ServerError

from poolmgr.domain.errors import Declined, ModelDown, NotAvailable, PoolError
from poolmgr.domain.quota import Refusal
from poolmgr.ocr.gemini.refusals import LostUpload, evidence, meaning
from tests.gemini import wire
from tests.gemini.faults import REFUSALS


def error(name: str) -> APIError:
    code, body = REFUSALS[name]
    return (ServerError if code >= 500 else ClientError)(code, body)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("429_minute", Refusal(window="minute", retry_seconds=0.2)),
        ("429_day", Refusal(window="day")),
        ("429_bare", Refusal(window="unknown")),
    ],
)
def test_a_spent_limit_is_told_apart_by_the_ids_of_its_quotas(name: str, expected: Refusal) -> None:
    assert meaning(error(name)) == expected


def test_of_a_day_and_a_minute_that_are_spent_the_day_counts() -> None:
    both = wire.error(
        429, "spent", wire.quota_failure("RequestsPerMinute"), wire.quota_failure("RequestsPerDay")
    )
    assert meaning(ClientError(429, both)) == Refusal(window="day")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("503", ModelDown),
        ("500", ModelDown),
        ("400_key", NotAvailable),
        ("403", NotAvailable),
        ("404", NotAvailable),
        ("400_location", NotAvailable),
        ("400_invalid", Declined),
    ],
)
def test_each_error_has_its_kind(name: str, kind: type[PoolError]) -> None:
    assert type(meaning(error(name))) is kind


def test_a_proxys_page_and_a_broken_line_pass() -> None:
    page = ServerError(502, {"message": "<html>Bad Gateway</html>", "status": "Bad Gateway"})
    assert type(meaning(page)) is ModelDown
    for broken in (httpx2.ReadTimeout("slow"), httpx2.RemoteProtocolError("gone"), TimeoutError()):
        assert type(meaning(broken)) is ModelDown


def test_a_file_that_is_not_shown_is_no_wrong_key() -> None:
    body = wire.error(403, "You do not have permission to access the File abc or it may not exist.")
    assert type(meaning(ClientError(403, body))) is LostUpload


def test_evidence_is_one_short_line() -> None:
    assert evidence(ServerError(503, wire.error(503, "over\nloaded " * 200))).startswith(
        "503 UNAVAILABLE: over"
    )
    assert len(evidence(ServerError(503, wire.error(503, "over\nloaded " * 200)))) <= 300
    assert evidence(TimeoutError()) == "TimeoutError"
