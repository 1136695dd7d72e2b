"""A scanned page made fit for reading: even background, level lines, no rules.

Needs numpy (extra `offline`); imported late, by `scans.py` alone.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Grey: TypeAlias = NDArray[np.uint8]
Mask: TypeAlias = NDArray[np.bool_]

MOST_SKEW_DEGREES = 3.0
GRAIN_PIXELS = 1.3
STRIP_ROWS = 256
INK_LEVEL, RULE_LEVEL = 150, 190
"""After `flatten` paper is 255: what is darker than this is ink; a thin rule is paler."""


def from_samples(samples: bytes, width: int, height: int) -> Grey:
    return np.frombuffer(samples, dtype=np.uint8).reshape(height, width)


def turned(grey: Grey, quarters: int) -> Grey:
    """By so many times 90 degrees, against the clock."""
    return np.ascontiguousarray(np.rot90(grey, quarters)) if quarters else grey


def prepare(even: Grey, dpi: float) -> Grey:
    """A flattened page as Tesseract reads it best; `dpi` tells rules from letters."""
    return without_rules(softened(level(even, skew(even))), dpi)


def has_ink(grey: Grey) -> bool:
    """Whether anything but dust is on a flattened page."""
    dark = reduced(grey, 3) < INK_LEVEL
    return int(dark.sum()) > 20


def reduced(grey: Grey, factor: int) -> Grey:
    """Shrunk by a whole factor, each pixel the mean of a square."""
    return np.asarray(Image.fromarray(grey).reduce(factor), dtype=np.uint8)


def flatten(grey: Grey) -> Grey:
    """Divides by the paper's own brightness, so that shade, yellowing and a dark margin become white.

    Paper is the brightest of each 32-pixel square after a 4-pixel mean, which takes the noise off first.
    """
    small = reduced(grey, 4)
    rows, columns = -(-small.shape[0] // 8), -(-small.shape[1] // 8)
    padded = np.pad(small, ((0, rows * 8 - small.shape[0]), (0, columns * 8 - small.shape[1])), mode="edge")
    paper = padded.reshape(rows, 8, columns, 8).max(axis=(1, 3))
    floor = max(1, int(0.4 * np.percentile(paper, 90)))
    smooth = Image.fromarray(paper).filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.BoxBlur(1))
    whole = np.asarray(smooth.resize((columns * 32, rows * 32), Image.Resampling.BILINEAR), dtype=np.uint8)
    even = np.empty_like(grey)
    for start in range(0, len(grey), STRIP_ROWS):
        strip = slice(start, min(start + STRIP_ROWS, len(grey)))
        light = np.maximum(whole[strip, : grey.shape[1]], floor)
        even[strip] = np.minimum(grey[strip].astype(np.uint16) * 255 // light, 255)
    return even


def softened(grey: Grey) -> Grey:
    """A little blur: grain and dust go, strokes at 300 dpi stay."""
    return np.asarray(Image.fromarray(grey).filter(ImageFilter.GaussianBlur(GRAIN_PIXELS)), dtype=np.uint8)


def skew(grey: Grey) -> float:
    """Degrees by which the lines rise to the right, within +-3: where rows of ink pile up highest."""
    small = reduced(grey, 2)
    ys, xs = np.nonzero(small < INK_LEVEL)
    if len(xs) < 200:
        return 0.0
    if len(xs) > 60_000:
        keep = np.random.default_rng(0).choice(len(xs), 60_000, replace=False)
        ys, xs = ys[keep], xs[keep]
    across = xs.astype(np.float32) - small.shape[1] / 2
    best = sharpest(ys, across, np.arange(-MOST_SKEW_DEGREES, MOST_SKEW_DEGREES + 0.01, 0.2))
    return sharpest(ys, across, np.arange(best - 0.2, best + 0.21, 0.04))


def sharpest(ys: NDArray[np.intp], across: NDArray[np.float32], angles: NDArray[np.float64]) -> float:
    """The angle whose row profile has the sharpest steps."""
    margin = int(np.abs(across).max() * np.tan(np.radians(MOST_SKEW_DEGREES + 1))) + 2
    best, best_score = 0.0, -1.0
    for angle in angles:
        rows = (ys + across * np.tan(np.radians(angle)) + margin).astype(np.intp)
        profile = np.bincount(rows).astype(np.float64)
        score = float((np.diff(profile) ** 2).sum())
        if score > best_score:
            best, best_score = float(angle), score
    return best


def level(grey: Grey, degrees: float) -> Grey:
    if abs(degrees) < 0.05:
        return grey
    turned = Image.fromarray(grey).rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=255)
    return np.asarray(turned, dtype=np.uint8)


def without_rules(grey: Grey, dpi: float) -> Grey:
    """The page without the lines of a table: Tesseract takes them for letters and cuts words at them.

    A rule is ink at least 0.4 inch long (no stroke of a letter is) and at most 0.04 inch thick. Where a
    letter stands on or crosses a rule its own pixels stay.
    """
    ink = reduced(grey, 2) < RULE_LEVEL
    long, thick = max(8, int(0.4 * dpi / 2)), max(2, int(0.04 * dpi / 2))
    across, down = runs(ink, long), runs(ink.T, long).T
    tall, wide = opened(ink.T, thick).T, opened(ink, thick)
    rules = (across & ~tall) | (down & ~wide) | (across & down)
    cleaned = grey.copy()
    cleaned[rules.repeat(2, axis=0).repeat(2, axis=1)[: grey.shape[0], : grey.shape[1]]] = 255
    return cleaned


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
