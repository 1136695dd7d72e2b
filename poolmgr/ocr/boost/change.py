"""One value of a row that becomes another, whoever says so."""

from dataclasses import dataclass, replace

from poolmgr.ocr.boost.corrections import Correction
from poolmgr.ocr.index.model import Column, Row
from poolmgr.ocr.index.sections import Place


@dataclass(frozen=True, kw_only=True)
class Change:
    """One value of a row that becomes another. party: which of them, from 0.

    is_settled: false = only letters were put right, and the other readings are still to be weighed.
    """

    column: Column
    before: str
    after: str
    rule: str
    also: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    is_applied: bool = True
    is_settled: bool = True
    party: int = 0

    def to(self, row: Row) -> Row:
        """The row with the new value, without the other readings that it settles."""
        others = {
            column: these
            for column, these in row.alternatives.items()
            if column != self.column or not self.is_settled
        }
        if self.column == "parties":
            named = replace(row.parties[self.party], name=self.after)
            parties = (*row.parties[: self.party], named, *row.parties[self.party + 1 :])
            return replace(row, parties=parties, alternatives=others)
        values: dict[str, str] = {self.column: self.after}
        return replace(row, alternatives=others, **values)  # type: ignore[arg-type]  # every other column is text

    def correction(self, place: Place) -> Correction:
        return Correction(
            page=place.page,
            row=place.row,
            column=self.column,
            before=self.before,
            after=self.after,
            rule=self.rule,
            also=self.also,
            evidence=self.evidence,
            is_applied=self.is_applied,
        )


def same_words(one: str, other: str) -> bool:
    """Whether two texts differ in capitals and the form of their apostrophes alone."""
    return one.replace("’", "'").casefold().split() == other.replace("’", "'").casefold().split()
