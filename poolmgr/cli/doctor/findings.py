"""What `registre-pool doctor` finds: one check, how grave, and what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from poolmgr.domain.errors import PoolError

Grade = Literal["ok", "warning", "failure"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check. fix: what to do about it, when it is not ok."""

    check: str
    grade: Grade
    detail: str
    fix: str = ""


def tried(check: str, look: Callable[[], str], grade: Grade = "warning") -> Finding:
    """What `look` says; of the grade when it raises."""
    try:
        return Finding(check=check, grade="ok", detail=look())
    except PoolError as error:
        return Finding(check=check, grade=grade, detail=error.sentence, fix=error.advice)
