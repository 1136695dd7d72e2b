"""Forms filled in by machine, each with what it truly says.

Real ones are mostly handwritten, which no generator here can draw: these pages measure the reading of forms,
titles and type, never of a hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from poolmgr.local.samples.forms import FORMS, LEFT, Form
from poolmgr.local.samples.inscriptions import Inscription, Party, draw_history
from poolmgr.local.samples.people import MONTHS, Place
from poolmgr.local.samples.sheet import PADDING, Sheet, Style, wrap
from poolmgr.local.samples.truths import IndexTruth, RowTruth, row_truth

WIDTH, HEIGHT, TOP, BOTTOM = 792.0, 612.0, 112.0, 572.0
INDENT = 9.0
ENGLISH_MONTHS = (
    "Jan.",
    "Feb.",
    "March",
    "April",
    "May",
    "June",
    "July",
    "Aug.",
    "Sept.",
    "Oct.",
    "Nov.",
    "Dec.",
)
ENGLISH = {
    "Vente": "Deed of sale",
    "Hypothèque": "Mortgage",
    "Donation": "Deed of gift",
    "Servitude": "Servitude",
    "Échange": "Exchange",
    "Cession": "Transfer",
    "Quittance": "Discharge",
    "Mainlevée": "Release",
    "Testament": "Will",
    "Bail": "Lease",
}
Cells = dict[str, list[str]]
SINCE = {"old_1": 1978, "old_2": 1972, "old_3": 1972, "modern_radiation": 1973}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One registration as a form shows it: the lines of its cells by column, and what it truly says."""

    cells: Cells
    truth: RowTruth

    @property
    def lines(self) -> int:
        return max(len(lines) for lines in self.cells.values())


def draw_form(rng: Random, place: Place, lot: str, layout: str) -> tuple[Sheet, IndexTruth]:
    """One full page of the form."""
    form = FORMS[layout]
    story = draw_history(rng, since=SINCE[layout], until_now=110, rows=40)
    entries = fill(form, [fitted(rng, form, row) for row in story], rng)
    sheet = Sheet(width=WIDTH, height=HEIGHT)
    header = write_heading(sheet, form, place, lot)
    write_table(sheet, form, entries)
    sheet.write(["Document fictif"], (LEFT, 594), Style(face="helv", size=8))
    truth = IndexTruth(layout=layout, header=header, rows=tuple(entry.truth for entry in entries))
    return sheet, truth


def fitted(rng: Random, form: Form, row: Inscription) -> Entry:
    return MAKERS[form.layout](rng, form, row)


def old_1(rng: Random, form: Form, row: Inscription) -> Entry:
    truth = replace(row_truth(row), parties=nameless(row.parties))
    month = MONTHS[row.day.month - 1]
    in_words = len(month) <= 4 and rng.random() < 0.7
    day = f"{row.day.day} {month} {row.day.year}" if in_words else row.day.isoformat()
    remarks = wrap_in(form, "remarks", row.remarks)
    if row.address_notice:
        remarks += [f"Avis d’adresse {row.address_notice}"]
    return Entry(
        cells={
            "parties": names(form, "parties", row.parties),
            "nature": wrap_in(form, "nature", row.nature),
            "date": [day],
            "number": [str(row.number)],
            "remarks": remarks,
            "radiations": wrap_in(form, "radiations", row.radiations),
        },
        truth=truth,
    )


def old_2(rng: Random, form: Form, row: Inscription) -> Entry:
    register, volume = rng.choice("ABC"), str(rng.randrange(11, 99))
    shown = f"Reg. {register}, Vol. {volume}"
    truth = replace(
        row_truth(row),
        parties=nameless(row.parties),
        remarks=f"{shown}; {row.remarks}" if row.remarks else shown,
        address_notice="",
    )
    cells = {
        "parties": names(form, "parties", row.parties),
        "nature": wrap_in(form, "nature", row.nature),
        "date": [row.day.isoformat()],
        "register": [register],
        "volume": [volume],
        "number": [str(row.number)],
        "radiations": wrap_in(form, "radiations", row.radiations),
        "remarks": wrap_in(form, "remarks", row.remarks),
    }
    return Entry(cells=cells, truth=truth)


def old_3(_: Random, form: Form, row: Inscription) -> Entry:
    givers = [party for party in row.parties if party.role == row.parties[0].role]
    takers = [party for party in row.parties if party.role != row.parties[0].role]
    roles = {"givers": form.columns[1].title, "takers": form.columns[2].title}
    sides = {"givers": givers, "takers": takers}
    nature = ENGLISH.get(row.nature, "Declaration")
    day = f"{ENGLISH_MONTHS[row.day.month - 1]} {row.day.day}, {row.day.year}"
    truth = replace(
        row_truth(row),
        nature=nature,
        parties=tuple(Party(role=roles[side], name=party.name) for side in sides for party in sides[side]),
        remarks="",
        address_notice="",
        radiations="",
    )
    cells = {side: names(form, side, parties) for side, parties in sides.items()}
    cells |= {"date": [day], "nature": wrap_in(form, "nature", nature), "number": [str(row.number)]}
    return Entry(cells=cells, truth=truth)


def distinct(rng: Random, form: Form, row: Inscription) -> Entry:
    """Of an old registration: what was written of it after its page had been reproduced."""
    ended = row.discharged_by or rng.randrange(10_000_000, 24_000_000)
    radiations = f"{rng.choice('TTTP')} {ended}" if rng.random() < 0.8 or not row.address_notice else ""
    remarks = rng.choice(("", "", "Changement de nom", "Voir aussi l’inscription " + str(row.number - 7)))
    truth = RowTruth(
        number=str(row.number),
        remarks=remarks,
        address_notice=row.address_notice,
        radiations=radiations,
    )
    cells = {
        key: wrap_in(form, key, str(getattr(truth, key)))
        for key in ("number", "remarks", "address_notice", "radiations")
    }
    return Entry(cells=cells, truth=truth)


