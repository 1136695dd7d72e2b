"""A page as it is shown to the model: grey, as fine as asked, JPEG.

At 300 dpi a scan takes 18 ms to draw and 37 ms to encode with Pillow, 2.8 MB; MuPDF's own encoder takes
559 ms, PNG 500 ms and twice the bytes (measured, letter size).
"""

from dataclasses import dataclass
from io import BytesIO

import pymupdf
from PIL import Image

from poolmgr.ocr.rendering import POINTS_AN_INCH, draw, fitting_dpi

QUALITY = 85
BYTES_A_PIXEL = 0.34
BLANK_SHADES, BLANK_REDUCTION = 12, 8
"""A page whose 8-pixel squares differ by less is blank: a line of the faintest text differs by more."""


@dataclass(frozen=True, kw_only=True)
class Band:
    """A part of a page, as shares of its height from the top."""

    top: float = 0.0
    bottom: float = 1.0

    def halves(self, overlap: float = 0.06) -> tuple["Band", "Band"]:
        """They overlap, so that a row on the cut is whole in one of them."""
        middle = (self.top + self.bottom) / 2
        more = (self.bottom - self.top) * overlap
        return Band(top=self.top, bottom=middle + more), Band(top=middle - more, bottom=self.bottom)


WHOLE = Band()


@dataclass(frozen=True, kw_only=True)
class Picture:
    """jpeg is empty when there is nothing on the page. dpi: lower than asked on a huge page."""

    jpeg: bytes
    dpi: float


def size_of(page: pymupdf.Page, dpi: float) -> int:
    """About how many bytes its picture will have."""
    scale = fitting_dpi(page.rect.width, page.rect.height, dpi) / POINTS_AN_INCH
    return round(float(page.rect.width) * float(page.rect.height) * scale**2 * BYTES_A_PIXEL)


def picture(page: pymupdf.Page, dpi: float, band: Band = WHOLE) -> Picture:
    drawing = draw(page, dpi)
    image = Image.frombuffer("L", (drawing.width, drawing.height), drawing.samples, "raw", "L", 0, 1)
    part = image.crop((0, round(band.top * image.height), image.width, round(band.bottom * image.height)))
    if is_blank(part):
        return Picture(jpeg=b"", dpi=drawing.dpi)
    file = BytesIO()
    part.save(file, "JPEG", quality=QUALITY)
    return Picture(jpeg=file.getvalue(), dpi=drawing.dpi)


def is_blank(image: Image.Image) -> bool:
    shades = image.reduce(BLANK_REDUCTION).tobytes()
    return max(shades) - min(shades) < BLANK_SHADES
