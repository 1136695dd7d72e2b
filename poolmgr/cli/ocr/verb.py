"""`registre-pool ocr`: what can be done with documents and their texts outside the queue."""

import typer
from typer.core import TyperGroup

from poolmgr.cli.ocr.backfill import backfill
from poolmgr.cli.ocr.evaluating import evaluate
from poolmgr.cli.ocr.reading import read
from poolmgr.cli.ocr.sanitizing import sanitize

HELP = ("-h", "--help")


class FileOrVerb(TyperGroup):
    """What is no verb is a file to read: `ocr acte.pdf` is `ocr read acte.pdf`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if args and args[0] not in self.commands and args[0] not in HELP:
            args = ["read", *args]
        return super().parse_args(ctx, args)


ocr = typer.Typer(
    cls=FileOrVerb,
    help="Read a document, put a text into the product's shape, correct old texts, measure the reading. "
    "`ocr FILE` is `ocr read FILE`.",
    no_args_is_help=True,
)
ocr.command("read")(read)
ocr.command("sanitize")(sanitize)
ocr.command("backfill")(backfill)
ocr.command("eval")(evaluate)
