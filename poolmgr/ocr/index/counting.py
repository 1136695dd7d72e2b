"""How many registrations a page shows, without reading one: lines of ink in the columns of the table.

Needs numpy (extra `offline`); imported late.
"""

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import TypeAlias

import numpy as np

from poolmgr.ocr.image import INK_LEVEL, Grey, flatten
from poolmgr.ocr.index import grid as grids
from poolmgr.ocr.index.grid import Grid
from poolmgr.ocr.rendering import POINTS_AN_INCH
from poolmgr.ocr.rows import Cell
from poolmgr.ocr.ruling import Mask, prepare

Ink: TypeAlias = Sequence[Sequence[Sequence[Cell]]]
"""Of each band below the titles, of each column: where its lines of ink lie, in points, without text."""

MARGIN_POINTS, LOWEST_LINE_POINTS, CLOSEST_POINTS = 2.0, 3.0, 1.5
LEAST_INK = 0.0003
"""Of a square inch: a ditto mark has twice as much, a digit twenty times, a speck of dust a third."""
FEW_COLUMNS, LEAST_ALIKE = 4, 0.9


def count_rows(grey: Grey, dpi: float) -> int | None:
    """Registrations on a page as it was drawn (grey, 255 = white, upright); None when no table was found, or
    none of its columns tells where a registration begins."""
    ruled = prepare(flatten(grey), dpi)
    grid = grids.find(*ruled.rules())
    return None if grid is None else count(written(ruled.bare, grid, dpi), ())


def count(ink: Ink, columns: tuple[int, ...]) -> int | None:
    """columns: those that every registration fills once (number, date); () = unknown."""
    lines = [[sum(map(is_line, cell)) for cell in band] for band in ink]
    columns = columns or telling(lines)
    return sum(once(cells, columns) for cells in lines) if columns else None


def is_line(ink: Cell) -> bool:
    """Whether it is high enough for a digit: a ditto mark and a dash are not."""
    return ink.height >= LOWEST_LINE_POINTS


def once(cells: Sequence[int], columns: tuple[int, ...]) -> int:
    """How many registrations begin in a band: as many as its columns agree upon."""
    return min((cells[column] for column in columns if cells[column]), default=0)


def telling(lines: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The columns that tell where a registration begins: date and number are filled in the same bands, and
    of such pairs theirs are the most. In a table of four columns or fewer every band is a registration."""
    width = len(lines[0]) if lines else 0
    filled = [frozenset(band for band, cells in enumerate(lines) if cells[column]) for column in range(width)]
    if width <= FEW_COLUMNS or not any(filled):
        return tuple(range(width))
    pairs = [
        (len(filled[a] | filled[b]), -a, -b)
        for a, b in combinations(range(width), 2)
        if filled[a] and len(filled[a] & filled[b]) >= LEAST_ALIKE * len(filled[a] | filled[b])
    ]
    _, first, second = max(pairs, default=(0, 1, 1))
    return () if first > 0 else (-first, -second)


def written(bare: Grey, grid: Grid, dpi: float) -> Ink:
    """The ink in the cells of a level page without rules."""
    scale = dpi / POINTS_AN_INCH
    dark = bare < INK_LEVEL
    return [
        [lines_in(dark, inner(left, top, right, bottom), scale) for left, right in pairwise(grid.edges)]
        for top, bottom in list(pairwise(grid.steps))[1:]
    ]


def lines_in(dark: Mask, box: Cell, scale: float) -> list[Cell]:
    """Lines of ink in a cell: runs of inked pixel rows, those close together as one, specks left out."""
    left, top = max(0, round(box.left * scale)), max(0, round(box.top * scale))
    cell = dark[top : round(box.bottom * scale), left : round(box.right * scale)]
    rows = np.flatnonzero(cell.any(axis=1))
    least = LEAST_INK * (scale * POINTS_AN_INCH) ** 2
    found: list[Cell] = []
    for part in np.split(rows, np.flatnonzero(np.diff(rows) > CLOSEST_POINTS * scale) + 1):
        line = cell[part[0] : part[-1] + 1] if len(part) else cell[:0]
        if line.sum() >= least:
            columns = np.flatnonzero(line.any(axis=0))
            first, last = float(columns[0]), float(columns[-1] + 1)
            found.append(
                Cell(
                    text="",
                    left=(left + first) / scale,
                    top=(top + float(part[0])) / scale,
                    right=(left + last) / scale,
                    bottom=(top + float(part[-1] + 1)) / scale,
                )
            )
    return found


def inner(left: float, top: float, right: float, bottom: float) -> Cell:
    """A cell without its margin, where what is left of its rules may stand."""
    margin = MARGIN_POINTS
    return Cell(text="", left=left + margin, top=top + margin, right=right - margin, bottom=bottom - margin)
