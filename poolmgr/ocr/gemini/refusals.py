"""What an error of the service, of its client or of the network means. Nothing else here decides that."""

from collections.abc import Iterator
from typing import Any

import httpx2
from google.genai.errors import APIError, UnknownApiResponseError

from poolmgr.domain.errors import Declined, ModelDown, NotAvailable, PoolError
from poolmgr.domain.quota import Refusal, Window

FAILURES = (APIError, UnknownApiResponseError, httpx2.HTTPError, httpx2.StreamError, TimeoutError)
"""What a call can raise; all else is a defect of ours and goes up."""

PASSING = frozenset({408, 499, 500, 502, 503, 504})
KEY_ADVICE = (
    "Put a valid key of Google AI Studio into GEMINI_API_KEY (variable, .env or credential), and reload."
)
MODEL_ADVICE = "Set gemini.index_model and gemini.acte_model to models that the key may use, and reload."
LONGEST_EVIDENCE = 300
WINDOWS: tuple[tuple[str, Window], ...] = (("PerDay", "day"), ("PerMinute", "minute"))


class LostUpload(PoolError):
    """An uploaded file is not there any more."""


def meaning(error: Exception) -> Refusal | PoolError:
    """Refusal: the limit is spent. ModelDown: it passes. Declined: of this document. Else people mend it."""
    if not isinstance(error, APIError):
        return ModelDown(f"Gemini gave no answer: {evidence(error)}", advice="It is asked again later.")
    if error.code == 429:
        return Refusal(window=window(error), retry_seconds=retry_seconds(error))
    said = evidence(error)
    if error.code in PASSING:
        return ModelDown(f"Gemini is overloaded or down: {said}", advice="It is asked again later.")
    if is_of_file(error):
        return LostUpload(f"An uploaded file is gone: {said}", advice="The job uploads it again.")
    if error.code in {401, 403} or reason(error) == "API_KEY_INVALID":
        return NotAvailable(f"Gemini does not take the key: {said}", advice=KEY_ADVICE)
    if error.code == 404:
        return NotAvailable(f"Gemini does not have this model: {said}", advice=MODEL_ADVICE)
    if error.status == "FAILED_PRECONDITION":
        return NotAvailable(f"Gemini does not serve this project: {said}", advice="Look at its billing.")
    return Declined(f"Gemini does not take this question: {said}")


def evidence(error: Exception) -> str:
    """One line without the key, which no message of the service or the client holds."""
    if isinstance(error, APIError):
        text = f"{error.code} {error.status}: {error.message}"
    else:
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return " ".join(text.split())[:LONGEST_EVIDENCE]


def body(error: APIError) -> dict[str, Any]:
    """The error as the service wrote it; a proxy's page in its place has no such part."""
    details = error.details
    if isinstance(details, list) and details:
        details = details[0]
    found = details.get("error") if isinstance(details, dict) else None
    return found if isinstance(found, dict) else {}


def details(error: APIError, kind: str) -> Iterator[dict[str, Any]]:
    for one in body(error).get("details") or ():
        if isinstance(one, dict) and str(one.get("@type", "")).endswith(kind):
            yield one


def reason(error: APIError) -> str:
    return next((str(one.get("reason", "")) for one in details(error, "ErrorInfo")), "")


def is_of_file(error: APIError) -> bool:
    """The service says 403 of a file that it does not have, as of one that it does not show."""
    message = (error.message or "").lower()
    return error.code in {403, 404} and (" file " in f" {message} " or "files/" in message)


def window(error: APIError) -> Window:
    """By the ids of the quotas that were spent; a day counts more than a minute."""
    ids = [
        str(violation.get("quotaId", ""))
        for failure in details(error, "QuotaFailure")
        for violation in failure.get("violations") or ()
        if isinstance(violation, dict)
    ]
    for part, name in WINDOWS:
        if any(part in one for one in ids):
            return name
    return "unknown"


def retry_seconds(error: APIError) -> float | None:
    """`13s` or `1.5s`; None when it did not say."""
    for info in details(error, "RetryInfo"):
        text = str(info.get("retryDelay", "")).removesuffix("s")
        try:
            return max(0.0, float(text))
        except ValueError:
            return None
    return None
