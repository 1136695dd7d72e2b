"""What a reload of the configuration brings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from poolmgr.config.changes import Change
from poolmgr.config.settings import SWITCHES, Settings
from poolmgr.domain.children import Crew
from poolmgr.domain.json import Json, JsonObject

Crews: TypeAlias = Callable[[Settings], Crew]
OWNERS: Mapping[str, str] = MappingProxyType(
    {
        "redis": "scout",
        "foncier": "registre",
        "req": "registre",
        "rdprm": "registre",
        "registre": "registre",
        "ocr": "ocr",
    }
)
"""Tables of config.toml that are one kind of child's alone, also when there is no such child."""

TOLD = frozenset({"foncier.price_cents", "rdprm.price_cents"})
"""Keys of such tables that the scout, too, carries to the databases."""


@dataclass(frozen=True, kw_only=True)
class Reloaded:
    """A valid new configuration, and what its differences mean.

    settings: to use from now on (keys that need a restart keep their old value).
    changes: all of them. adopt: what else to do when it is applied.
    changed: keys applied at once; recycled: keys for which children are replaced, one by one;
    needs_restart: keys that wait for a restart of the pool.
    """

    settings: Settings
    changed: tuple[str, ...] = ()
    recycled: tuple[str, ...] = ()
    needs_restart: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    adopt: Callable[[], None] = lambda: None

    def recycles(self, kind: str) -> bool:
        """Whether children of a kind have to be replaced: by a table of its own, or one that is nobody's.

        The scout carries the settings to the databases: it is renewed with every change. A switch of an
        environment decides what those children ask for that work there.
        """
        if kind == "scout" and (self.changed or TOLD.intersection(self.recycled)):
            return True
        if any(owner_of_switch(key) == kind for key in self.changed):
            return True
        tables = {key.partition(".")[0] for key in self.recycled}
        return any(OWNERS.get(table, kind) == kind for table in tables)

    def as_json(self) -> JsonObject:
        return {
            "changed": list[Json](self.changed),
            "recycled": list[Json](self.recycled),
            "needs_restart": list[Json](self.needs_restart),
            "changes": [change.as_json() for change in self.changes],
            "refused": None,
        }


def owner_of_switch(key: str) -> str:
    """Which kind of child asks for what `environments.<name>.<switch>` switches; "" = it is no switch."""
    table, _, switch = key.rpartition(".")
    if not table.startswith("environments.") or switch not in SWITCHES:
        return ""
    return "ocr" if switch == "ocr" else "registre"


Reload: TypeAlias = Callable[[], Reloaded]
"""Reads the configuration again. Raises ConfigError when it cannot be used."""


def refused(why: str) -> JsonObject:
    """The answer to a reload that changed nothing."""
    return {"changed": [], "recycled": [], "needs_restart": [], "changes": [], "refused": why}
