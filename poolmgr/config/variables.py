"""Settings from variables: the process environment, systemd credentials and .env, by new and older names.

Every key has the name POOL__TABLE__KEY; an empty variable counts as not set. Older names, from the
TypeScript workers, are read too and give way to the new ones.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from poolmgr.config.keys import Key, all_keys
from poolmgr.config.settings import ENVIRONMENT_NAMES
from poolmgr.domain.errors import Problem

PREFIX = "POOL__"
TRUE = ("true", "1", "yes", "on")
FALSE = ("false", "0", "no", "off")
LOG_LEVELS = {"warn": "warning", "verbose": "debug", "silly": "debug", "trace": "debug", "critical": "error"}


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a value was written: a file, `environment`, `credential`, `command line`; its name there."""

    place: str
    name: str
    line: int | None = None

    @property
    def where(self) -> str:
        return self.place if self.line is None else f"{self.place}:{self.line}"

    def problem(self, sentence: str) -> Problem:
        return Problem(where=self.where, key=self.name, sentence=sentence)

    def __str__(self) -> str:
        return self.where if self.line is not None else f"{self.place} {self.name}"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One value for one key, or a fault: why there is none (path: what may be missing, () = anything).

    weak: a switch that by itself makes no environment.
    """

    path: tuple[str, ...]
    origin: Origin
    value: object = None
    fault: str = ""
    weak: bool = False


@dataclass(frozen=True, kw_only=True)
class Variables:
    """The variables of one level, each with where it stands, and what could not be read there."""

    texts: Mapping[str, str]
    origins: Mapping[str, Origin]
    faults: tuple[Entry, ...] = ()


def older_names() -> dict[str, str]:
    """The name that the TypeScript workers used, to the key it sets now."""
    names = {"WORKER_ID": "pool.worker_prefix", "LOG_LEVEL": "log.level", "REDIS_URL": "redis.url"}
    names["GEMINI_API_KEY"] = "gemini.api_key"
    names["REGISTRY_BASE_URL"] = "foncier.url"
    names |= {
        "RDPRM_USER": "rdprm.username",
        "RDPRM_PASS": "rdprm.password",
        "RDPRM_SEC": "rdprm.security_answer",
    }
    names |= {
        "SERVER_MAX_CPU": "server.max_cpu",
        "SERVER_MAX_RAM": "server.max_ram_gb",
        "SERVER_RESERVE_CPU_PERCENT": "server.reserve_cpu_percent",
        "SERVER_RESERVE_RAM_PERCENT": "server.reserve_ram_percent",
        "WORKER_COUNT": "registre.children",
        "OCR_WORKER_POOL_SIZE": "ocr.children",
        "OCR_MIN_INDEX_WORKERS": "ocr.min_index_children",
        "OCR_MIN_ACTE_WORKERS": "ocr.min_acte_children",
    }
    for environment in ENVIRONMENT_NAMES:
        table, upper = f"environments.{environment}", environment.upper()
        names[f"{upper}_SUPABASE_URL"] = f"{table}.supabase_url"
        names[f"{upper}_SUPABASE_SERVICE_KEY"] = f"{table}.service_key"
        names[f"{upper}_DATABASE_URL"] = f"{table}.database_url"
        names[f"OCR_{upper}"] = f"{table}.ocr"
    return names


def default_database_names() -> dict[str, str]:
    """The names of the time of one database, which is prod now."""
    return {
        "SUPABASE_URL": "environments.prod.supabase_url",
        "SUPABASE_SERVICE_KEY": "environments.prod.service_key",
    }


def known_names() -> set[str]:
    """Every variable that is read; REDIS_HOST and its companions make one redis.url."""
    ours = {key.variable for key in all_keys().values()}
    return ours | {*older_names(), *default_database_names(), "REDIS_HOST", "REDIS_PORT", "REDIS_PASSWORD"}


def variable_entries(levels: Sequence[Variables]) -> Iterator[Entry]:
    """The values that the levels set, lowest level first."""
    everywhere = {name: text for level in levels for name, text in level.texts.items()}
    names = older_names() if names_prod(everywhere) else older_names() | default_database_names()
    canonical = {key.variable: key.dotted for key in all_keys().values()}
    for level in levels:
        yield from level.faults
        if "REDIS_HOST" in level.texts and "REDIS_URL" not in everywhere:
            yield Entry(
                path=("redis", "url"), value=redis_address(everywhere), origin=level.origins["REDIS_HOST"]
            )
        for variables in (names, canonical):
            for name, dotted in variables.items():
                if name in level.texts:
                    yield entry(all_keys()[dotted], name, level)
        for name in level.texts:
            if name.startswith(PREFIX) and name not in canonical:
                close = difflib.get_close_matches(name, canonical, n=1, cutoff=0.8)
                meant = f" (did you mean {close[0]}?)" if close else ""
                yield Entry(path=(name,), origin=level.origins[name], fault=f"no such setting{meant}")


def names_prod(texts: Mapping[str, str]) -> bool:
    older = ("PROD_SUPABASE_URL", "PROD_SUPABASE_SERVICE_KEY", "PROD_DATABASE_URL")
    return any(name in older or name.startswith("POOL__ENVIRONMENTS__PROD__") for name in texts)


def redis_address(texts: Mapping[str, str]) -> str:
    password = texts.get("REDIS_PASSWORD", "")
    user = f":{quote(password, safe='')}@" if password else ""
    return f"redis://{user}{texts['REDIS_HOST']}:{texts.get('REDIS_PORT', '6379')}/0"


def entry(key: Key, name: str, level: Variables) -> Entry:
    text = level.texts[name]
    if name == "LOG_LEVEL":
        text = LOG_LEVELS.get(text.lower(), text.lower())
    return parsed(key, text, level.origins[name], weak=name.startswith("OCR_"))


def parsed(key: Key, text: str, origin: Origin, *, weak: bool = False) -> Entry:
    """The entry that a text makes for a key."""
    try:
        return Entry(path=key.path, origin=origin, value=parse(text, key), weak=weak)
    except ValueError as error:
        return Entry(path=key.path, origin=origin, fault=str(error), weak=weak)


def parse(text: str, key: Key) -> object:
    """The value that a text stands for. Raises ValueError, without the text, when it cannot be one."""
    kind = key.field.annotation
    if kind is bool:
        if text.lower() in TRUE + FALSE:
            return text.lower() in TRUE
        raise ValueError("must be true or false")
    if kind is int:
        return number(text, int, "must be a whole number")
    if kind is float:
        return number(text, float, "must be a number")
    if isinstance(key.field.default, tuple):
        items = text.strip().removeprefix("[").removesuffix("]").split(",")
        return [number(item, float, "must be numbers with commas between, as 5, 10, 20") for item in items]
    return text


def number(text: str, kind: type[int] | type[float], sentence: str) -> int | float:
    try:
        return kind(text.strip())
    except ValueError:
        raise ValueError(sentence) from None
