"""What each way in which an answer can end means for the page. Text proves nothing: a loop has text, too."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from poolmgr.domain.errors import ModelError

Step = Literal["check", "go_on", "split", "offline", "again"]
"""check: it says that it is whole. go_on: ask for what follows its last whole record. split: ask for less at
once. offline: never asked again, that would be paid in vain. again: once more, then offline."""

REPETITION, BROKEN_OFF, NOTHING = "REPETITION", "BROKEN_OFF", "NOTHING"
"""Ours: we cut a loop; the connection broke in mid-answer; the stream ended and gave no reason."""

BLOCKED = "BLOCKED"
"""Ours: the question itself was refused, before any answer."""

POLICY: Mapping[str, Step] = MappingProxyType(
    {
        "STOP": "check",
        "MAX_TOKENS": "go_on",
        "CONTINUATION": "go_on",
        BROKEN_OFF: "go_on",
        REPETITION: "split",
        "RECITATION": "offline",
        "SAFETY": "offline",
        "BLOCKLIST": "offline",
        "PROHIBITED_CONTENT": "offline",
        "SPII": "offline",
        "LANGUAGE": "offline",
        "MODEL_ARMOR": "offline",
        "IMAGE_SAFETY": "offline",
        "IMAGE_PROHIBITED_CONTENT": "offline",
        "IMAGE_RECITATION": "offline",
        BLOCKED: "offline",
        "MALFORMED_RESPONSE": "again",
        "OTHER": "again",
        NOTHING: "again",
    }
)


def step_of(reason: str) -> Step:
    """Raises ModelError for a reason that nobody here has heard of: it is never a success."""
    known = POLICY.get(reason)
    if known is None:
        raise ModelError(
            f"The model's answer ended with {reason!r}, which is not known.",
            advice="Update registre-pool; until then ocr.engine = offline reads without the model.",
        )
    return known
