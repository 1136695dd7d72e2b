"""`registre-pool ocr read FILE`: one document read as an OCR child would, without a queue."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from poolmgr.cli.main import frame_of
from poolmgr.domain.json import Json, JsonObject, items, records, text

if TYPE_CHECKING:
    from poolmgr.config.settings import OcrSettings, Settings
    from poolmgr.domain.jobs import JobKind
    from poolmgr.ocr.reading import Page, Reading

SCHEMA = 1
MODES = ("index", "acte")
ENGINES = ("auto", "gemini", "offline")
TABLE_ENDINGS = (".html", ".htm")


def read(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, readable=True, help="A PDF, or the saved page of an index (.html)."
        ),
    ],
    mode: Annotated[
        str | None,
        typer.Option(help="index or acte: the texts that a job of this kind writes into its row."),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(help="offline, gemini or auto; else as ocr.engine says. Gemini costs money."),
    ] = None,
    corrected: Annotated[
        bool, typer.Option("--corrected", help="With --mode: the corrected text instead of the one read.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Read a document: its text to stdout, engine, notes and corrections to stderr.

    Example: registre-pool ocr index.pdf --mode index --corrected
    """
    kind = kind_of(mode)
    if corrected and kind is None:
        raise typer.BadParameter("say --mode index or --mode acte", param_hint="--corrected")
    settings = with_engine(frame_of(context).settings(), engine)
    reading = read_file(file, kind or "ocr_acte", settings)
    if bill := cost(reading, settings):
        typer.echo(bill, err=True)
    if kind is not None:
        show_result(file, reading, kind, settings.ocr, corrected=corrected, as_json=as_json)
        return
    if as_json:
        typer.echo(document(file, reading))
        return
    from poolmgr.ocr.text import marker, safe

    for page in reading.pages:
        typer.echo(remark(page), err=True)
        typer.echo(f"{marker(page.number)}\n{safe(page.text)}\n")


def kind_of(mode: str | None) -> "JobKind | None":
    """Raises a usage error for another word."""
    if mode is None:
        return None
    if mode not in MODES:
        raise typer.BadParameter(f"{mode!r} is not one of {', '.join(MODES)}", param_hint="--mode")
    return "ocr_index" if mode == "index" else "ocr_acte"


def with_engine(settings: "Settings", engine: str | None) -> "Settings":
    """Raises a usage error for a word that is none."""
    if engine is None:
        return settings
    if engine not in ENGINES:
        raise typer.BadParameter(f"{engine!r} is not one of {', '.join(ENGINES)}", param_hint="--engine")
    return settings.model_copy(update={"ocr": settings.ocr.model_copy(update={"engine": engine})})


def read_file(file: Path, kind: "JobKind", settings: "Settings") -> "Reading":
    """Raises DocumentError, NotAvailable, and of Gemini an Outage."""
    data = file.read_bytes()
    if file.suffix.lower() in TABLE_ENDINGS:
        from poolmgr.ocr.index import saved

        return saved.read(data)
    from poolmgr.cli import gemini

    if gemini.used(settings):
        return asyncio.run(gemini.read_once(settings, data, kind, f"command-{os.getpid()}"))
    from poolmgr.ocr import offline

    return offline.read(data, settings.ocr, lambda: False, kind)


def cost(reading: "Reading", settings: "Settings") -> str:
    """Of the calls that were made, "" when there were none."""
    if not reading.usages:
        return ""
    from poolmgr.cli import quotas
    from poolmgr.workers.asked import took

    taken = took(reading.usages, quotas.pricing(settings))
    return (
        f"{taken['calls']} calls of Gemini, {taken['input_tokens']} tokens in, {taken['output_tokens']} out, "
        f"about {taken['cad']} CAD"
    )


def show_result(
    file: Path,
    reading: "Reading",
    kind: "JobKind",
    settings: "OcrSettings",
    *,
    corrected: bool,
    as_json: bool,
) -> None:
    """What the job would write, and to stderr what was corrected."""
    from poolmgr.ocr import text as texts

    result = texts.result(reading, kind, settings)
    if as_json:
        import orjson

        typer.echo(orjson.dumps({"schema": SCHEMA, "file": texts.safe(str(file)), **result}))
        return
    for page in reading.pages:
        typer.echo(remark(page), err=True)
    for page_record in records(result, "pages"):
        for correction in records(page_record, "corrections"):
            typer.echo(sentence(page_record.get("page"), correction), err=True)
    if note := text(result, "note"):
        typer.echo(note, err=True)
    typer.echo(text(result, "boosted_file_content" if corrected else "file_content"))


def sentence(page: Json, correction: JsonObject) -> str:
    """One correction for a person."""
    row = f" row {correction['row']}" if "row" in correction else ""
    evidence = "; ".join(str(one) for one in items(correction, "evidence"))
    if correction.get("applied") is False:
        return f"page {page}{row}: look at « {correction['before']} » (rule {correction['rule']}): {evidence}"
    change = f"« {correction['before']} » -> « {correction['after']} »"
    return f"page {page}{row}: {change} (rule {correction['rule']}): {evidence}"


def document(file: Path, reading: "Reading") -> bytes:
    import orjson

    from poolmgr.ocr.text import record as record_of
    from poolmgr.ocr.text import safe

    pages = [record_of(page) for page in reading.pages]
    return orjson.dumps({"schema": SCHEMA, "file": safe(str(file)), "pages": pages, "note": reading.note})


def remark(page: "Page") -> str:
    sure = "" if page.confidence is None else f", confidence {page.confidence:.0%}"
    note = f", {page.note}" if page.note else ""
    return f"page {page.number}: {page.engine}{sure}{note}"
