"""A page drawn in grey."""

from dataclasses import dataclass

import pymupdf

POINTS_AN_INCH = 72.0
MOST_PIXELS, LONGEST_SIDE = 40_000_000, 30_000
"""A2 at 300 dpi is 35 million pixels; Tesseract takes no side above 32,767."""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """One byte a pixel, 255 is white, rows without padding. dpi: lower than asked on a huge page."""

    samples: bytes
    width: int
    height: int
    dpi: float


def fitting_dpi(width_points: float, height_points: float, dpi: float) -> float:
    """`dpi`, or as much of it as keeps the drawing within bounds."""
    width, height = max(width_points, 1.0) / POINTS_AN_INCH, max(height_points, 1.0) / POINTS_AN_INCH
    most = min((MOST_PIXELS / (width * height)) ** 0.5, LONGEST_SIDE / max(width, height))
    return float(min(dpi, most))


def draw(page: pymupdf.Page, dpi: float) -> Drawing:
    fine = fitting_dpi(page.rect.width, page.rect.height, dpi)
    scale = fine / POINTS_AN_INCH
    picture = page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csGRAY, alpha=False)
    return Drawing(samples=picture.samples, width=picture.width, height=picture.height, dpi=fine)
