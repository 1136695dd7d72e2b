"""Words and ruled lines of a page -> an IndexPage. Pure: lengths are points, y grows downwards."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from poolmgr.ocr.completeness import doubts, is_whole
from poolmgr.ocr.index import dates, heading, layouts, people
from poolmgr.ocr.index.entries import Entry, part, words_in
from poolmgr.ocr.index.grid import Grid
from poolmgr.ocr.index.layouts import Columns
from poolmgr.ocr.index.lines import lines
from poolmgr.ocr.index.model import IndexPage, Row
from poolmgr.ocr.recognised import Word

NOTICE = re.compile(r"^(?:avis d.\s?adresse|a\. ?a\.)\s*(?:n[o°]\.?)?\s*:?\s*(\d[\d ]{3,})$", re.IGNORECASE)
LEAST_NUMBER, SURE_HAND = 3, 0.6
CENTURY = 1900
STROKES = " .,:;'\"-*"
"""What is left of rules beside a number."""
HAND = "handwriting is not read offline, only what is printed or typed"


@dataclass(frozen=True, kw_only=True)
class Table:
    """The grid of an index page, and what its columns hold. titles: as they were read."""

    grid: Grid
    columns: Columns
    titles: tuple[str, ...]

    @property
    def once(self) -> tuple[int, ...]:
        """The columns that every registration fills once."""
        return self.columns.of("number", "date")


def recognise(words: Sequence[Word], grid: Grid | None) -> Table | None:
    """The table of an index; None where there is none, or its titles are of something else."""
    if grid is None:
        return None
    titles = tuple(
        " ".join(line.text for line in lines(words_in(words, grid, column, 0)))
        for column in range(grid.columns)
    )
    columns = layouts.recognise(titles)
    return None if columns is None else Table(grid=grid, columns=columns, titles=titles)


def assemble(number: int, words: Sequence[Word], table: Table, counted: int | None) -> IndexPage:
    """number: of the page. counted: registrations seen without reading them."""
    found = [
        entry for entry in part(words, table.grid, table.columns) if is_registration(entry, table.columns)
    ]
    top, bottom = table.grid.steps[0], table.grid.steps[-1]
    page = IndexPage(
        number=number,
        layout=table.columns.layout,
        header=heading.read(word for word in words if not top <= (word.top + word.bottom) / 2 <= bottom),
        rows=tuple(row_of(entry, table) for entry in found),
        rows_counted=counted,
    )
    return replace(page, note=note_of(page))


def is_registration(entry: Entry, columns: Columns) -> bool:
    """Whether it is one, and not a pen's scribbles taken for letters, which Tesseract is never sure of."""
    digits = sum(map(str.isdigit, entry.text("number")))
    told = digits >= LEAST_NUMBER or dates.iso(entry.text("date")) is not None
    if columns.layout not in layouts.HANDWRITTEN:
        return told or bool(entry.text("nature"))
    sure = entry.confidence("number", "date")
    return told and (sure is None or sure >= SURE_HAND)


def row_of(entry: Entry, table: Table) -> Row:
    remarks, notice = remarked(entry)
    written = entry.text("date")
    century = CENTURY if table.columns.layout == "old_1" else None
    return Row(
        number=entry.text("number").strip(STROKES),
        date=dates.iso(written, century) or written,
        nature=entry.text("nature"),
        parties=people.read(entry),
        remarks=remarks,
        address_notice=notice or entry.text("address_notice"),
        radiations=entry.text("radiations"),
        confidence=entry.confidence(),
    )


def remarked(entry: Entry) -> tuple[str, str]:
    """Remarks, and the number of an avis d'adresse that stands among them on a line of its own.

    Register and volume of the oldest form have no field of their own; they come before the remarks.
    """
    noticed = [NOTICE.match(line.text) for line in entry.lines("remarks")]
    remarks = " ".join(
        line.text for line, notice in zip(entry.lines("remarks"), noticed, strict=True) if not notice
    )
    places = (("Reg.", entry.text("register")), ("Vol.", entry.text("volume")))
    shown = ", ".join(f"{name} {place}" for name, place in places if place)
    return "; ".join(filter(None, (shown, remarks))), " ".join(notice[1] for notice in noticed if notice)


def note_of(page: IndexPage) -> str:
    notes = [HAND] if page.layout in layouts.HANDWRITTEN else []
    notes += doubts(page)
    rows, counted = len(page.rows), page.rows_counted
    if counted is not None and counted > rows and is_whole(page):
        notes.append(f"{rows} of {counted} rows read")
    return ", ".join(notes)
