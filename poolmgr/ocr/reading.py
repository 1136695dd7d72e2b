"""What reading a document gives, and the port behind which every engine stands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import PoolError
from poolmgr.domain.jobs import JobKind
from poolmgr.domain.quota import Usage
from poolmgr.ocr.index.model import IndexPage

EngineName = Literal["table", "text_layer", "tesseract", "gemini"]


class Stopped(PoolError):
    """Reading was stopped between two pages."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page's text. number: from 1. confidence: 0 to 1, None where the engine gives none.

    note: what a person should know of this page, in English; "" when there is nothing to say.
    model, prompt: which model read it, told by which version of a prompt; "" where none did.
    index: what the page says as rows, where it is one of an index and was read so.
    """

    number: int
    text: str
    engine: EngineName
    confidence: float | None = None
    note: str = ""
    model: str = ""
    prompt: str = ""
    index: IndexPage | None = None


@dataclass(frozen=True, kw_only=True)
class Section:
    """What a deed says under one of its titles, from all of its pages."""

    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Every page of a document, in order. sections: of a deed, where they were told apart.

    usages: what each call of a model took, in order.
    """

    pages: tuple[Page, ...]
    note: str = ""
    sections: tuple[Section, ...] = ()
    usages: tuple[Usage, ...] = ()


class Engine(Protocol):
    """Reads a whole document, synchronously; called from one thread of a process.

    `stop` is asked between pages. Of an index (kind ocr_index) the rows are read too. Raises DocumentError
    (the document can never be read), NotAvailable (something is not installed), Stopped.
    """

    def __call__(
        self, data: bytes, settings: OcrSettings, stop: Callable[[], bool], kind: JobKind = "ocr_acte"
    ) -> Reading: ...
