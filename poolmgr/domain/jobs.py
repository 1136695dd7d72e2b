"""What is worked on: kinds of job, and a claim on one of them."""

from dataclasses import dataclass, field
from typing import Literal, NewType, Self, get_args

from poolmgr.domain.errors import ForeignToken
from poolmgr.domain.json import JsonObject

JobKind = Literal["land", "req", "rdprm", "ocr_index", "ocr_acte"]
JOB_KINDS: tuple[JobKind, ...] = get_args(JobKind)
OCR_KINDS: tuple[JobKind, ...] = ("ocr_index", "ocr_acte")

RowId = NewType("RowId", str)
WorkerId = NewType("WorkerId", str)
EnvironmentName = NewType("EnvironmentName", str)


class Token(str):
    """The fence of one claim: text, and the environment whose database alone knows it.

    A purchase or a lease of staging has an id that prod may have too; its token is refused there.
    """

    __slots__ = ("environment",)
    environment: EnvironmentName

    def __new__(cls, value: str, environment: EnvironmentName) -> Self:
        token = super().__new__(cls, value)
        token.environment = environment
        return token

    def of(self, environment: EnvironmentName) -> str:
        """The text, for that environment's database. Raises ForeignToken for any other's."""
        if self.environment != environment:
            raise ForeignToken(
                f"A job of {self.environment} was about to be written into {environment}: nothing was done."
            )
        return str(self)

    def __reduce__(self) -> tuple[type[Self], tuple[str, EnvironmentName]]:
        return type(self), (str(self), self.environment)


def job_kind(word: str) -> JobKind:
    """The kind a word names; ValueError when it names none."""
    for kind in JOB_KINDS:
        if kind == word:
            return kind
    raise ValueError(f"{word!r} is not a kind of job: {', '.join(JOB_KINDS)}")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One row, ours until `token` ends; `job` holds the named columns, never the document's text."""

    environment: EnvironmentName
    token: Token
    kind: JobKind
    row_id: RowId
    attempt: int
    job: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Depth:
    """How much of one kind waits in one environment."""

    kind: JobKind
    ready: int
    running: int
    oldest_ready_seconds: float | None
    next_not_before: str | None


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """What became of a token: held, or why not (expired, taken, cancelled, ended)."""

    token: Token
    held: bool
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Rescue:
    """One row that a dead or foreign owner left behind, and what was done about it."""

    kind: JobKind
    row_id: RowId
    worker: str | None
    reason: str
