"""A deed before it has pages: blocks, their order, and what it is about."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import TypeAlias

from poolmgr.local.samples.inscriptions import day_of
from poolmgr.local.samples.people import Place, draw_person


@dataclass(frozen=True, kw_only=True)
class Heading:
    text: str


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    text: str
    indent: float = 0.0
    number: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Ruled below its heading, the first row its titles; every cell fits one line."""

    heading: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Signatures:
    """The closing words and who signs below them; they stay on one page."""

    closing: str
    names: tuple[str, ...]


Block: TypeAlias = Heading | Paragraph | Table | Signatures


@dataclass(frozen=True, kw_only=True)
class Deed:
    """A deed before it has pages; `further` clauses are taken until it has as many as wanted."""

    title: str
    minute: str
    published: tuple[str, ...]
    opening: tuple[Block, ...]
    first: tuple[str, ...]
    further: tuple[str, ...]
    closing: tuple[Block, ...]

    def blocks(self, taken: int) -> list[Block]:
        texts = self.first + self.further[:taken]
        numbered = [Paragraph(text=text, number=f"{n}.", indent=22) for n, text in enumerate(texts, 1)]
        return [*self.opening, *numbered, *self.closing]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What one deed is about."""

    place: Place
    lot: str
    number: str
    notary: str
    minute: str
    signed: date


def draw_subject(rng: Random, place: Place, lot: str, number: str) -> Subject:
    signed = day_of(int(number)) - timedelta(days=rng.randrange(1, 12))
    minute = f"{rng.randrange(1, 19)} {rng.randrange(100, 999)}"
    return Subject(place=place, lot=lot, number=number, notary=draw_person(rng), minute=minute, signed=signed)
