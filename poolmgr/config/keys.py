"""Every key there is, by its dotted name: what it holds, whether it is secret, what a reload does."""

import difflib
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from poolmgr.config.section import Reload, Section
from poolmgr.config.settings import ENVIRONMENT_NAMES, EnvironmentSettings, Settings

MASK = "***"


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key. table: `ocr` or `environments.prod`; name: the last part."""

    table: str
    name: str
    field: FieldInfo

    @property
    def dotted(self) -> str:
        return f"{self.table}.{self.name}"

    @property
    def path(self) -> tuple[str, ...]:
        return (*self.table.split("."), self.name)

    @property
    def variable(self) -> str:
        """Its name in the process environment: POOL__OCR__INDEX_CHILDREN."""
        return "__".join(("POOL", *self.path)).upper()

    @property
    def secret(self) -> bool:
        return self.field.annotation is SecretStr

    @property
    def reload(self) -> Reload:
        return next(mark for mark in self.field.metadata if isinstance(mark, Reload))


@cache
def all_keys() -> Mapping[str, Key]:
    """Every key by its dotted name, in the order of config.toml."""
    return types.MappingProxyType({key.dotted: key for key in walk_keys()})


def walk_keys() -> Iterator[Key]:
    for table, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from section_keys(table, field.annotation)
    for name in ENVIRONMENT_NAMES:
        yield from section_keys(f"environments.{name}", EnvironmentSettings)


def section_keys(table: str, section: type[Section]) -> Iterator[Key]:
    for name, field in section.model_fields.items():
        yield Key(table=table, name=name, field=field)


def values(settings: Settings) -> dict[str, object]:
    """The value of every key that exists: keys of environments that are not configured are left out."""
    found: dict[str, object] = {}
    for key in all_keys().values():
        section: object = settings
        for part in key.path[:-1]:
            section = section.get(part) if isinstance(section, dict) else getattr(section, part)
        if section is not None:
            found[key.dotted] = getattr(section, key.name)
    return found


def display(value: object) -> str:
    """The value as config.toml writes it, a secret as ***."""
    match value:
        case SecretStr():
            return MASK if value.get_secret_value() else '""'
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}" if value.is_integer() and value < 1e6 else repr(value)
        case tuple():
            return f"[{', '.join(display(item) for item in value)}]"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case _:
            return str(value)


def suggest(dotted: str) -> str:
    """` (did you mean …?)` for a key that does not exist, or nothing."""
    table, _, name = dotted.rpartition(".")
    keys = all_keys().values()
    found = [key.dotted for key in keys if key.name == name and not key.table.startswith("environments.")]
    if not found:
        siblings = [key.name for key in keys if key.table == table]
        found = difflib.get_close_matches(name, siblings, n=1)
    if not found and not table:
        found = difflib.get_close_matches(name, list(Settings.model_fields), n=1)
    if not found:
        found = difflib.get_close_matches(dotted, list(all_keys()), n=1, cutoff=0.75)
    return f" (did you mean {' or '.join(found)}?)" if found else ""
