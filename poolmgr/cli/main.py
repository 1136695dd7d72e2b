"""`registre-pool`: the frame around the verbs. A new verb is one line in VERBS.

Only the module of the verb that was typed is imported, so that `--version` and `status` stay quick.
`--help` imports them all: a verb's module imports what is heavy inside its function.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

from poolmgr import __version__
from poolmgr.domain.errors import ConfigError, PoolError

if TYPE_CHECKING:
    import typer

    from poolmgr.config.loader import Loaded
    from poolmgr.config.settings import Settings

VERBS: Mapping[str, str] = MappingProxyType(
    {
        "run": "poolmgr.cli.run:run",
        "demo": "poolmgr.cli.demo.verb:demo",
        "status": "poolmgr.cli.status:status",
        "workers": "poolmgr.cli.control:workers",
        "pause": "poolmgr.cli.control:pause",
        "resume": "poolmgr.cli.control:resume",
        "scale": "poolmgr.cli.control:scale",
        "recycle": "poolmgr.cli.control:recycle",
        "reload": "poolmgr.cli.control:reload",
        "drain": "poolmgr.cli.control:drain",
        "plan": "poolmgr.cli.plan:plan",
        "check-config": "poolmgr.cli.check_config:check_config",
        "probe": "poolmgr.cli.probe.verb:probe",
        "enqueue": "poolmgr.cli.enqueue:enqueue",
        "jobs": "poolmgr.cli.jobs:jobs",
        "purchases": "poolmgr.cli.purchases:purchases",
        "accounts": "poolmgr.cli.accounts.verb:accounts",
        "migrate": "poolmgr.cli.migrate:migrate",
        "ocr": "poolmgr.cli.ocr.verb:ocr",
        "local": "poolmgr.cli.local:local",
        "doctor": "poolmgr.cli.doctor.verb:doctor",
        "install": "poolmgr.cli.install.verb:install",
        "uninstall": "poolmgr.cli.install.verb:uninstall",
    }
)
"""What is typed, and behind it a function, or a typer.Typer for a verb with verbs of its own."""

VERSION = f"registre-pool {__version__}"
INTERRUPTED = 130
"""As a shell says it: 128 + SIGINT."""

PIPE_CLOSED = 1
"""As typer says it, which catches most of them before we do."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What stood before the verb."""

    config: Path | None
    overrides: Mapping[str, str]

    def read(self) -> "Loaded":
        """The settings, with where each was written. Raises ConfigError with every problem there is."""
        from poolmgr.config import loader

        path = loader.locate(self.config, os.environ)
        return loader.read(path, overrides=self.overrides, environ=os.environ)

    def settings(self) -> "Settings":
        """The settings as they are written now. Raises ConfigError."""
        return self.read().settings


def frame_of(context: "typer.Context") -> Frame:
    """For a verb: `frame_of(context).settings()`."""
    frame = context.find_object(Frame)
    if frame is None:
        raise PoolError("A verb was called without the frame of registre-pool.")
    return frame


def main() -> None:
    """The entry point: every error becomes its sentence on stderr and its exit code."""
    words = sys.argv[1:]
    try:
        status = answer(words)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would raise once more when the interpreter leaves.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = PIPE_CLOSED
    except KeyboardInterrupt:
        status = INTERRUPTED
    except PoolError as error:
        sys.stderr.write(f"{error}\n")
        status = error.exit_code
    sys.exit(status)


def answer(words: Sequence[str]) -> int:
    """Does what was typed; the exit code."""
    if list(words) == ["--version"]:
        # Before typer is imported: that alone takes longer than all the rest.
        sys.stdout.write(f"{VERSION}\n")
        return 0
    import typer

    command = typer.main.get_command(build(words))
    try:
        command(args=list(words), prog_name="registre-pool")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    return 0


def build(words: Sequence[str]) -> "typer.Typer":
    """The command line with the verbs that were typed, or with all when none was."""
    import typer

    app = typer.Typer(
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog="Example: registre-pool --set ocr.children=4 check-config",
    )

    @app.callback()
    def enter(
        context: typer.Context,
        config: Annotated[
            Path | None,
            typer.Option(
                metavar="PATH",
                help="Configuration; else $REGISTRE_POOL_CONFIG, ./config.toml, "
                "/etc/registre-pool/config.toml, or the defaults.",
            ),
        ] = None,
        assignments: Annotated[
            list[str] | None,
            typer.Option(
                "--set", metavar="KEY=VALUE", help="Stronger than the configuration; may be repeated."
            ),
        ] = None,
        version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
    ) -> None:
        """Downloads documents from Quebec's registries and reads them, with a supervised pool of workers."""
        if version:
            typer.echo(VERSION)
            raise typer.Exit
        context.obj = Frame(config=config, overrides=overrides(assignments or []))

    typed = [name for name in VERBS if name in words]
    for name in typed or VERBS:
        module, _, attribute = VERBS[name].partition(":")
        verb = getattr(import_module(module), attribute)
        if isinstance(verb, typer.Typer):
            app.add_typer(verb, name=name)
        else:
            app.command(name)(verb)
    return app


def overrides(assignments: Sequence[str]) -> dict[str, str]:
    """`--set key=value` by key. Raises a usage error for one without `=`, ConfigError for a secret."""
    import typer

    from poolmgr.config.keys import all_keys

    found: dict[str, str] = {}
    for assignment in assignments:
        dotted, equals, value = assignment.partition("=")
        if not equals:
            raise typer.BadParameter("write table.key=value, such as ocr.children=4", param_hint="--set")
        key = all_keys().get(dotted)
        if key is not None and key.secret:
            raise ConfigError(
                f"command line: {dotted}: a secret on a command line can be read by everybody on the machine",
                advice=f"Put it into the variable {key.variable}, .env, or a credential of that name.",
            )
        found[dotted] = value
    return found
