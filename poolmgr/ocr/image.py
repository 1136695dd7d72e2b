"""A scanned page made fit for reading: even background, level lines.

Needs numpy (extra `offline`); imported late, by `scans.py` alone.
"""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Grey: TypeAlias = NDArray[np.uint8]

MOST_SKEW_DEGREES = 3.0
GRAIN_PIXELS = 1.3
STRIP_ROWS = 256
SLACK_PIXELS, FRAME_PIXELS, SMALLER = 4, 12, 0.6
INK_LEVEL = 150
"""After `flatten` paper is 255: what is darker than this is ink."""
INK_PERCENT, FAINTEST, DARK = 0.5, 25, 60
"""So much of a written page at least is ink; by so much it is darker than paper; so dark it becomes."""


def from_samples(samples: bytes, width: int, height: int) -> Grey:
    return np.frombuffer(samples, dtype=np.uint8).reshape(height, width)


def turned(grey: Grey, quarters: int) -> Grey:
    """By so many times 90 degrees, against the clock."""
    return np.ascontiguousarray(np.rot90(grey, quarters)) if quarters else grey


def framed(grey: Grey, box: tuple[int, int, int, int]) -> tuple[Grey, int, int]:
    """A cut-out (left, top, right, bottom) within a white frame, and where its corner lies on the page."""
    left, top, right, bottom = box
    cut = grey[
        max(0, top - SLACK_PIXELS) : bottom + SLACK_PIXELS, max(0, left - SLACK_PIXELS) : right + SLACK_PIXELS
    ]
    framed = np.pad(cut, FRAME_PIXELS, constant_values=255)
    return framed, max(0, left - SLACK_PIXELS) - FRAME_PIXELS, max(0, top - SLACK_PIXELS) - FRAME_PIXELS


def renderings(line: Grey) -> Iterator[tuple[Grey, float]]:
    """A line's cut-out as Tesseract may read it better, and how much larger each is: what it makes of a line
    hangs on both, and grey at its own size is what the whole page was read at."""
    sharp = np.where(line < INK_LEVEL, 0, 255).astype(np.uint8)
    yield sharp, 1.0
    size = (round(line.shape[1] * SMALLER), round(line.shape[0] * SMALLER))
    yield np.asarray(Image.fromarray(line).resize(size, Image.Resampling.LANCZOS), dtype=np.uint8), SMALLER
    yield line, 1.0


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
    return inked(even)


def inked(even: Grey) -> Grey:
    """With the ink of a faint page made dark: grain and dust on an empty one are too pale, or too few."""
    small = reduced(even, 3)
    paper, palest = (float(np.percentile(small, percent)) for percent in (50, INK_PERCENT))
    if palest < INK_LEVEL * 0.7 or paper - palest < FAINTEST:
        return even
    shades = np.arange(256, dtype=np.float64)
    darker = np.clip(255 - (255 - shades) * (255 - DARK) / (255 - palest), 0, 255)
    return darker.astype(np.uint8)[even]


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
