"""What a model proposes for a row, weighed: whatever it says, no more is done than rules may do.

The row stays, nothing is emptied, no number changes, a nature is one of the list and a date is a date.
What is certain, or what a rule has changed before, is not changed: there the model only asks.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from poolmgr.ocr.boost.change import Change, same_words
from poolmgr.ocr.boost.doubt import is_certain
from poolmgr.ocr.boost.natures import known
from poolmgr.ocr.completeness import is_plausible_date
from poolmgr.ocr.index.model import Column, Proposal, Row

MODEL = "model"
"""Who says it, in the place of a rule."""

PROPOSABLE: tuple[Column, ...] = ("nature", "parties", "date")
LONGEST = 300
"""Characters of a value; longer is no name."""

DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """A proposal that nothing is made of. why: in English."""

    proposal: Proposal
    why: str


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """row: with what was taken. changes: those, and what a person should look at."""

    row: Row
    changes: tuple[Change, ...] = ()
    dropped: tuple[Dropped, ...] = ()


def weigh(read: Row, row: Row) -> Weighed:
    """read: the row as it was read, with its proposals. row: what the rules made of it."""
    changes: list[Change] = []
    dropped: list[Dropped] = []
    for proposal in read.proposals:
        if why := objection(read, proposal):
            dropped.append(Dropped(proposal=proposal, why=why))
            continue
        change = change_of(read, row, proposal)
        if same_words(value(row, change), change.after):
            continue
        if change.is_applied:
            row = change.to(row)
        changes.append(change)
    return Weighed(row=row, changes=tuple(changes), dropped=tuple(dropped))


def objection(read: Row, proposal: Proposal) -> str:
    """Why nothing can be made of it, "" = nothing is in the way."""
    if proposal.column not in PROPOSABLE:
        return f"{proposal.column or 'nothing'} is not to be proposed"
    if not proposal.after or not proposal.after.isprintable() or len(proposal.after) > LONGEST:
        return "no value"
    if proposal.before not in values(read, proposal.column):
        return "it is not what was read"
    match proposal.column:
        case "nature":
            return "" if known(proposal.after) else "no nature of the list"
        case "date":
            return "" if proposal.before and is_day(proposal.after) else "no date"
        case _:
            is_kept = proposal.before and digits(proposal.before) == digits(proposal.after)
            return "" if is_kept else "another number"


def values(row: Row, column: str) -> tuple[str, ...]:
    if column == "parties":
        return tuple(party.name for party in row.parties)
    return (str(getattr(row, column)),)


def is_day(text: str) -> bool:
    return bool(DAY.fullmatch(text)) and is_plausible_date(text, date.today())  # noqa: DTZ011


def digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdecimal())


def change_of(read: Row, row: Row, proposal: Proposal) -> Change:
    """read: as it was read; row: as it stands now. The proposal has no objection."""
    column = next(one for one in PROPOSABLE if one == proposal.column)
    names = [party.name for party in read.parties]
    proposed = Change(
        column=column,
        before=proposal.before,
        after=(known(proposal.after) or "") if column == "nature" else proposal.after,
        rule=MODEL,
        evidence=(f"{proposal.by}: {proposal.reason}",),
        party=names.index(proposal.before) if column == "parties" else 0,
    )
    if value(row, proposed) != proposal.before:
        return asking(proposed, "was changed before")
    if is_certain(read, column, proposal.before):
        return asking(proposed, "is certain")
    return proposed


def value(row: Row, change: Change) -> str:
    """What a change would replace."""
    if change.column == "parties":
        return row.parties[change.party].name
    return str(getattr(row, change.column))


def asking(proposed: Change, why: str) -> Change:
    said = f"« {proposed.before} » {why}, the model proposes « {proposed.after} »"
    return replace(proposed, evidence=(said, *proposed.evidence), is_applied=False)


def note(proposed: Sequence[Proposal], dropped: Sequence[Dropped]) -> Iterator[str]:
    """What a person should know of all proposals of a document."""
    if dropped:
        whys = Counter(one.why for one in dropped)
        counted = ", ".join(f"{why}: {count}" for why, count in sorted(whys.items()))
        yield f"{len(dropped)} of {len(proposed)} proposals of the model dropped ({counted})"
