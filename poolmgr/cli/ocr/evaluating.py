"""`registre-pool ocr eval`: how well this machine reads, against documents whose text is known."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from poolmgr.cli.main import frame_of
from poolmgr.cli.printing import print_json, print_table
from poolmgr.domain.errors import PoolError
from poolmgr.domain.json import Json, JsonObject

if TYPE_CHECKING:
    from poolmgr.config.settings import OcrSettings
    from poolmgr.local.samples.papers import Paper
    from poolmgr.ocr.quality.exam import Marks, Question, Read

SCHEMA = 1
SHOWN = (
    ("field_f1", "F1"),
    ("cer", "CER"),
    ("word_recall", "words"),
    ("row_recall", "rows"),
    ("rows_invented", "invented"),
    ("hidden_rows_noticed", "noticed"),
    ("nature_accuracy", "natures"),
    ("nature_accuracy_boosted", "boosted"),
    ("cpu_seconds_a_page", "CPU s"),
    ("pages_a_minute", "pages/min"),
    ("peak_megabytes", "peak MB"),
)


def evaluate(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(exists=True, file_okay=False, help="PDFs, each beside a .json that tells its truth."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the documents that are made when no folder is given.")] = 1,
    sets: Annotated[int, typer.Option(min=1, help="So many of each layout in each condition.")] = 1,
    only: Annotated[
        str, typer.Option(metavar="WORD", help="Only groups whose name holds this, such as old_1 or bad_150.")
    ] = "",
    save: Annotated[
        Path | None, typer.Option(file_okay=False, help="Write the documents and truths there, read nothing.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Measure the offline reading: fields, rows, words, time and memory, by layout and condition.

    Example: registre-pool ocr eval --sets 3 --only bad_150
    """
    if save is not None:
        typer.echo(f"{write(seed, sets, only, save)} documents in {save}")
        return
    questions = of_folder(folder) if folder else made(seed, sets, only)
    from poolmgr.ocr.quality.exam import examine
    from poolmgr.ocr.scans import one_thread

    one_thread()
    settings = frame_of(context).settings().ocr
    marks = examine(questions, reader(settings), lambda name: typer.echo(name, err=True))
    if not marks:
        raise PoolError("No document was found.", advice="Name a folder with PDFs, or another --only.")
    show(marks, as_json=as_json)


def show(marks: Mapping[str, "Marks"], *, as_json: bool) -> None:
    groups: JsonObject = {group: mark.as_json() for group, mark in marks.items()}
    if as_json:
        print_json({"schema": SCHEMA, "groups": groups})
        return
    print_table(
        ["group", *(title for _, title in SHOWN)],
        [[group, *(figure(mark.as_json()[key]) for key, _ in SHOWN)] for group, mark in marks.items()],
    )
    for mark in marks.values():
        for name, why in mark.failures.items():
            typer.echo(f"{name}: {why}", err=True)


def figure(value: Json) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) and value <= 1 else f"{value:g}"


def reader(settings: "OcrSettings") -> "Read":
    from poolmgr.ocr import offline

    return lambda data, kind: offline.read(data, settings, lambda: False, kind)


def of_folder(folder: Path) -> Iterator["Question"]:
    from poolmgr.ocr.quality.exam import Question
    from poolmgr.ocr.quality.truth import parse

    for file in sorted(folder.glob("*.pdf")):
        beside = file.with_suffix(".json")
        if not beside.is_file():
            raise PoolError(f"{beside} is missing.", advice="Every PDF needs its truth beside it.")
        truth = parse(beside.read_bytes(), str(beside))
        yield Question(name=file.stem, group=truth.kind, data=file.read_bytes(), truth=truth)


def papers(seed: int, sets: int, only: str) -> Iterator[tuple[str, "Paper"]]:
    """Documents to make, each with its group."""
    from poolmgr.local.samples.papers import draw_papers

    for paper in draw_papers(range(seed, seed + sets)):
        group = f"{paper.layout} {paper.condition}"
        if only in group:
            yield group, paper


def made(seed: int, sets: int, only: str) -> Iterator["Question"]:
    from poolmgr.ocr.quality.exam import Question
    from poolmgr.ocr.quality.truth import parse

    for group, paper in papers(seed, sets, only):
        data, truth = paper.make()
        yield Question(
            name=paper.name, group=group, data=data, truth=parse(orjson.dumps(truth.as_json()), paper.name)
        )


def write(seed: int, sets: int, only: str, folder: Path) -> int:
    """How many documents now lie in the folder, each beside its truth."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for _, paper in papers(seed, sets, only):
        count += 1
        data, truth = paper.make()
        (folder / f"{paper.name}.pdf").write_bytes(data)
        (folder / f"{paper.name}.json").write_bytes(orjson.dumps(truth.as_json(), option=orjson.OPT_INDENT_2))
    return count
