import pytest
from google.genai.types import FinishReason

from poolmgr.domain.errors import ModelError
from poolmgr.ocr.gemini.finish import POLICY, step_of

NEVER_OURS = {
    "FINISH_REASON_UNSPECIFIED",
    "MALFORMED_FUNCTION_CALL",
    "UNEXPECTED_TOOL_CALL",
    "TOO_MANY_TOOL_CALLS",
    "MISSING_THOUGHT_SIGNATURE",
    "IMAGE_OTHER",
    "NO_IMAGE",
    "ESCALATION",
    "PUP_LIMITED_DISABLED",
}
"""Of tools and pictures that nobody asks for, or too new to be known: an error, should one ever come."""


def test_every_reason_that_the_client_knows_is_decided_on() -> None:
    assert {reason.value for reason in FinishReason} <= {*POLICY, *NEVER_OURS}


@pytest.mark.parametrize("reason", ["FROBNICATED", "", *sorted(NEVER_OURS)])
def test_a_reason_that_nobody_knows_is_an_error(reason: str) -> None:
    with pytest.raises(ModelError):
        step_of(reason)
