"""What a rule or a model changed, or asks to be looked at, with what it was told by."""

from collections.abc import Sequence
from dataclasses import dataclass

from poolmgr.domain.json import Json, JsonObject
from poolmgr.ocr.index.model import Column


@dataclass(frozen=True, kw_only=True)
class Correction:
    """One value of one row. before: verbatim, of parties one name. row: from 1.

    rule: the number of the rule that weighed most, or `section`, `vocabulary`, `alias`, `model`; also:
    further rules of the same mind. is_applied: false = the reading is certain, and a person should look.
    """

    page: int
    row: int
    column: Column
    before: str
    after: str
    rule: str
    also: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    is_applied: bool = True


def as_json(correction: Correction) -> JsonObject:
    return {
        "row": correction.row,
        "column": correction.column,
        "before": correction.before,
        "after": correction.after,
        "rule": correction.rule,
        "also": list[Json](correction.also),
        "evidence": list[Json](correction.evidence),
        "applied": correction.is_applied,
    }


def of_page(corrections: Sequence[Correction], page: int) -> list[Json]:
    return [as_json(one) for one in corrections if one.page == page]