MAKERS = {"old_1": old_1, "old_2": old_2, "old_3": old_3, "modern_radiation": distinct}


def nameless(parties: Sequence[Party]) -> tuple[Party, ...]:
    """Old forms tell no role."""
    return tuple(Party(role="", name=party.name) for party in parties)


def room(form: Form, key: str) -> float:
    return next(column.width for column in form.columns if column.key == key) - 2 * PADDING


def wrap_in(form: Form, key: str, text: str) -> list[str]:
    return wrap(text, form.typed, room(form, key)) if text else []


def names(form: Form, key: str, parties: Sequence[Party]) -> list[str]:
    """One line each; what does not fit goes on indented, here marked by a leading tab."""
    lines: list[str] = []
    for party in parties:
        first, *rest = wrap(party.name, form.typed, room(form, key) - INDENT)
        lines += [first, *(f"\t{line}" for line in rest)]
    return lines


def fill(form: Form, entries: Sequence[Entry], rng: Random) -> list[Entry]:
    """As many as the page holds, in part of it on some pages; the same first party twice is a ditto mark."""
    left = (BOTTOM - TOP - 40) * rng.uniform(0.6, 1.0)
    shown: list[Entry] = []
    for entry in entries:
        left -= height(form, entry)
        if left < 0:
            break
        repeats = form.layout in ("old_1", "old_2") and shown and same_first_name(shown[-1], entry)
        shown.append(dittoed(form, entry) if repeats and rng.random() < 0.5 else entry)
    return shown


def same_first_name(before: Entry, entry: Entry) -> bool:
    first = entry.truth.parties[:1]
    return bool(first) and first == before.truth.parties[:1]


def dittoed(form: Form, entry: Entry) -> Entry:
    parties = (Party(role="", name='"'), *entry.truth.parties[1:])
    cells = entry.cells | {"parties": names(form, "parties", parties)}
    return Entry(cells=cells, truth=replace(entry.truth, parties=parties))


def height(form: Form, entry: Entry) -> float:
    if form.pitch:
        return form.pitch * entry.lines
    return form.typed.line * entry.lines + 2 * PADDING


def write_heading(sheet: Sheet, form: Form, place: Place, lot: str) -> dict[str, str]:
    sheet.centre(form.title, 40, replace(form.printed, size=14))
    pairs = (
        ("Circonscription foncière :", place.circonscription),
        ("Cadastre :", place.cadastre),
        ("Lot :", lot),
    )
    y = 60.0
    for label, value in pairs:
        sheet.write([label], (LEFT, y), form.printed)
        sheet.write([value], (LEFT + 124, y), form.typed)
        y += 15
    return {"circonscription": place.circonscription, "cadastre": place.cadastre, "lot": lot}


def write_titles(sheet: Sheet, form: Form) -> float:
    """The titles of the columns, and of their groups over a rule of their own; where they end."""
    level, bottom = TOP + 15, TOP + 34
    groups: set[str] = set()
    for column, left in zip(form.columns, form.edges, strict=False):
        top = level if column.group else TOP
        lines = wrap(column.title, form.printed, column.width - 2 * PADDING)
        sheet.write(lines, (left + PADDING, top + 3 + form.printed.size), form.printed)
        if column.group and column.group not in groups:
            groups.add(column.group)
            width = sum(other.width for other in form.columns if other.group == column.group)
            sheet.write([column.group], (left + PADDING, TOP + 3 + form.printed.size), form.printed)
            sheet.rule((left, level), (left + width, level), 0.6)
    for y in (TOP, bottom):
        sheet.rule((LEFT, y), (form.edges[-1], y), 1.0)
    return bottom


def write_table(sheet: Sheet, form: Form, entries: Sequence[Entry]) -> None:
    y = write_titles(sheet, form)
    inner = [left for left, column in zip(form.edges, form.columns, strict=False) if column.group]
    top = y
    for entry in entries:
        write_entry(sheet, form, entry, y)
        y += height(form, entry)
        if not form.pitch:
            sheet.rule((LEFT, y), (form.edges[-1], y), 0.5)
    if form.pitch:
        y = write_lines(sheet, form, top)
    for number, x in enumerate(form.edges):
        grouped = x in inner and number and form.columns[number - 1].group == form.columns[number].group
        sheet.rule((x, TOP + 15 if grouped else TOP), (x, y))


def write_lines(sheet: Sheet, form: Form, top: float) -> float:
    """The printed lines of the form, filled in or not; the last one's y."""
    pitch, y = form.pitch or 0.0, top
    while y + pitch <= BOTTOM:
        y += pitch
        sheet.rule((LEFT, y), (form.edges[-1], y), 0.4)
    return y


def write_entry(sheet: Sheet, form: Form, entry: Entry, top: float) -> None:
    step = form.pitch or form.typed.line
    first = top + (step - 4 if form.pitch else PADDING + form.typed.size * 0.85)
    for left, column in zip(form.edges, form.columns, strict=False):
        for number, line in enumerate(entry.cells.get(column.key, ())):
            indent = INDENT if line.startswith("\t") else 0
            sheet.write([line.strip("\t")], (left + PADDING + indent, first + number * step), form.typed)
