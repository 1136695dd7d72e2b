"""`registre-pool plan`: what fits on a machine, and what a number of documents needs."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from poolmgr.cli.main import frame_of
from poolmgr.cli.printing import print_json, print_table
from poolmgr.config.settings import Settings
from poolmgr.domain.hours import day_of
from poolmgr.domain.json import Json, JsonObject, number, record, whole

COLUMNS = ("child", "vCPU", "GB", "assumed vCPU", "assumed GB", "measured vCPU", "measured GB", "measurings")


def plan(
    context: typer.Context,
    cpu: Annotated[float | None, typer.Option(min=0.1, help="vCPU of the machine; else this one's.")] = None,
    ram: Annotated[float | None, typer.Option(min=0.1, help="GB of the machine; else this one's.")] = None,
    docs_per_day: Annotated[
        int | None, typer.Option(min=1, help="Also: what so many documents a day need and cost.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say how many children fit on a machine, by what was measured here where there is anything.

    Example: registre-pool plan --cpu 8 --ram 16 --docs-per-day 2000
    """
    found = reckoned(frame_of(context).settings(), cpu, ram, docs_per_day)
    if as_json:
        print_json(found)
        return
    print_table(COLUMNS, cost_rows(record(found, "children")))
    typer.echo()
    for line in sentences(found):
        typer.echo(line)


def reckoned(settings: Settings, cpu: float | None, ram: float | None, documents: int | None) -> JsonObject:
    from poolmgr.pool import figures, planning
    from poolmgr.pool.capacity import Size
    from poolmgr.pool.costs import COST_KINDS, Costs, assumed
    from poolmgr.pool.machine import Meter
    from poolmgr.pool.paces import Paces
    from poolmgr.pool.resources import limited, sized

    here = limited(Meter().read(time.monotonic()).whole, settings.server)
    size = Size(cpu=cpu or here.cpu, ram=ram or here.ram)
    kept = figures.load(settings.pool.data_path())
    costs = Costs.from_json(record(kept, "costs"))
    seconds = Paces.from_json(record(kept, "paces")).seconds
    counted = costs.all(settings.server)
    price = settings.foncier.highest_price("land", day_of(datetime.now(UTC)))
    result = planning.plan(size, settings, counted, seconds, documents, price)
    rows: dict[str, Json] = {
        kind: {
            "counted": sized(counted[kind]),
            "assumed": sized(assumed(kind, settings.server)),
            "measured": costs.measured[kind].as_json(),
        }
        for kind in COST_KINDS
    }
    configured: JsonObject = {"registre": settings.registre.children, "ocr": settings.ocr.children}
    reserve: JsonObject = {
        "cpu_percent": settings.server.reserve_cpu_percent,
        "ram_percent": settings.server.reserve_ram_percent,
    }
    return {**result.as_json(), "children": rows, "configured": configured, "reserve": reserve}


def cost_rows(children: JsonObject) -> Iterator[list[Json]]:
    for kind in children:
        child = record(children, kind)
        counted, assumed, measured = (record(child, one) for one in ("counted", "assumed", "measured"))
        seen = whole(measured, "samples") > 0
        yield [
            kind,
            f"{number(counted, 'cpu'):.3g}",
            f"{number(counted, 'ram_gb'):.3g}",
            f"{number(assumed, 'cpu'):.3g}",
            f"{number(assumed, 'ram_gb'):.3g}",
            f"{number(measured, 'cpu'):.3g}" if seen else None,
            f"{number(measured, 'ram_gb'):.3g}" if seen else None,
            whole(measured, "samples"),
        ]


def sentences(found: JsonObject) -> Iterator[str]:
    reserve, fits, configured = (record(found, one) for one in ("reserve", "fits", "configured"))
    booked, room = record(fits, "booked"), record(found, "room")
    cpu, ram = number(reserve, "cpu_percent"), number(reserve, "ram_percent")
    machine = shown(record(found, "machine"))
    yield f"machine: {machine}; kept free: {cpu:g} % and {ram:g} %; room: {shown(room)}"
    yield (
        f"fits: {whole(fits, 'registre')} registre and {whole(fits, 'ocr')} OCR children, "
        f"counted with {shown(booked)} ({percent(booked, room, 'cpu')} of the CPU, "
        f"{percent(booked, room, 'ram_gb')} of the memory that may be booked)"
    )
    yield f"configured: {whole(configured, 'registre')} registre and {whole(configured, 'ocr')} OCR children"
    if not whole(fits, "registre") or not whole(fits, "ocr"):
        yield "where work waits, one child of each group runs all the same, over-booked, if there is memory"
    if need := record(found, "need"):
        yield from needs(need)


def needs(need: JsonObject) -> Iterator[str]:
    cost = whole(need, "cents_a_day") / 100
    yield (
        f"{whole(need, 'documents_a_day')} documents a day, each downloaded and read: "
        f"{whole(need, 'registre')} registre and {whole(need, 'ocr')} OCR children, "
        f"counted with {shown(record(need, 'booked'))}: a machine of {shown(record(need, 'machine'))}; "
        f"the registry's price for them is {cost:.2f} CAD a day"
    )


def shown(size: JsonObject) -> str:
    return f"{number(size, 'cpu'):.3g} vCPU and {number(size, 'ram_gb'):.3g} GB"


def percent(part: JsonObject, whole_: JsonObject, key: str) -> str:
    of = number(whole_, key)
    return f"{number(part, key) / of:.0%}" if of else "-"
