"""How much text a row can hold: the product indexes to_tsvector('french', file_content), and PostgreSQL
refuses a tsvector above 1,048,575 bytes of lexemes and positions (54000).

Measured on PostgreSQL 15: a lexeme costs its bytes, 2 for the count, 2 for each position, 1 to align them;
positions above 16,383 are stored once a word. 60,000 distinct words of 5 to 12 letters need 0.83 MB,
80,000 are refused. A compound (`a-b`, `host/path`) is stored whole and in parts. Words above 2,046 bytes are
left out by PostgreSQL; they are counted here all the same.
"""

import re
from collections.abc import Iterator

MOST_TSVECTOR_BYTES = 1_048_575
POSITIONS_BYTES = 2 * 16_384
MOST_LEXEME_BYTES = MOST_TSVECTOR_BYTES - POSITIONS_BYTES - 15_000
LEXEME_COST = 5
PART = re.compile(r"[^\W_]+")
EDGES = re.compile(r"^[\W_]+|[\W_]+$")


def runs(text: str) -> Iterator[str]:
    """What stands between blanks, in lower case and without the punctuation around it."""
    for piece in text.split():
        run = EDGES.sub("", piece.lower())
        if run:
            yield run


def cost(run: str) -> int:
    """The most bytes a run adds to a tsvector on its first appearance."""
    parts = len(PART.findall(run))
    size = len(run.encode("utf-8", "replace"))
    return size + LEXEME_COST if parts == 1 and PART.fullmatch(run) else 2 * size + LEXEME_COST * (parts + 2)


class Allowance:
    """What is left of three bounds: bytes of UTF-8, distinct words, lexemes."""

    def __init__(self, text_bytes: int, distinct_words: int) -> None:
        self.text_bytes = text_bytes
        self.words = distinct_words
        self.lexemes = MOST_LEXEME_BYTES
        self.seen: set[str] = set()

    def take(self, text: str) -> str:
        """ "" and counted when the text fits; else the bound it would break, and nothing is counted."""
        new = set(runs(text)) - self.seen
        size, lexemes = len(text.encode()), sum(map(cost, new))
        if size > self.text_bytes:
            return "bytes"
        if len(new) > self.words:
            return "words"
        if lexemes > self.lexemes:
            return "lexemes"
        self.text_bytes -= size
        self.words -= len(new)
        self.lexemes -= lexemes
        self.seen |= new
        return ""
