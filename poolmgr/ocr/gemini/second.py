"""The second call: one question of text for a whole document, about the rows that are in doubt.

What comes back are proposals. They hang on the rows, which stay as they were read, until they are weighed.
"""

from collections.abc import Sequence
from dataclasses import replace

import orjson

from poolmgr.config.settings import GeminiSettings
from poolmgr.domain.errors import PoolError
from poolmgr.domain.json import JsonObject, text, whole
from poolmgr.ocr.boost.doubt import is_worth_a_look
from poolmgr.ocr.gemini import prompts, questions
from poolmgr.ocr.gemini.client import Bill, Client
from poolmgr.ocr.gemini.question import Answer
from poolmgr.ocr.index.model import IndexPage, Proposal, Row
from poolmgr.ocr.index.sections import Place, places
from poolmgr.ocr.reading import Page
from poolmgr.telemetry.events import emit

ASKED = "Relis les inscriptions douteuses de cet index (« ask » : true). Une inscription par ligne, en JSON :"


async def look_again(
    pages: Sequence[Page], client: Client, settings: GeminiSettings, bill: Bill
) -> tuple[Page, ...]:
    """The pages with what the model proposes for their doubtful rows; as they were where there are none.

    Never raises for the call's sake: why nothing came of it is said in the notes of the pages in question.
    """
    read = [page.index for page in pages if page.index and page.engine == "gemini"]
    asked = doubtful(read)[: settings.second_call_rows]
    if not asked:
        return tuple(pages)
    question = questions.of_rows(settings.index_model, question_text(read, asked))
    try:
        answer = await client.ask_now(question, bill)
        trouble = "" if answer.step == "check" else f"its answer is not whole ({answer.finish})"
    except PoolError as error:
        answer, trouble = None, error.sentence
    if trouble:
        emit("second_call.failed", row=bill.asker.row_id, error=trouble)
    found = proposals(answer, f"{settings.index_model}, {prompts.SECOND}") if answer else []
    strange = sum(place not in asked for place, _ in found)
    notes = [f"second call: {trouble}"] if trouble else []
    notes += [f"second call: proposals for rows that were not asked: {strange}"] if strange else []
    return tuple(with_proposals(page, asked, found, notes) for page in pages)


def doubtful(pages: Sequence[IndexPage]) -> list[Place]:
    """A distinct section says nothing of nature, parties and date."""
    registrations = (page for page in pages if page.layout != "modern_radiation")
    return [place for place, row in places(registrations) if is_worth_a_look(row)]


def question_text(pages: Sequence[IndexPage], asked: Sequence[Place]) -> str:
    """The rows in question, each between the ones before and after it."""
    rows = list(places(pages))
    wanted = set(asked)
    near = {
        beside
        for at, (place, _) in enumerate(rows)
        if place in wanted
        for beside in range(max(0, at - 1), min(len(rows), at + 2))
    }
    return "\n".join([ASKED, *(line(*rows[at], is_asked=rows[at][0] in wanted) for at in sorted(near))])


def line(place: Place, row: Row, *, is_asked: bool) -> str:
    others: JsonObject = {
        column: [one.value for one in several] for column, several in row.alternatives.items()
    }
    told: JsonObject = {
        "page": place.page,
        "row": place.row,
        "ask": is_asked,
        "date": row.date,
        "number": row.number,
        "nature": row.nature,
        "parties": [{"name": party.name, "role": party.role} for party in row.parties],
        "remarks": row.remarks,
        "confidence": row.confidence,
        "alternatives": others,
    }
    return orjson.dumps(told).decode()


def proposals(answer: Answer, by: str) -> list[tuple[Place, Proposal]]:
    """All whole ones, also of an answer that was cut; none is trusted to have the form it should."""
    return [
        (
            Place(page=whole(said, "page"), row=whole(said, "row")),
            Proposal(
                column=text(said, "column"),
                before=text(said, "before"),
                after=one_line(text(said, "after")),
                reason=one_line(text(said, "reason")),
                by=by,
            ),
        )
        for said in answer.records.real_rows
    ]


def one_line(value: str) -> str:
    return " ".join(value.split())


def with_proposals(
    page: Page, asked: Sequence[Place], found: Sequence[tuple[Place, Proposal]], notes: Sequence[str]
) -> Page:
    index = page.index
    here = {place.row for place in asked if place.page == page.number}
    if index is None or not here:
        return page
    rows = tuple(
        replace(
            row, proposals=tuple(one for place, one in found if place == Place(page=page.number, row=number))
        )
        if number in here
        else row
        for number, row in enumerate(index.rows, 1)
    )
    note = ", ".join(filter(None, (page.note, *notes)))
    return replace(page, index=replace(index, rows=rows), note=note)
