"""`registre-pool run`."""

from typing import Annotated, Literal

import typer

from poolmgr.cli.main import frame_of

ONLY_HELP = "Run this group of children alone."


def run(
    context: typer.Context,
    only: Annotated[Literal["registre", "ocr"] | None, typer.Option(help=ONLY_HELP)] = None,
) -> None:
    """Run the pool in the foreground, until SIGTERM.

    Without configured environments it runs on an embedded stack in the data folder.

    Example: registre-pool --config /etc/registre-pool/config.toml run
    """
    from poolmgr.cli.service import serve

    frame = frame_of(context)
    raise typer.Exit(serve(frame.settings(), frame.settings, only))
