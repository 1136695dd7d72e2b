"""`registre-pool demo`."""

from typing import Annotated

import typer

from poolmgr.cli.main import frame_of

DEFAULT_LIMIT_SECONDS = 600.0


def demo(
    context: typer.Context,
    jobs: Annotated[int, typer.Option(min=1, max=10_000, help="How many documents.")] = 19,
    searches: Annotated[
        int, typer.Option(min=0, max=4, help="How many searches of companies and in the RDPRM beside.")
    ] = 4,
    seed: Annotated[int, typer.Option(help="Another number makes other documents.")] = 1,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stack up afterwards.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    limit_seconds: Annotated[
        float, typer.Option(min=1, help="Fail when the queue is not drained by then (seconds).")
    ] = DEFAULT_LIMIT_SECONDS,
) -> None:
    """Do the real main job on an embedded stack: sample orders from the queue to their documents and texts.

    A real browser buys them from replicas of the registries, and searches there. Exit 0 only when every job
    ended as expected and the ledger agrees with the replicas' till.

    Example: registre-pool demo --jobs 40 --seed 7 --keep
    """
    from rich.console import Console

    from poolmgr.cli.demo.show import Demo, Order, all_as_expected
    from poolmgr.cli.printing import print_json

    order = Order(how_many=jobs, searches=searches, seed=seed, keep=keep, limit_seconds=limit_seconds)
    report = Demo(frame_of(context).settings(), order, Console(stderr=as_json)).run()
    if as_json:
        print_json(report)
    raise typer.Exit(0 if all_as_expected(report) else 1)
