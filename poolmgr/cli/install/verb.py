"""`registre-pool install` and `registre-pool uninstall`."""

import re
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from poolmgr.cli.install.steps import Machine, Step
from poolmgr.cli.printing import print_json
from poolmgr.domain.errors import NotAvailable, PoolError

SCHEMA = 1
USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
Root = Annotated[
    Path, typer.Option(help="Another machine's files: no user is made, and no service is told of it.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
NEXT = (
    "write /etc/registre-pool/config.toml, secrets into /etc/credstore",
    "registre-pool check-config && registre-pool doctor",
    "systemctl enable --now registre-pool",
)


def install(
    user: Annotated[str, typer.Option(help="Who the service runs as; made when missing.")] = "registre-pool",
    root: Root = Path("/"),
    as_json: Json = False,
) -> None:
    """Make this machine run the pool as a systemd service: unit, user, folders, configuration, completion.

    Safe to run again; a configuration that is there is kept. Needs root.

    Example: sudo registre-pool install
    """
    from poolmgr.cli.install import installing

    if not USER.fullmatch(user) or user == "root":
        raise typer.BadParameter(
            "a user of its own, in small letters: root has no sandbox", param_hint="--user"
        )
    machine = Machine(root=root.absolute())
    machine.check_rights()
    steps = installing.install(machine, user, installing.executable(), browser())
    show(steps, NEXT if machine.is_this else (), as_json=as_json)


def uninstall(
    purge: Annotated[
        bool, typer.Option("--purge", help="Remove configuration, data, logs and user, too; asks.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    root: Root = Path("/"),
    as_json: Json = False,
) -> None:
    """Stop the service and remove what `install` made; configuration and data are kept. Needs root.

    Example: sudo registre-pool uninstall --purge
    """
    from poolmgr.cli.install import uninstalling

    machine = Machine(root=root.absolute())
    machine.check_rights()
    if purge:
        uninstalling.check_nothing_paid(machine)
        if not yes:
            typer.confirm("Remove configuration and data of the pool for good?", abort=True, err=True)
    user = uninstalling.user_of(machine)
    rest = uninstalling.purge(machine, user) if purge else uninstalling.keep(machine)
    show(chain(uninstalling.uninstall(machine), rest), (), as_json=as_json)


def browser() -> Path | None:
    from poolmgr.registries.browser.programs import find_chromium

    try:
        return find_chromium("").path
    except NotAvailable:
        return None


def show(steps: Iterable[Step], then: tuple[str, ...], *, as_json: bool) -> None:
    """For people each step as it is done. Raises PoolError for a file that cannot be written."""
    done = []
    try:
        for step in steps:
            done.append(step)
            if not as_json:
                typer.echo(step)
    except OSError as error:
        raise PoolError(f"{error.filename or 'a file'}: {error.strerror}") from error
    if as_json:
        print_json({"schema": SCHEMA, "steps": [one.as_json() for one in done], "next": list(then)})
    elif then:
        typer.echo("\nnext:\n" + "\n".join(f"  {line}" for line in then))
