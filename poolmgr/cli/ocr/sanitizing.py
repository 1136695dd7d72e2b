"""`registre-pool ocr sanitize`: a text of an index as pages and registrations."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from poolmgr.cli.jobs import AsJson
from poolmgr.cli.printing import print_json, print_table
from poolmgr.domain.json import Json, JsonObject, records, text, whole

STDIN = "-"
TITLES = ("page", "row", "date", "number", "nature", "parties", "remarks", "radiation")


def sanitize(
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="The text of a row's file_content; - or nothing = stdin.")
    ] = STDIN,
    as_json: AsJson = False,
) -> None:
    """Put the text of an index into the product's structured shape: pages, headings, registrations.

    Example: registre-pool ocr index.pdf --mode index | registre-pool ocr sanitize --json
    """
    from poolmgr.ocr.index.sanitizing import sanitize as structured

    shape = structured(read_text(file))
    if as_json:
        print_json(shape)
        return
    print_table(TITLES, rows(shape))


def read_text(file: str) -> str:
    """Raises a usage error for a file that is not there or is no UTF-8."""
    try:
        data = sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise typer.BadParameter(f"{error.strerror}: {file}", param_hint="FILE") from error
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"it is no UTF-8 at byte {error.start}", param_hint="FILE") from error


def rows(shape: JsonObject) -> Iterator[list[Json]]:
    for page in records(shape, "pages"):
        for number, row in enumerate(records(page, "inscriptions"), 1):
            parties = [f"{text(one, 'role')} {text(one, 'name')}".strip() for one in records(row, "parties")]
            yield [
                whole(page, "pageNumber"),
                number,
                row.get("acte_publication_date"),
                row.get("acte_publication_number"),
                row.get("acte_nature"),
                "; ".join(parties) or None,
                row.get("remarques"),
                row.get("radiation_number"),
            ]
