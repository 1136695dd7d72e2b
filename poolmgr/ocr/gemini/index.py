"""One page of an index, asked until it is complete, or often enough."""

import json
from collections.abc import Awaitable, Callable, Sequence
from statistics import fmean
from typing import TypeAlias

from poolmgr.domain.errors import Declined
from poolmgr.ocr.completeness import doubts
from poolmgr.ocr.gemini.drawing import WHOLE, Band
from poolmgr.ocr.gemini.question import Answer
from poolmgr.ocr.gemini.rows import Found
from poolmgr.ocr.index.model import IndexPage, Row

Ask: TypeAlias = Callable[[float, Band, str], Awaitable[Answer | None]]
"""dots an inch, part of the page, question -> answer; None = nothing is to be seen, and nothing was asked."""

Count: TypeAlias = Callable[[], Awaitable[int | None]]
DEEPEST = 2
DOUBTFUL = 0.7
ASKED = "Transcris cette page d'index."
PART = (
    "L'image n'est qu'une partie d'une page d'index, entre {top} % et {bottom} % de sa hauteur. Transcris "
    "les inscriptions qui y sont entières ; laisse celle que le bord coupe. Les titres peuvent manquer."
)
GO_ON = (
    "Ta transcription de cette image s'est arrêtée après {count} inscriptions. La dernière, en JSON : "
    "{last}. Reprends la tête de la réponse, puis transcris seulement les inscriptions qui suivent celle-là, "
    "avec « line » à partir de {next}. Ne répète aucune inscription déjà transcrite."
)


def question(band: Band, rows: Sequence[Row]) -> str:
    """What is asked: all of it, or what follows the last row."""
    part = PART.format(top=round(100 * band.top), bottom=round(100 * band.bottom))
    asked = ASKED if band == WHOLE else part
    if not rows:
        return asked
    last = rows[-1]
    shown = {"number": last.number, "date": last.date, "nature": last.nature}
    shown["parties"] = ", ".join(party.name for party in last.parties)
    go_on = GO_ON.format(count=len(rows), last=json.dumps(shown, ensure_ascii=False), next=len(rows) + 1)
    return f"{asked} {go_on}"


class PageReader:
    """most: questions. count: rows by the lines of ink in the table, None = not countable."""

    def __init__(self, ask: Ask, count: Count, *, dpi: float, retry_dpi: float, most: int) -> None:
        self.ask = ask
        self.count = count
        self.dpi = dpi
        self.retry_dpi = max(dpi, retry_dpi)
        self.most = most
        self.asked = 0

    async def read(self) -> Found:
        """The best of what came: whole, then drawn finer, then by halves. Raises Declined."""
        first = await self.band(self.dpi, WHOLE)
        first.ruled = None if first.blank else await self.count()
        if first.enough or not self.left:
            return first
        finer = await self.band(self.retry_dpi, WHOLE)
        finer.ruled = first.ruled
        best = max(first, finer, key=lambda found: found.worth)
        # Two answers that agree are believed, also that there is no row; the note says what was counted.
        if best.enough or first.agrees(finer) or not self.left:
            return best
        halves = await self.halves(self.retry_dpi, WHOLE, best)
        halves.ruled = first.ruled
        return max(best, halves, key=lambda found: found.worth)

    @property
    def left(self) -> bool:
        return self.asked < self.most

    async def band(self, dpi: float, band: Band, depth: int = 0) -> Found:
        found = Found()
        failures = 0
        while self.left:
            self.asked += 1
            answer = await self.ask(dpi, band, question(band, found.rows))
            if answer is None:
                return Found(blank=True, ended=True)
            more = found.take(answer.records)
            match answer.step:
                case "check":
                    found.ended = True
                    return found
                case "offline":
                    raise Declined(f"The model does not read this page ({answer.finish}).")
                case "go_on" if more:
                    continue
                case "again" if failures < 1:
                    failures += 1
                case "again":
                    raise Declined(f"The model gave no usable answer ({answer.finish}).")
                case _:
                    return await self.halves(dpi, band, found, depth + 1) if depth < DEEPEST else found
        return found

    async def halves(self, dpi: float, band: Band, before: Found, depth: int = 1) -> Found:
        """Each half for itself; what stands around the rows was said before, when it was said."""
        upper, lower = band.halves()
        first = await self.band(dpi, upper, depth)
        second = await self.band(dpi, lower, depth)
        shared = len(second.rows) - first.add(second.rows)
        counts = [one.counted for one in (first, second) if one.counted is not None]
        return Found(
            layout=before.layout or first.layout or second.layout,
            header=before.header if before.layout else first.header,
            counted=before.counted
            if before.counted is not None
            else sum(counts) - shared
            if counts
            else None,
            rows=first.rows,
            ended=first.ended and second.ended,
        )


def finished(found: Found, number: int) -> IndexPage:
    """The page with all that is doubtful said in its note."""
    notes = [] if found.ended else ["incomplete: the model did not come to an end"]
    if found.layout is None and not found.blank:
        notes.append("its layout was not recognised")
    if found.ended and not found.blank and not found.rows:
        notes.append("no row found")
    sure = confidence(found)
    if sure is not None and sure < DOUBTFUL:
        notes.append(f"doubtful: confidence {sure:.0%}")
    notes += doubts(found.page(number, ""))
    return found.page(number, ", ".join(notes))


def confidence(found: Found) -> float | None:
    """The mean over its rows, as the model states it, which is too sure of itself as a rule."""
    stated = [row.confidence for row in found.rows if row.confidence is not None]
    return round(fmean(stated), 3) if stated else None


def text_of(page: IndexPage) -> str:
    """What it says, line by line, for reading and searching."""
    header = page.header
    above = [header.circonscription, header.cadastre, header.designation, header.lot]
    above += [f"{label} {value}" for label, value in header.others.items()]
    stamps = (("Droits :", header.rights), ("Radiations :", header.radiations))
    above += [f"{label} {value}" for label, value in stamps if value]
    return "\n".join([*filter(None, above), *map(line_of, page.rows)])


def line_of(row: Row) -> str:
    parties = [" ".join(filter(None, (party.role, party.name))) for party in row.parties]
    cells = (row.date, row.number, row.nature, *parties, row.remarks, row.address_notice, row.radiations)
    return "  ".join(filter(None, cells))
