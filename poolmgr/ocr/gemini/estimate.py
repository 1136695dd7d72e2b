"""How many input tokens a question takes, computed before it is asked: the shared limit counts nothing else.

A learned mean is no help: with a real size three times the estimate a limiter overshoots 2.5 times before
anything is settled, with one within 5 % it stays at its limit (simulated, 100 callers).
"""

PICTURE_TOKENS = 1120
"""A picture at high resolution, Gemini 3; a page of a PDF at medium takes half. As third parties list them
(fastgptplus.com, 2026-11): the service was never reached from here, and each call's true count settles it."""

PDF_PAGE_TOKENS = 560
CHARACTERS_A_TOKEN = 3.5
"""French prose; a schema's English words take fewer."""


def tokens(*, pictures: int = 0, pdf_pages: int = 0, texts: int = 0) -> int:
    """texts: characters of the instruction, the question and the schema together."""
    return pictures * PICTURE_TOKENS + pdf_pages * PDF_PAGE_TOKENS + round(texts / CHARACTERS_A_TOKEN) + 1
