"""What is asked of the model, and what came back."""

import hashlib
from dataclasses import dataclass

import orjson

from poolmgr.domain.json import JsonObject
from poolmgr.domain.quota import Usage
from poolmgr.ocr.gemini.finish import NOTHING, Step, step_of
from poolmgr.ocr.gemini.records import Records


@dataclass(frozen=True, kw_only=True)
class Document:
    """What is shown to the model. uri: of an uploaded file, in place of its bytes."""

    mime: str
    data: bytes = b""
    uri: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """instruction: who the model is and what it does. text: what is asked of this document.

    listed: the last key of the answer's schema, a list of records. tokens: the estimate of its input.
    document: None where all is in the text.
    """

    model: str
    instruction: str
    text: str
    schema: JsonObject
    listed: str
    tokens: int
    document: Document | None = None

    @property
    def digest(self) -> str:
        """Of all that is asked, so that an equal question has an equal answer."""
        shown = self.document or Document(mime="")
        parts = (self.model, self.instruction, self.text, self.listed, shown.mime)
        told = hashlib.sha256("\0".join(parts).encode())
        told.update(orjson.dumps(self.schema))
        told.update(shown.data)
        return told.hexdigest()[:40]


@dataclass(kw_only=True)
class Answer:
    """How it ended (`finish`), and what came until then. usage: None while the service has not told."""

    records: Records
    finish: str = NOTHING
    usage: Usage | None = None

    @property
    def step(self) -> Step:
        """Raises ModelError."""
        step = step_of(self.finish)
        if step == "check" and not self.records.whole:
            return "go_on" if self.records.rows and not self.records.malformed else "again"
        return step
