"""`registre-pool ocr FILE`: one document read as an OCR child would, without a queue."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from poolmgr.cli.evaluate import evaluate
from poolmgr.cli.main import frame_of

if TYPE_CHECKING:
    from typer._click import Context

    from poolmgr.ocr.reading import Page, Reading

SCHEMA = 1


class ReadsByDefault(TyperGroup):
    """`ocr FILE` is `ocr read FILE`: what is no verb is a file."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["read", *args]
        return super().parse_args(ctx, args)


ocr = typer.Typer(
    cls=ReadsByDefault,
    no_args_is_help=True,
    help="Read a document, or measure the reading. `ocr FILE` reads it.",
)
ocr.command("eval")(evaluate)


@ocr.command()
def read(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A PDF.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Read a PDF: its text to stdout, engine and notes of each page to stderr.

    Example: registre-pool ocr acte.pdf > acte.txt
    """
    from poolmgr.ocr import offline

    settings = frame_of(context).settings().ocr
    reading = offline.read(file.read_bytes(), settings, lambda: False)
    if as_json:
        typer.echo(document(file, reading))
        return
    from poolmgr.ocr.text import marker, safe

    for page in reading.pages:
        typer.echo(remark(page), err=True)
        typer.echo(f"{marker(page.number)}\n{safe(page.text)}\n")


def document(file: Path, reading: "Reading") -> bytes:
    import orjson

    from poolmgr.ocr.text import record, safe

    pages = [record(page) for page in reading.pages]
    return orjson.dumps({"schema": SCHEMA, "file": safe(str(file)), "pages": pages, "note": reading.note})


def remark(page: "Page") -> str:
    sure = "" if page.confidence is None else f", confidence {page.confidence:.0%}"
    note = f", {page.note}" if page.note else ""
    return f"page {page.number}: {page.engine}{sure}{note}"
