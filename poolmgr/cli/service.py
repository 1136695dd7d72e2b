"""The parent on the configured environments, or on the embedded stack: what `run` runs."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from poolmgr.cli import children, environments
from poolmgr.cli.children import Only
from poolmgr.cli.environments import Access
from poolmgr.config.changes import applied, diff
from poolmgr.config.secrets import secrets
from poolmgr.config.section import Reload as Class
from poolmgr.config.settings import Settings
from poolmgr.domain.children import Crew
from poolmgr.pool.reloads import Reloaded
from poolmgr.pool.supervisor import Supervisor
from poolmgr.telemetry import files, logs
from poolmgr.telemetry.events import emit


@dataclass(frozen=True, kw_only=True)
class Reach:
    """The environments, and where the land registry is: empty = as configured."""

    accesses: list[Access]
    registry_url: str = ""

    def adapted(self, settings: Settings) -> Settings:
        return environments.on_replica(settings, self.registry_url) if self.registry_url else settings


def serve(settings: Settings, read_again: Callable[[], Settings], only: Only | None) -> int:
    """Until it is told to stop; the exit code. Raises ConfigError, NotAvailable, PoolError."""
    reloads = Reloads(settings, read_again)
    clear(settings)
    with reached(settings) as reach:

        def crew(current: Settings) -> Crew:
            return children.crew(refreshed(reach.accesses, current), reach.adapted(current), only)

        return Supervisor(crew=crew, settings=settings, reload=reloads).run()


def clear(settings: Settings) -> None:
    """Profiles and downloads that a killed pool left behind, also when nothing is downloaded any more.

    Never what was paid for: that is not among them.
    """
    from poolmgr.registries.browser import workshop

    with suppress(OSError):
        workshop.sweep(settings.pool.data_path() / "browser")


@contextmanager
def reached(settings: Settings) -> Iterator[Reach]:
    """The environments; without any configured, the embedded stack for as long as the pool runs.

    Its servers live in their own session, never below the pool: what kills the pool leaves the data whole.
    """
    if settings.environments:
        yield Reach(accesses=environments.configured(settings))
        return
    from poolmgr.local import stack

    folder = settings.pool.data_path()
    endpoints = stack.up(folder, settings.local, say=lambda line: emit("stack.starting", step=line))
    try:
        local = environments.local(endpoints.database_url, endpoints.documents_folder)
        yield Reach(accesses=[local], registry_url=endpoints.registry_url)
    finally:
        if endpoints.started:
            stack.down(folder)


def refreshed(accesses: Sequence[Access], settings: Settings) -> list[Access]:
    """The same environments with the switches of a newer configuration."""
    return environments.configured(settings) if settings.environments else list(accesses)


def say(settings: Settings, hidden: Iterable[str]) -> Callable[[], None]:
    """From now on events are written, with these secrets masked; the answer ends that."""
    folder = files.logs_folder(settings.pool.data_path(), os.environ)
    ends = logs.configure(settings.log, hidden), files.keep_files(settings.log, folder, hidden)

    def silence() -> None:
        for end in ends:
            end()

    return silence


class Reloads:
    """What SIGHUP and `reload` bring: the configuration read again, compared with the one in use."""

    def __init__(self, settings: Settings, read_again: Callable[[], Settings]) -> None:
        self.settings = settings
        self.read_again = read_again
        self.hidden = set(secrets(settings))
        self.silence = say(settings, self.hidden)

    def __call__(self) -> Reloaded:
        """Nothing changes before it is adopted. Raises ConfigError when it cannot be used."""
        new = self.read_again()
        environments.configured(new)
        changes = diff(self.settings, new)
        used = applied(self.settings, new)
        keys = {word: tuple(change.key for change in changes if change.reload is word) for word in Class}
        return Reloaded(
            settings=used,
            changes=tuple(changes),
            adopt=partial(self.adopt, used),
            changed=keys[Class.LIVE],
            recycled=keys[Class.RECYCLE],
            needs_restart=keys[Class.RESTART],
        )

    def adopt(self, used: Settings) -> None:
        """Older secrets stay masked: children that still know them work on."""
        self.settings = used
        self.hidden |= set(secrets(used))
        self.silence()
        self.silence = say(used, self.hidden)
