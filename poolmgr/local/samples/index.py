"""Pages of a land register index: heading, dates of update, a ruled table of eight columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from poolmgr.local.samples.inscriptions import Inscription, draw_history
from poolmgr.local.samples.people import RENOVATED, Place
from poolmgr.local.samples.sheet import PADDING, Face, Point, Sheet, Style, wrap

WIDTH, HEIGHT = 792.0, 612.0
LEFT, TABLE_TOP, BOTTOM = 28.0, 132.0, 570.0
FACE: Face = "helv"
BODY = Style(face=FACE, size=8.6, leading=1.22)
STRONG = Style(face="hebo", size=8.6, leading=1.22)
TITLE = Style(face="hebo", size=14)
SMALL = Style(face=FACE, size=8)
COLUMNS = (
    ("Date de présentation", 66.0),
    ("Numéro d’inscription", 66.0),
    ("Nature de l’acte", 106.0),
    ("Qualité", 74.0),
    ("Nom des parties", 172.0),
    ("Remarques", 122.0),
    ("Avis d’adresse", 54.0),
    ("Radiations", 76.0),
)
EDGES = tuple(LEFT + sum(width for _, width in COLUMNS[:column]) for column in range(len(COLUMNS) + 1))
# more rows than a page can hold
MOST_ROWS = 22
# the day the index was ordered
ORDERED = date(2024, 5, 14)
# renovated cadastre: no file is older than the reform
OLDEST, OLDEST_RENOVATED = 1986, 1997


def wrap_cell(text: str, column: int, style: Style = BODY) -> list[str]:
    return wrap(text, style, COLUMNS[column][1] - 2 * PADDING) if text else []


def write_cell(sheet: Sheet, text: str, column: int, y: float, style: Style = BODY) -> float:
    """Writes a cell whose first baseline is `y`; the baseline below it."""
    return sheet.write(wrap_cell(text, column, style), (EDGES[column] + PADDING, y), style)


def row_height(row: Inscription) -> float:
    """What the tallest cell needs: parties take one line each, or as many as their name wraps to."""
    parties = sum(max(len(wrap_cell(p.role, 3)), len(wrap_cell(p.name, 4))) for p in row.parties)
    lines = max(parties, len(wrap_cell(row.nature, 2)), len(wrap_cell(row.remarks, 5)), 1)
    return lines * BODY.line + 2 * PADDING


def write_row(sheet: Sheet, row: Inscription, top: float) -> float:
    """One registration below `top`; the y of its lower rule."""
    y = top + PADDING + BODY.size * 0.85
    write_cell(sheet, row.day.isoformat(), 0, y)
    write_cell(sheet, str(row.number), 1, y)
    write_cell(sheet, row.nature, 2, y)
    below = y
    for party in row.parties:
        below = max(write_cell(sheet, party.role, 3, below), write_cell(sheet, party.name, 4, below))
    write_cell(sheet, row.remarks, 5, y)
    write_cell(sheet, row.address_notice, 6, y)
    write_cell(sheet, row.radiations, 7, y)
    bottom = top + row_height(row)
    sheet.rule((LEFT, bottom), (EDGES[-1], bottom), 0.5)
    return bottom


def write_labelled(sheet: Sheet, pairs: Sequence[tuple[str, str]], at: Point, gap: float) -> None:
    """Lines of a bold label and its value, `gap` points to the right."""
    x, y = at
    for label, value in pairs:
        sheet.write([label], (x, y), STRONG)
        sheet.write([value], (x + gap, y), BODY)
        y += 13


@dataclass(frozen=True, kw_only=True)
class Index:
    """What an index says before it is laid on pages; `parts` are the rows of each page."""

    place: Place
    lot: str
    opened: date
    rights: date
    discharges: date
    parts: tuple[tuple[Inscription, ...], ...]

    @property
    def heading(self) -> tuple[tuple[str, str], ...]:
        return (
            ("Circonscription foncière :", self.place.circonscription),
            ("Cadastre :", self.place.cadastre),
            ("Lot :", self.lot),
            ("Date d’établissement :", self.opened.isoformat()),
            ("Plan :", "Liste des plans"),
        )

    @property
    def stamps(self) -> tuple[tuple[str, str], ...]:
        return (("Droits :", f"{self.rights} 14:32"), ("Radiations :", f"{self.discharges} 09:05"))

    @property
    def told(self) -> str:
        """Heading, stamps and rows, without what is printed around them on every page."""
        lines = [" ".join(pair) for pair in (*self.heading, *self.stamps)]
        for row in (row for part in self.parts for row in part):
            parties = [f"{party.role} {party.name}" for party in row.parties]
            cells = (row.nature, *parties, row.remarks, row.address_notice, row.radiations)
            lines.append(" ".join((row.day.isoformat(), str(row.number), *cells)))
        return "\n".join(lines)


def write_heading(sheet: Sheet, index: Index) -> None:
    sheet.write(["Registre foncier du Québec"], (LEFT, 36), STRONG)
    sheet.centre("Index des immeubles", 38, TITLE)
    write_labelled(sheet, index.heading, (LEFT, 58), 124)
    box = (500.0, 46.0, EDGES[-1], 100.0)
    sheet.box(*box)
    sheet.write(["Dates de mise à jour du Registre"], (box[0] + 8, box[1] + 14), STRONG)
    write_labelled(sheet, index.stamps, (box[0] + 8, box[1] + 30), 70)


def open_table(sheet: Sheet) -> float:
    """The column titles; the y of the rule below them."""
    bottom = TABLE_TOP + 2 * STRONG.line + 2 * PADDING
    for column, (title, _) in enumerate(COLUMNS):
        write_cell(sheet, title, column, TABLE_TOP + PADDING + STRONG.size * 0.85, STRONG)
    for y in (TABLE_TOP, bottom):
        sheet.rule((LEFT, y), (EDGES[-1], y), 1.0)
    return bottom


def close_table(sheet: Sheet, bottom: float, number: int, pages: int) -> None:
    for x in EDGES:
        sheet.rule((x, TABLE_TOP), (x, bottom))
    sheet.write(["Document fictif"], (LEFT, 592), SMALL)
    sheet.write([f"Page {number} de {pages}"], (EDGES[-1] - 54, 592), SMALL)


def part(rows: Sequence[Inscription], pages: int, last_room: float) -> list[list[Inscription]]:
    """As many rows as `pages` pages hold, the last one filled to the share `last_room`."""
    parts: list[list[Inscription]] = []
    rest = list(rows)
    room = BOTTOM - TABLE_TOP - 2 * STRONG.line - 2 * PADDING
    for number in range(1, pages + 1):
        left = room * (last_room if number == pages else 1)
        parts.append([])
        while rest and row_height(rest[0]) <= left:
            left -= row_height(rest[0])
            parts[-1].append(rest.pop(0))
    return parts


def forget_later(rows: Sequence[Inscription], last: int) -> list[Inscription]:
    """The rows without discharges that came after the last row shown."""
    return [replace(r, discharged_by=None) if (r.discharged_by or 0) > last else r for r in rows]


def draw_index(rng: Random, place: Place, lot: str, pages: int) -> Index:
    """An index that fills exactly `pages` landscape letter pages."""
    since = OLDEST_RENOVATED if place.cadastre == RENOVATED else OLDEST
    story, room, most = rng.random(), rng.uniform(0.6, 0.95), MOST_ROWS * pages
    unspread = draw_history(Random(story), since=since, until_now=most, rows=most)
    shown = sum(len(rows) for rows in part(unspread, pages, room))
    parts = part(draw_history(Random(story), since=since, until_now=shown, rows=most), pages, room)
    last = parts[-1][-1]
    rights = ORDERED - timedelta(days=rng.randrange(1, 5))
    return Index(
        place=place,
        lot=lot,
        opened=parts[0][0].day - timedelta(days=30),
        rights=rights,
        discharges=rights - timedelta(days=rng.randrange(3, 30)),
        parts=tuple(tuple(forget_later(rows, last.number)) for rows in parts),
    )


def set_index(index: Index) -> list[Sheet]:
    """Its pages."""
    sheets = []
    for number, rows in enumerate(index.parts, 1):
        sheet = Sheet(width=WIDTH, height=HEIGHT)
        write_heading(sheet, index)
        bottom = open_table(sheet)
        for row in rows:
            bottom = write_row(sheet, row, bottom)
        close_table(sheet, bottom, number, len(index.parts))
        sheets.append(sheet)
    return sheets


def compose_index(rng: Random, place: Place, lot: str, pages: int) -> list[Sheet]:
    return set_index(draw_index(rng, place, lot, pages))
