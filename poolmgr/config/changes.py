"""What differs between two settings, and what a reload does with it."""

from dataclasses import dataclass

from pydantic import SecretStr

from poolmgr.config.keys import all_keys, display, section_keys, values
from poolmgr.config.section import Reload, Section
from poolmgr.config.settings import ENVIRONMENT_NAMES, Settings
from poolmgr.domain.json import JsonObject

ABSENT = "absent"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One key that differs, secrets masked. A whole environment that came or went is one change."""

    key: str
    reload: Reload
    old: str
    new: str

    def as_json(self) -> JsonObject:
        return {"key": self.key, "old": self.old, "new": self.new, "reload": self.reload.value}

    def __str__(self) -> str:
        return f"{self.key}: {self.old} -> {self.new} ({self.reload.value})"


def diff(old: Settings, new: Settings) -> list[Change]:
    """Every change, in the order of config.toml; nothing when the two are equal."""
    before, after = values(old), values(new)
    shared = [key for dotted, key in all_keys().items() if dotted in before and dotted in after]
    changes = [
        Change(
            key=key.dotted, reload=key.reload, old=display(before[key.dotted]), new=shown(after[key.dotted])
        )
        for key in shared
        if before[key.dotted] != after[key.dotted]
    ]
    return changes + environment_changes(old, new)


def shown(value: object) -> str:
    """A secret that changed looks like the one before it: say that it is another."""
    text = display(value)
    return f"{text} (another)" if isinstance(value, SecretStr) and value.get_secret_value() else text


def environment_changes(old: Settings, new: Settings) -> list[Change]:
    """Between environments and the embedded stack lies a restart: its servers begin with the pool."""
    reload = Reload.RECYCLE if old.environments and new.environments else Reload.RESTART
    changes = []
    for name in ENVIRONMENT_NAMES:
        before, after = name in old.environments, name in new.environments
        if before != after:
            words = ("configured", ABSENT) if before else (ABSENT, "configured")
            changes.append(Change(key=f"environments.{name}", reload=reload, old=words[0], new=words[1]))
    return changes


def applied(old: Settings, new: Settings) -> Settings:
    """What a running pool uses after a reload: new values, but the old of each key that needs a restart."""
    tables = {name: kept(getattr(old, name), getattr(new, name)) for name in tables_of(old)}
    environments = new.environments if old.environments and new.environments else old.environments
    return new.model_copy(update={**tables, "environments": environments})


def tables_of(settings: Settings) -> list[str]:
    return [name for name in type(settings).model_fields if name != "environments"]


def kept(old: Section, new: Section) -> Section:
    restart = [key.name for key in section_keys("", type(old)) if key.reload is Reload.RESTART]
    return new.model_copy(update={name: getattr(old, name) for name in restart})
