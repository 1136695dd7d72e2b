"""PDFs for these tests: printed, scanned, broken."""

from collections.abc import Sequence
from io import BytesIO

import pymupdf
from PIL import Image

LETTER = (612, 792)
DEED = [
    "Devant Maître Hélène Côté, notaire à Québec,",
    "comparaît le vendeur, lequel déclare être propriétaire",
    "de l'immeuble ci-après désigné, à savoir un emplacement",
    "connu comme étant le lot 1 234 567 du cadastre officiel,",
    "avec les bâtisses dessus construites, circonstances et dépendances,",
    "sujet aux servitudes légalement établies et à une hypothèque",
    "au montant de cent vingt-cinq mille dollars (125 000,00 $).",
]


def write(page: pymupdf.Page, lines: Sequence[str], size: float = 12, top: float = 72) -> None:
    for number, line in enumerate(lines):
        page.insert_text((60, top + number * size * 1.5), line, fontsize=size)


def printed(*pages: Sequence[str]) -> bytes:
    document = pymupdf.open()
    for lines in pages:
        write(document.new_page(width=LETTER[0], height=LETTER[1]), lines)
    return bytes(document.tobytes())


def picture(lines: Sequence[str], degrees: float = 0.0, dpi: int = 200, size: float = 12) -> Image.Image:
    """A page as a camera sees it; positive degrees turn it against the clock."""
    document = pymupdf.open()
    page = document.new_page(width=LETTER[0], height=144 + len(lines) * size * 1.5)
    write(page, lines, size)
    pixels = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY, alpha=False)
    image = Image.frombytes("L", (pixels.width, pixels.height), pixels.samples)
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=degrees % 90 == 0, fillcolor=255)


def scanned(*pictures: Image.Image, stamp: str = "") -> bytes:
    """Pages that are nothing but a picture, and a line of text on top when there is a stamp."""
    document = pymupdf.open()
    for image in pictures:
        file = BytesIO()
        image.save(file, "JPEG", quality=80)
        page = document.new_page(width=image.width * 72 / 200, height=image.height * 72 / 200)
        page.insert_image(page.rect, stream=file.getvalue())
        if stamp:
            page.insert_text((40, 20), stamp, fontsize=8)
    return bytes(document.tobytes())


def encrypted() -> bytes:
    document = pymupdf.open("pdf", printed(DEED))
    return bytes(document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secret", owner_pw="owner"))


def with_one_broken_page(pages: int, broken: int) -> bytes:
    """`broken` counts from 0: that page's object is a number instead of a page."""
    document = pymupdf.open("pdf", printed(*[[*DEED, f"page {number}"] for number in range(pages)]))
    document.update_object(document.page_xref(broken), "42")
    return bytes(document.tobytes())
