"""Rows for the rules: undecided ones, unread ones, and what stood before them."""

from collections.abc import Sequence
from dataclasses import replace

from poolmgr.ocr.index.model import Alternative, Alternatives, Header, IndexPage, Party, Row

HYDRO = Party(name="Hydro-Québec")
PERSON = Party(name="TREMBLAY, Jean")
SPOUSE = Party(name="Marie Gosselin")
RBC = Party(name="Banque Royale du Canada")
BMO = Party(name="Banque de Montréal")
MTQ = Party(name="Ministère des Transports du Québec")
CN = Party(name="Canadien National")
TOWN = Party(name="Ville de Rimouski")
MORTGAGE = Row(
    number="770 292",
    date="1986-02-03",
    nature="Hypothèque",
    parties=(Party(name="Banque Royale du Canada", role="Créancier"), PERSON),
    remarks="45 000 $",
)
SERVITUDE = Row(number="770 100", date="1985-02-03", nature="Servitude", parties=(PERSON, SPOUSE))
PLAN = Row(number="770 150", date="1995-03-01", nature="Dépôt de plan", parties=(SPOUSE,))


def row(nature: str, *parties: Party, confidence: float | None = None, **columns: str) -> Row:
    values = {"number": "12", "date": "2003-05-06"} | columns
    return replace(Row(nature=nature, parties=parties, confidence=confidence), **values)  # type: ignore[arg-type]


def undecided(first: str, second: str, *parties: Party, **columns: str) -> Row:
    """The second reading is a little less sure."""
    made = row(first, *parties, confidence=0.5, **columns)
    alternatives: Alternatives = {"nature": (Alternative(value=second, confidence=0.45),)}
    return replace(made, alternatives=alternatives)


def unread(*parties: Party, **columns: str) -> Row:
    return row("", *parties, confidence=0.2, **columns)


def named(role: str, party: Party) -> Party:
    return Party(name=party.name, role=role)


def page(*rows: Row, number: int = 1) -> IndexPage:
    return IndexPage(number=number, layout="modern_inscription", header=Header(), rows=rows)


def after(rows: Sequence[Row], last: Row) -> IndexPage:
    return page(*rows, last)
