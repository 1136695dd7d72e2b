"""`registre-pool enqueue`: putting a job into the queue by hand, under an id that may be given again."""

import asyncio
import time
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import typer

from poolmgr.cli.jobs import AsJson, Environment, tell
from poolmgr.cli.main import frame_of
from poolmgr.cli.printing import print_json
from poolmgr.domain.errors import DocumentError
from poolmgr.domain.jobs import JobKind, job_kind
from poolmgr.domain.json import JsonObject

KINDS = "land, req, rdprm, ocr_index or ocr_acte"


def enqueue(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help=KINDS)],
    number: Annotated[str, typer.Argument(help="Lot or registration number; for req and rdprm the name.")],
    file: Annotated[Path | None, typer.Option(help="The document to read (ocr_index, ocr_acte).")] = None,
    source: Annotated[str | None, typer.Option(help="index, acte or plan_cadastraux (land).")] = None,
    circonscription: Annotated[str | None, typer.Option(help="Circonscription foncière.")] = None,
    cadastre: Annotated[str | None, typer.Option(help="Cadastre.")] = None,
    designation: Annotated[str | None, typer.Option(help="Désignation secondaire.")] = None,
    acte_type: Annotated[
        str | None, typer.Option(help="Acte, Avis d'adresse, Radiation, Acte divers.")
    ] = None,
    session: Annotated[str | None, typer.Option(help="The search session's id (rdprm).")] = None,
    row_id: Annotated[
        UUID | None, typer.Option("--id", help="The row's id; given again, nothing is added.")
    ] = None,
    environment: Environment = None,
    as_json: AsJson = False,
) -> None:
    """Put one job into the queue.

    Examples: registre-pool enqueue ocr_acte "12 345 678" --file acte.pdf
    registre-pool enqueue req "Tremblay et Fils inc."
    """
    from poolmgr.cli.environments import chosen, documents_of, queue_of

    settings = frame_of(context).settings()
    access = chosen(settings, environment)
    wanted = kind_of(kind)
    row = str(row_id or uuid4())
    job: JsonObject = {
        "document_source": source,
        "document_number": number,
        "circonscription_fonciere": circonscription,
        "cadastre": cadastre,
        "designation_secondaire": designation,
        "acte_type": acte_type,
        "initial_search_query": number,
        "search_name": number,
        "search_session_id": session,
    }

    async def put() -> str:
        if wanted.startswith("ocr_") and file is not None:
            path = place(wanted, number, circonscription, cadastre, row)
            async with documents_of(access, settings) as documents:
                await documents.write(path, read(file))
            job["supabase_path"] = path
        async with queue_of(access, settings) as queue:
            return await queue.enqueue(row, wanted, job)

    answer = asyncio.run(put())
    if as_json:
        print_json({"schema": 1, "row_id": row, "kind": wanted, "environment": access.name, "answer": answer})
    tell(
        answer,
        "" if as_json else f"{row} waits in {access.name}",
        "" if as_json else f"{row} was there already",
    )


def kind_of(word: str) -> JobKind:
    try:
        return job_kind(word)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def place(kind: JobKind, number: str, circonscription: str | None, cadastre: str | None, row_id: str) -> str:
    """`bucket/object`; the row's id tells it apart, so that a repeat overwrites its own object alone."""
    from poolmgr.stores import paths

    source = kind.removeprefix("ocr_")
    name = paths.object_name(
        source,
        number=number,
        circonscription=circonscription,
        cadastre=cadastre,
        milliseconds=int(time.time() * 1000),
        token=row_id,
    )
    return f"{paths.bucket(source)}/{name}"


def read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise DocumentError(f"{file} cannot be read: {error.strerror}.") from error
