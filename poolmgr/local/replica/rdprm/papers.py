"""What the register holds under a name: invented rights of invented people, the same for the same name."""

from functools import lru_cache
from random import Random

import pymupdf

ROWS, LARGE_ROWS = 6, 400
ROWS_A_PAGE = 12
CERTIFIED = "2026-11-20 15:30"
KINDS = ("Hypothèque conventionnelle sans dépossession", "Réserve de propriété", "Droits résultant d’un bail")


def rows_of(name: str, *, large: bool) -> list[str]:
    """One line a right, as the result shows it."""
    dice = Random(name)
    return [row(dice) for _ in range(LARGE_ROWS if large else ROWS)]


def row(dice: Random) -> str:
    """Registration numbers have 13 digits, of which the first two are the year's."""
    year, number, last = dice.randrange(10, 27), dice.randrange(10**7), dice.randrange(10**4)
    return f"{year}-{number:07d}-{last:04d} {dice.choice(KINDS)}"


@lru_cache(50)
def extract(name: str, *, large: bool) -> bytes:
    """The whole file of a name, as a PDF."""
    rows = rows_of(name, large=large)
    with pymupdf.open() as document:
        for first in range(0, len(rows), ROWS_A_PAGE):
            sheet = document.new_page()
            sheet.insert_text((60, 60), "Registre des droits personnels et réels mobiliers", fontsize=14)
            sheet.insert_text((60, 84), f"Fiche nominative : {name}", fontsize=11)
            sheet.insert_text((60, 102), f"Date et heure de certification : {CERTIFIED}", fontsize=11)
            for place, row in enumerate(rows[first : first + ROWS_A_PAGE]):
                sheet.insert_text((60, 140 + 24 * place), row, fontsize=10)
        return bytes(document.tobytes(no_new_id=True))
