"""The rows of an index corrected: the same rows in the same order, none emptied, no number touched.

What was read is in the pages that were given; what is returned stands beside it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from poolmgr.ocr.boost.change import Change, same_words
from poolmgr.ocr.boost.corrections import Correction
from poolmgr.ocr.boost.doubt import LETTERS_SURE, SURE
from poolmgr.ocr.boost.facts import Scene, facts_of
from poolmgr.ocr.boost.history import History, days_of_plans
from poolmgr.ocr.boost.natures import is_known, nearest
from poolmgr.ocr.boost.proposals import Dropped, note, weigh
from poolmgr.ocr.boost.rules import Rule, rules
from poolmgr.ocr.boost.scoring import decide, questions
from poolmgr.ocr.boost.vocabulary import alias_of, near_body, vocabulary
from poolmgr.ocr.folding import folded
from poolmgr.ocr.index import sections, text_form
from poolmgr.ocr.index.amending import Amendment
from poolmgr.ocr.index.model import COLUMNS, Column, IndexPage, Party, Proposal, Row
from poolmgr.ocr.index.sections import Place


@dataclass(frozen=True, kw_only=True)
class Boosted:
    """pages: the corrected ones. notes: what a person should know of the whole document, in English."""

    pages: tuple[IndexPage, ...]
    corrections: tuple[Correction, ...]
    version: str
    notes: tuple[str, ...] = ()


def boost(pages: Sequence[IndexPage]) -> Boosted:
    """Corrects the rows of one document, in its order: what stands before a row is known of it."""
    found = sections.entries(pages)
    history = History(plans=days_of_plans(row for page in pages for row in page.rows))
    corrections: list[Correction] = []
    corrected: list[IndexPage] = []
    cancelled = cancellations(found)
    proposed: list[Proposal] = []
    dropped: list[Dropped] = []
    for page in pages:
        rows = []
        for number, row in enumerate(page.rows, 1):
            place = Place(page=page.number, row=number)
            after, made = correct(row, place, history, cancelled.get(place, ()))
            history.add(after)
            corrections += made
            # After the history was told: what a model says is no evidence for the rules.
            weighed = weigh(row, after)
            rows.append(weighed.row)
            corrections += [change.correction(place) for change in weighed.changes]
            proposed += row.proposals
            dropped += weighed.dropped
        corrected.append(replace(page, rows=tuple(rows)))
    return Boosted(
        pages=tuple(corrected),
        corrections=tuple(corrections),
        version=rules().version,
        notes=(*sections.unmatched(found), *note(proposed, dropped)),
    )


def amendments(before: IndexPage, after: IndexPage) -> list[Amendment]:
    """What a page's text form has to say otherwise."""
    return [
        Amendment(row=number, column=column, value=value)
        for number, (old, new) in enumerate(zip(before.rows, after.rows, strict=True), 1)
        for column in COLUMNS
        if (value := text_form.value_of(new, column)) != text_form.value_of(old, column)
    ]


def cancellations(entries: Sequence[sections.Entry]) -> Mapping[Place, tuple[sections.Entry, ...]]:
    """What the distinct section says of each row."""
    found: dict[Place, tuple[sections.Entry, ...]] = {}
    for entry in entries:
        for place in entry.rows:
            found[place] = (*found.get(place, ()), entry)
    return found


def correct(
    row: Row, place: Place, history: History, entries: Sequence[sections.Entry]
) -> tuple[Row, list[Correction]]:
    made: list[Correction] = []
    steps: tuple[Callable[[Row], Iterator[Change]], ...] = (
        lambda now: from_section(now, entries),
        aliases,
        lambda now: snaps(now, history),
        spelling,
        lambda now: nature_by_rules(now, history),
    )
    for step in steps:
        for change in step(row):
            if change.is_applied:
                row = change.to(row)
            made.append(change.correction(place))
    return row, made


def from_section(row: Row, entries: Sequence[sections.Entry]) -> Iterator[Change]:
    """What the distinct section says of the row, after what stands beside it."""
    columns: tuple[Column, ...] = ("radiations", "address_notice")
    for column in columns:
        said = [text_form.value_of(row, column)]
        for entry in entries:
            more = text_form.value_of(entry.row, column)
            if more and more not in said:
                said.append(more)
        before, after = said[0], ", ".join(text for text in said if text)
        if after != before:
            places = tuple(f"distinct section, page {one.place.page} row {one.place.row}" for one in entries)
            yield Change(column=column, before=before, after=after, rule="section", evidence=places)


def aliases(row: Row) -> Iterator[Change]:
    """Bodies by their standard name, where the whole name is an alias."""
    for number, party in enumerate(row.parties):
        body = alias_of(party.name)
        if body is not None and not same_words(party.name, body.name):
            evidence = (f"« {party.name} » is an alias of {body.name}",)
            yield renamed(number, party, body.name, body.rule, evidence)


def snaps(row: Row, history: History) -> Iterator[Change]:
    """Names that are nearly a body's, or a known misreading of it, where a rule's hints agree."""
    if row.confidence is not None and row.confidence >= SURE:
        return
    facts = facts_of(Scene(row=row, history=history))
    changed: set[int] = set()
    for rule in holding(facts):
        if not rule.snap:
            continue
        for number, party in enumerate(row.parties):
            if number not in changed and may_be(party, rule.snap):
                changed.add(number)
                name = next(body.name for body in vocabulary().bodies if body.id == rule.snap)
                yield renamed(number, party, name, str(rule.id), tuple(rule.when.evidence(facts)))


def may_be(party: Party, body_id: str) -> bool:
    near = near_body(party.name)
    if near is not None and near[0].id == body_id:
        return True
    return any(body.id == body_id and folded(party.name) in body.misread for body in vocabulary().bodies)


def spelling(row: Row) -> Iterator[Change]:
    """A spoilt word for a nature that it can only be."""
    if row.confidence is not None and row.confidence >= LETTERS_SURE:
        return
    meant = nearest(row.nature)
    if meant is None or same_words(row.nature, meant[0]):
        return
    how = "without its accents" if is_known(row.nature) else f"alike by {meant[1]:.2f}"
    yield Change(
        column="nature",
        before=row.nature,
        after=meant[0],
        rule="vocabulary",
        evidence=(f"« {row.nature} » is « {meant[0]} », {how}",),
        is_settled=False,
    )


def nature_by_rules(row: Row, history: History) -> Iterator[Change]:
    facts = facts_of(Scene(row=row, history=history))
    verdict = decide(row, rules().all, facts)
    if verdict.nature:
        first, *others = verdict.rules
        yield Change(
            column="nature",
            before=row.nature,
            after=verdict.nature,
            rule=str(first.id),
            also=tuple(str(rule.id) for rule in others),
            evidence=evidence_of(verdict.rules, facts),
        )
        return
    for rule, question in questions(row, rules().all, facts):
        yield Change(
            column="nature",
            before=row.nature,
            after=rule.raised[0] if rule.raised else "",
            rule=str(rule.id),
            evidence=(question, *rule.when.evidence(facts)),
            is_applied=False,
        )


def holding(facts: Mapping[str, str]) -> Iterator[Rule]:
    return (rule for rule in rules().all if rule.when.holds(facts))


def evidence_of(decided: Sequence[Rule], facts: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for rule in decided for text in rule.when.evidence(facts)))


def renamed(number: int, party: Party, name: str, rule: str, evidence: tuple[str, ...]) -> Change:
    return Change(column="parties", before=party.name, after=name, rule=rule, evidence=evidence, party=number)
