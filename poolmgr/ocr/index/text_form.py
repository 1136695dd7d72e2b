"""An index page as the text that the product reads: a heading, then one block of labelled lines a row.

One line holds one value. Of a field read in several ways the first is `Option 1`. Several parties stand on
one line, parted by ` ; `, their roles in the same order on the line before.
"""

from collections.abc import Iterable, Iterator, Sequence

from poolmgr.ocr.index.model import Alternative, Column, IndexPage, Party, Row

HEADING = "Métadonnées de l'En-tête :"
TABLE = "Données du Tableau :"
NOTHING = "[Vide]"
BETWEEN_PARTIES = " ; "
ROLES = "Qualité"
LABELS: tuple[tuple[Column, str], ...] = (
    ("date", "Date de présentation d'inscription"),
    ("number", "Numéro"),
    ("nature", "Nature de l'acte"),
    ("parties", "Nom des parties"),
    ("remarks", "Remarques"),
    ("address_notice", "Avis d'adresse"),
    ("radiations", "Radiations"),
)
"""In the order of the lines; the roles stand before the names."""

HEADER_LABELS = {
    "circonscription": "Circonscription foncière",
    "cadastre": "Cadastre",
    "designation": "Désignation secondaire",
    "lot": "Lot",
    "rights": "Droits",
    "radiations": "Radiations",
}
ALWAYS = frozenset({"circonscription", "cadastre", "lot"})
LAYOUT = "Disposition"


def write(page: IndexPage) -> str:
    """The page without its marker. What a line cannot hold is made plain: a line end is a blank."""
    blocks = ["\n".join([HEADING, *header_lines(page)]), TABLE]
    blocks += ["\n".join([f"Ligne {n}:", *row_lines(row)]) for n, row in enumerate(page.rows, 1)]
    return "\n\n".join(blocks)


def header_lines(page: IndexPage) -> Iterator[str]:
    header = page.header
    for name, label in HEADER_LABELS.items():
        value = str(getattr(header, name))
        if value or name in ALWAYS:
            yield line(label, value)
    yield line(LAYOUT, page.layout)
    for label, value in header.others.items():
        if one_line(label) and one_line(value):
            yield line(one_line(label).replace(":", ""), value)


def row_lines(row: Row) -> Iterator[str]:
    for column, label in LABELS:
        if column == "parties":
            yield line(ROLES, roles(row.parties))
        yield line(label, options(row, column))


def line(label: str, value: str) -> str:
    return f"{label}: {one_line(value) or NOTHING}"


def one_line(value: str) -> str:
    return " ".join(value.split())


def value_of(row: Row, column: Column) -> str:
    """What stands in a column, parties as their names."""
    return names(row.parties) if column == "parties" else str(getattr(row, column))


def names(parties: Sequence[Party]) -> str:
    return joined(party.name for party in parties)


def roles(parties: Sequence[Party]) -> str:
    return joined(party.role for party in parties) if any(party.role for party in parties) else ""


def joined(pieces: Iterable[str]) -> str:
    return BETWEEN_PARTIES.join(one_line(piece).replace(";", ",") or NOTHING for piece in pieces)


def options(row: Row, column: Column) -> str:
    """The value, or every reading of it with what its reader thought of it."""
    value = one_line(value_of(row, column))
    others = row.alternatives.get(column, ())
    if not others:
        return value
    readings = [Alternative(value=value, confidence=row.confidence), *others]
    return ", ".join(f"Option {n}: {option(reading)}" for n, reading in enumerate(readings, 1))


def option(reading: Alternative) -> str:
    sure = "" if reading.confidence is None else f" (Confiance: {reading.confidence * 100:.0f}%)"
    return f"{one_line(reading.value) or NOTHING}{sure}"
