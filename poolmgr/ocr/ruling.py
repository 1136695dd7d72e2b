"""The rules of a page: found as pixels, taken away before the reading, given as lines for the grid.

Needs numpy (extra `offline`); imported late.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from poolmgr.ocr.image import STRIP_ROWS, Grey, level, reduced, skew, softened
from poolmgr.ocr.index.grid import Rule
from poolmgr.ocr.rendering import POINTS_AN_INCH

Mask: TypeAlias = NDArray[np.bool_]

RULE_LEVEL, PALE_LEVEL = 190, 215
"""After `flatten` paper is 255; a thin rule is paler than letters, on a poor scan as pale as grain."""
SHORTEST_INCHES, PALE_INCHES, THICKEST_INCHES, GAP_INCHES, SMEAR_INCHES = 0.4, 1.0, 0.04, 0.1, 0.06


@dataclass(frozen=True, kw_only=True)
class Ruled:
    """A level page. bare: without its rules, as Tesseract reads it best.

    across, down: the rules' pixels, at half the page's fineness. degrees: by which it was turned.
    """

    bare: Grey
    across: Mask
    down: Mask
    dpi: float
    degrees: float

    def rules(self) -> tuple[list[Rule], list[Rule]]:
        """Those across and those down, in points from the page's upper left corner."""
        scale = 2 * POINTS_AN_INCH / self.dpi
        return lines(self.across, self.dpi, scale), lines(self.down.T, self.dpi, scale)


def prepare(even: Grey, dpi: float) -> Ruled:
    """A flattened page made level, its noise softened, its rules found and taken away."""
    degrees = skew(even)
    page = softened(level(even, degrees))
    across, down = found(page, dpi)
    bare = erased(page, across | down)
    return Ruled(bare=bare, across=across, down=down, dpi=dpi, degrees=degrees)


def found(grey: Grey, dpi: float) -> tuple[Mask, Mask]:
    """Pixels of rules across and down. Tesseract takes them for letters and cuts words at them.

    A rule is ink at least 0.4 inch long (no stroke of a letter is) and at most 0.04 inch thick; a pale one
    an inch, with grain smoothed away along it. Where a letter stands on or crosses a dark rule its own pixels
    stay.
    """
    small = reduced(grey, 2)
    dark = small < RULE_LEVEL
    long, thick = max(8, int(SHORTEST_INCHES * dpi / 2)), max(2, int(THICKEST_INCHES * dpi / 2))
    across, down = runs(dark, long), runs(dark.T, long).T
    tall, wide = opened(dark.T, thick).T, opened(dark, thick)
    crossing = across & down
    across, down = (across & ~tall) | crossing, (down & ~wide) | crossing
    return across | pale(small, dpi, thick), down | pale(small.T, dpi, thick).T


def pale(small: Grey, dpi: float, thick: int) -> Mask:
    """Horizontal rules that are hardly darker than grain: even ones are, once smeared along themselves."""
    ink = smeared(small, max(1, int(SMEAR_INCHES * dpi / 4))) < PALE_LEVEL
    return runs(ink & ~opened(ink.T, thick).T, int(PALE_INCHES * dpi / 2))


def smeared(grey: Grey, reach: int) -> Grey:
    """Each pixel the mean of those up to `reach` left and right of it."""
    result = np.empty_like(grey)
    for start in range(0, len(grey), STRIP_ROWS):
        strip = np.pad(grey[start : start + STRIP_ROWS], ((0, 0), (reach + 1, reach)), mode="edge")
        sums = np.cumsum(strip, axis=1, dtype=np.int32)
        width = 2 * reach + 1
        result[start : start + STRIP_ROWS] = (sums[:, width:] - sums[:, :-width]) // width
    return result


def erased(grey: Grey, rules: Mask) -> Grey:
    cleaned = grey.copy()
    cleaned[rules.repeat(2, axis=0).repeat(2, axis=1)[: grey.shape[0], : grey.shape[1]]] = 255
    return cleaned


def lines(mask: Mask, dpi: float, scale: float) -> list[Rule]:
    """The horizontal lines of a mask: neighbouring rows that hold pixels, parted where a gap is wide."""
    shortest, gap = int(SHORTEST_INCHES * dpi / 2), max(1, int(GAP_INCHES * dpi / 2))
    full = mask.sum(axis=1) >= shortest
    edges = np.flatnonzero(np.diff(np.concatenate(([False], full, [False])).astype(np.int8)))
    result: list[Rule] = []
    for top, bottom in zip(edges[::2], edges[1::2], strict=True):
        strip = mask[top:bottom]
        columns = np.flatnonzero(strip.any(axis=0))
        for part in np.split(columns, np.flatnonzero(np.diff(columns) > gap) + 1):
            if part[-1] - part[0] + 1 >= shortest:
                middle = top + float(np.nonzero(strip[:, part[0] : part[-1] + 1])[0].mean()) + 0.5
                result.append(
                    Rule(at=middle * scale, start=float(part[0]) * scale, end=float(part[-1] + 1) * scale)
                )
    return result


def runs(ink: Mask, long: int) -> Mask:
    """Horizontal runs of `long` pixels or more, soft edges too; a pixel missing in one row is no gap."""
    return spread(opened(spread(ink), long))


def spread(mask: Mask) -> Mask:
    """Grown by one pixel up and down."""
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    return grown


def opened(mask: Mask, long: int) -> Mask:
    """Only what lies in a horizontal run of at least `long` set pixels."""
    kept = np.zeros_like(mask)
    if mask.shape[1] >= long:
        for start in range(0, len(mask), STRIP_ROWS):
            strip = slice(start, start + STRIP_ROWS)
            kept[strip] = opened_strip(mask[strip], long)
    return kept


def opened_strip(mask: Mask, long: int) -> Mask:
    """A run of `long` starts where the next `long` pixels are all set; kept is what any such run reaches."""
    height, width = mask.shape
    sums = np.zeros((height, width + 1), dtype=np.int32)
    np.cumsum(mask, axis=1, out=sums[:, 1:])
    starts = np.zeros((height, width + long), dtype=np.int32)
    starts[:, long : width + 1] = (sums[:, long:] - sums[:, :-long]) == long
    reached = np.cumsum(starts, axis=1)
    result: Mask = reached[:, long:] > reached[:, :-long]
    return result
