"""Documents to read: one that is read at once, one that keeps a child busy for seconds."""

from io import BytesIO

import pymupdf
from PIL import Image

LINES = [f"{number:02d} Côté, Hélène, notaire à Québec, lot 1 234 567, hypothèque" for number in range(45)]


def printed() -> bytes:
    """One page with a text layer."""
    document = pymupdf.open()
    page = document.new_page()
    for number, line in enumerate(LINES):
        page.insert_text((60, 60 + number * 15), line, fontsize=11)
    return bytes(document.tobytes())


def scanned(pages: int) -> bytes:
    """Pages that are nothing but a picture: for Tesseract."""
    pixels = pymupdf.open("pdf", printed())[0].get_pixmap(dpi=200, colorspace=pymupdf.csGRAY)
    file = BytesIO()
    Image.frombytes("L", (pixels.width, pixels.height), pixels.samples).save(file, "JPEG", quality=80)
    document = pymupdf.open()
    for _ in range(pages):
        page = document.new_page()
        page.insert_image(page.rect, stream=file.getvalue())
    return bytes(document.tobytes())
