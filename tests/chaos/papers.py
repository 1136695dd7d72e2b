"""Documents that take time: pages that are nothing but a picture, so that Tesseract has to read them."""

import pymupdf

LINES = (
    "Devant Maître Hélène Côté, notaire à Québec,",
    "comparaît le vendeur, lequel déclare être propriétaire",
    "de l'immeuble ci-après désigné, à savoir un emplacement",
    "connu comme étant le lot 1 234 567 du cadastre officiel,",
    "avec les bâtisses dessus construites, circonstances et dépendances,",
    "sujet aux servitudes légalement établies et à une hypothèque",
    "au montant de cent vingt-cinq mille dollars (125 000,00 $).",
)


def scan(pages: int) -> bytes:
    """About half a second of reading a page."""
    return pictured(pages, width=612, lines=LINES)


def slip() -> bytes:
    """A few lines on a small page: about 0.1 s of reading."""
    return pictured(1, width=400, lines=LINES[:3])


def pictured(pages: int, width: float, lines: tuple[str, ...]) -> bytes:
    drawn = pymupdf.open()
    page = drawn.new_page(width=width, height=60 + 18 * len(lines))
    for number, line in enumerate(lines):
        page.insert_text((40, 40 + 18 * number), line, fontsize=12)
    picture = page.get_pixmap(dpi=200, colorspace=pymupdf.csGRAY, alpha=False).tobytes("png")
    document = pymupdf.open()
    for _ in range(pages):
        sheet = document.new_page(width=width, height=page.rect.height)
        sheet.insert_image(sheet.rect, stream=picture)
    return bytes(document.tobytes(deflate=True))


def printed(pages: int, words: int) -> bytes:
    """Born digital; every one of its words is another."""
    document = pymupdf.open()
    for number in range(pages):
        names = [f"mot{number * words + word}" for word in range(words)]
        lines = [" ".join(names[start : start + 8]) for start in range(0, words, 8)]
        page = document.new_page(width=612, height=80 + 12 * len(lines))
        page.insert_text((40, 60), lines, fontsize=10)
    return bytes(document.tobytes(deflate=True))


def repeated(data: bytes, times: int) -> bytes:
    """The document's pages, again and again."""
    document, source = pymupdf.open(), pymupdf.open("pdf", data)
    for _ in range(times):
        document.insert_pdf(source)
    return bytes(document.tobytes(deflate=True))
