"""What the operator may write: one frozen model per table of config.toml, every key with its unit.

Beside each key stands what a reload does with it: Live (applied at once), Recycle (children are
restarted one by one, between jobs), Restart (said, and the old value kept until a restart).
"""

import os
import socket
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from poolmgr.config.errors import ConfigError

LONGEST_SOCKET_PATH_BYTES = 100
"""Linux allows 107 (unix(7)); the rest is room for a temporary name beside it."""

DAY_SECONDS = 86_400


class Reload(StrEnum):
    """What a reload does with a changed key."""

    LIVE = "live"
    RECYCLE = "recycle"
    RESTART = "restart"


T = TypeVar("T")
Live = Annotated[T, Reload.LIVE]
Recycle = Annotated[T, Reload.RECYCLE]
Restart = Annotated[T, Reload.RESTART]

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]*$", max_length=63)]
Folder = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=4096)]
Seconds = Annotated[float, Field(gt=0, le=DAY_SECONDS)]
Address = Annotated[str, StringConstraints(pattern=r"^(https?://[^\s/@?#]+(/[^\s@?#]*)?)?$", max_length=2048)]


class Conflict(NamedTuple):
    """Keys that cannot be together: the one to change first."""

    keys: tuple[str, ...]
    sentence: str


class Section(BaseModel):
    """A table of config.toml. Strict: text is no number, and an unknown key is an error."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        validate_default=True,
    )


class PoolSettings(Section):
    """The parent and its children."""

    worker_prefix: Restart[Name] = Field(
        "worker", min_length=1, description="First part of every worker id (older name: WORKER_ID)."
    )
    host: Restart[Name] = Field("", description="Name of this machine in leases; empty = its hostname.")
    data_folder: Restart[Folder] = Field(
        "",
        description="Where files rest; empty = $STATE_DIRECTORY, else /var/lib/registre-pool as root, "
        "else ~/.local/share/registre-pool.",
    )
    control_socket: Restart[Folder] = Field(
        "",
        description="Unix socket of the running pool, at most 100 bytes; "
        "empty = $RUNTIME_DIRECTORY/control.sock, else <data_folder>/control.sock.",
    )
    beat_seconds: Live[float] = Field(
        2, ge=0.05, le=60, description="A child says that it lives this often (seconds)."
    )
    beat_missed_seconds: Live[float] = Field(
        10, ge=0.1, le=600, description="A child silent for this long is replaced (seconds)."
    )
    drain_seconds: Live[float] = Field(
        120, ge=0, le=DAY_SECONDS, description="After SIGTERM jobs may go on this long (seconds)."
    )
    paid_drain_seconds: Live[float] = Field(
        300, ge=0, le=DAY_SECONDS, description="After SIGTERM paid jobs may go on this long (seconds)."
    )
    kill_after_drain_seconds: Live[float] = Field(
        10, ge=0.1, le=600, description="A child still there this long after the drain is killed (seconds)."
    )
    stop_timeout_seconds: Live[float] = Field(
        330,
        ge=1,
        le=DAY_SECONDS,
        description="TimeoutStopSec of the systemd unit; keep the two equal (seconds).",
    )
    idle_claim_seconds: Recycle[float] = Field(
        15,
        ge=0.1,
        le=3600,
        description="A child that was not woken for this long asks for work by itself (seconds).",
    )
    restart_first_seconds: Live[float] = Field(
        1, ge=0.01, le=600, description="Wait before the second restart of a crashing child (seconds)."
    )
    restart_max_seconds: Live[float] = Field(
        60, ge=0.01, le=3600, description="Longest wait between restarts of a crashing child (seconds)."
    )
    release_repeat_seconds: Live[float] = Field(
        5,
        ge=0.1,
        le=600,
        description="A release that nobody acknowledged is sent again after this (seconds).",
    )

    def host_name(self) -> str:
        return self.host or socket.gethostname()

    def data_path(self, environ: Mapping[str, str] | None = None) -> Path:
        """Where files rest, absolute; nothing is created."""
        environ = os.environ if environ is None else environ
        if self.data_folder:
            return Path(self.data_folder).expanduser().absolute()
        if state := environ.get("STATE_DIRECTORY", "").partition(":")[0]:
            return Path(state)
        if os.geteuid() == 0:
            return Path("/var/lib/registre-pool")
        shared = environ.get("XDG_DATA_HOME") or "~/.local/share"
        return Path(shared).expanduser().absolute() / "registre-pool"

    def control_path(self, environ: Mapping[str, str] | None = None) -> Path:
        """The running pool's socket, absolute. Raises ConfigError when its path is too long for a socket."""
        environ = os.environ if environ is None else environ
        runtime = environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
        if self.control_socket:
            path = Path(self.control_socket).expanduser().absolute()
        else:
            path = (Path(runtime) if runtime else self.data_path(environ)) / "control.sock"
        length = len(os.fsencode(path))
        if length > LONGEST_SOCKET_PATH_BYTES:
            raise ConfigError(
                f"the control socket's path has {length} bytes, a unix socket takes "
                f"{LONGEST_SOCKET_PATH_BYTES}: {path}",
                advice="Set pool.control_socket to a shorter path, such as /run/registre-pool/control.sock.",
            )
        return path


class LogSettings(Section):
    """What is said, and how."""

    level: Live[Literal["debug", "info", "warning", "error"]] = Field(
        "info", description="Least important event that is still said (older name: LOG_LEVEL)."
    )
    format: Restart[Literal["auto", "journal", "json", "console"]] = Field(
        "auto", description="auto = journal fields under systemd, colours on a terminal, else JSON lines."
    )


class QueueSettings(Section):
    """Leases and retries; the clock is the database's."""

    lease_seconds: Recycle[int] = Field(
        90, ge=3, le=3600, description="A claim not renewed for this long may be rescued (seconds)."
    )
    renew_seconds: Recycle[float] = Field(
        25, ge=0.1, le=3600, description="A worker renews its leases this often (seconds)."
    )
    self_fence_seconds: Recycle[float] = Field(
        60,
        ge=0.2,
        le=3600,
        description="A worker that could not renew for this long stops its job itself (seconds).",
    )
    foreign_limit_seconds: Recycle[int] = Field(
        1800,
        ge=60,
        le=DAY_SECONDS,
        description="A row running without any lease for this long is rescued (seconds).",
    )
    max_attempts: Live[int] = Field(
        3, ge=1, le=100, description="After this many failed attempts a job is an error (attempts)."
    )
    retry_seconds: Live[Annotated[tuple[Seconds, ...], Field(strict=False)]] = Field(
        (5, 10, 20), min_length=1, max_length=20, description="Wait before the 2nd, 3rd, … attempt (seconds)."
    )
    max_outages: Live[int] = Field(
        20,
        ge=1,
        le=1000,
        description="After this many outages of something outside a job is an error (outages).",
    )
    call_timeout_seconds: Recycle[float] = Field(
        10, ge=0.1, le=300, description="A call to the database may take this long (seconds)."
    )
    depth_seconds: Recycle[float] = Field(
        1, ge=0.05, le=600, description="The queue's depth is asked for this often (seconds)."
    )
    depth_idle_seconds: Recycle[float] = Field(
        5, ge=0.05, le=600, description="… and this often when nothing has happened for a while (seconds)."
    )
    rescue_seconds: Recycle[float] = Field(
        15,
        ge=0.1,
        le=3600,
        description="Jobs that a dead owner left behind are looked for this often (seconds).",
    )
    beat_seconds: Recycle[float] = Field(
        10, ge=0.1, le=600, description="The rows of worker_status are written this often (seconds)."
    )
    connections: Recycle[int] = Field(
        4, ge=1, le=100, description="Most connections of one process to one environment (connections)."
    )


class OcrSettings(Section):
    """Reading documents."""

    enabled: Live[bool] = Field(True, description="false = no OCR child runs on this machine.")
    index_children: Live[int] = Field(1, ge=0, le=256, description="Children that read indexes (processes).")
    acte_children: Live[int] = Field(1, ge=0, le=256, description="Children that read actes (processes).")
    jobs_at_once: Recycle[int] = Field(2, ge=1, le=64, description="Jobs one child holds at a time (jobs).")
    engine: Recycle[Literal["auto", "offline"]] = Field(
        "offline", description="What reads: offline = Tesseract on this machine; auto = the best there is."
    )
    dpi: Recycle[int] = Field(
        300, ge=72, le=600, description="A page without a text layer is drawn this fine (dots an inch)."
    )
    language: Recycle[str] = Field(
        "fra",
        pattern=r"^[A-Za-z_/]+(\+[A-Za-z_/]+)*$",
        max_length=100,
        description="Tesseract's language data, several joined by +.",
    )
    tessdata_folder: Recycle[Folder] = Field(
        "", description="Folder with <language>.traineddata; empty = where Tesseract finds it."
    )
    job_seconds: Recycle[float] = Field(
        600, ge=1, le=DAY_SECONDS, description="A job that takes longer is stopped (seconds)."
    )
    boot_limit_seconds: Live[float] = Field(
        10, ge=0.5, le=600, description="A child not ready after this long is replaced (seconds)."
    )
    max_pages: Recycle[int] = Field(
        2000, ge=1, le=100_000, description="A document with more pages is refused (pages)."
    )
    max_file_megabytes: Recycle[int] = Field(
        200, ge=1, le=10_000, description="A larger file is refused (megabytes)."
    )
    text_bytes: Recycle[int] = Field(
        900_000,
        ge=1000,
        le=1_000_000,
        description="Longest text written into a row; the whole is kept (bytes).",
    )
    text_words: Recycle[int] = Field(
        50_000, ge=100, le=1_000_000, description="Most distinct words in a row's file_content (words)."
    )
    min_layer_characters_a_page: Recycle[int] = Field(
        20,
        ge=0,
        le=100_000,
        description="A text layer with fewer is not trusted, the page is read (characters a page).",
    )


class RegistreSettings(Section):
    """Downloading from the registries."""

    enabled: Live[bool] = Field(True, description="false = nothing is downloaded on this machine.")


class MoneySettings(Section):
    """What may be spent, and what is not bought twice."""

    land_cents_a_day: Live[int] = Field(
        0,
        ge=0,
        le=100_000_000,
        description="Most spent on land documents a day, 0 = nothing is bought (cents, CAD).",
    )
    rdprm_cents_a_day: Live[int] = Field(
        0,
        ge=0,
        le=100_000_000,
        description="Most spent on RDPRM searches a day, 0 = nothing is bought (cents, CAD).",
    )
    reuse_days_acte: Live[int] = Field(
        3650, ge=0, le=36_500, description="An acte bought within this is not bought again (days)."
    )
    reuse_days_plan: Live[int] = Field(
        365, ge=0, le=36_500, description="A plan bought within this is not bought again (days)."
    )
    reuse_days_index: Live[int] = Field(
        0, ge=0, le=36_500, description="An index bought within this is not bought again; it changes (days)."
    )
    land_unknown: Live[Literal["hold", "rebuy_once"]] = Field(
        "hold", description="A land purchase whose end is unknown: hold = a person decides."
    )


class RedisSettings(Section):
    """Shared between machines; empty = each machine for itself."""

    url: Restart[SecretStr] = Field(
        SecretStr(""),
        description="redis://:password@host:6379/0 "
        "(older names: REDIS_URL, or REDIS_HOST, REDIS_PORT, REDIS_PASSWORD).",
    )


class LocalSettings(Section):
    """The embedded stack, used when no environment is configured."""

    start_timeout_seconds: Restart[float] = Field(
        30, ge=1, le=600, description="A server that does not answer after this long failed (seconds)."
    )
    postgres_folder: Restart[Folder] = Field(
        "", description="Folder with initdb and postgres; empty = the embedded package, else Debian's."
    )


class EnvironmentSettings(Section):
    """One of the product's databases."""

    supabase_url: Restart[Address] = Field(
        "", description="https://<project>.supabase.co (variable: PROD_SUPABASE_URL)."
    )
    service_key: Restart[SecretStr] = Field(
        SecretStr(""),
        description="The service_role key, never the anon key (variable: PROD_SUPABASE_SERVICE_KEY).",
    )
    database_url: Restart[SecretStr] = Field(
        SecretStr(""),
        description="postgresql://user:password@host:5432/postgres, instead of or beside Supabase "
        "(variable: PROD_DATABASE_URL).",
    )
    documents_folder: Restart[Folder] = Field(
        "", description="Folder for documents, where they do not rest in Supabase Storage."
    )
    extraction: Live[bool] = Field(True, description="false = no land document is downloaded here.")
    ocr: Live[bool] = Field(True, description="false = nothing is read here (variable: OCR_PROD).")
    req: Live[bool] = Field(True, description="false = no REQ search is made here.")
    rdprm: Live[bool] = Field(True, description="false = no RDPRM search is made here.")
    predecessor_beside: Live[bool] = Field(
        True, description="true = the TypeScript workers still run beside; their resets are fended off."
    )


EnvironmentLabel = Literal["prod", "staging", "dev"]
ENVIRONMENT_NAMES: tuple[EnvironmentLabel, ...] = ("prod", "staging", "dev")


class Settings(Section):
    """Everything, with `environments` in the order prod, staging, dev."""

    pool: PoolSettings = PoolSettings()
    log: LogSettings = LogSettings()
    queue: QueueSettings = QueueSettings()
    ocr: OcrSettings = OcrSettings()
    registre: RegistreSettings = RegistreSettings()
    money: MoneySettings = MoneySettings()
    redis: RedisSettings = RedisSettings()
    local: LocalSettings = LocalSettings()
    environments: dict[EnvironmentLabel, EnvironmentSettings] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def order_environments(cls, values: object) -> object:
        if isinstance(values, dict) and isinstance(given := values.get("environments"), dict):
            known = {name: given[name] for name in ENVIRONMENT_NAMES if name in given}
            return {**values, "environments": known | given}
        return values

    @model_validator(mode="after")
    def check_together(self) -> Self:
        if found := tuple(conflicts(self)):
            raise PydanticCustomError(
                "conflict", "{text}", {"text": "; ".join(f"{c.keys[0]}: {c.sentence}" for c in found)}
            )
        return self


def conflicts(settings: Settings) -> Iterator[Conflict]:
    """Values that are each possible, but not together."""
    pool, queue, ocr = settings.pool, settings.queue, settings.ocr
    below = (
        ("pool.beat_seconds", pool.beat_seconds, "pool.beat_missed_seconds", pool.beat_missed_seconds),
        ("pool.drain_seconds", pool.drain_seconds, "pool.paid_drain_seconds", pool.paid_drain_seconds),
        ("queue.renew_seconds", queue.renew_seconds, "queue.self_fence_seconds", queue.self_fence_seconds),
        ("queue.self_fence_seconds", queue.self_fence_seconds, "queue.lease_seconds", queue.lease_seconds),
        ("ocr.job_seconds", ocr.job_seconds, "queue.foreign_limit_seconds", queue.foreign_limit_seconds),
    )
    for key, value, limit_key, limit in below:
        if not value < limit:
            yield Conflict((key, limit_key), f"{value:g} must be less than {limit_key} = {limit:g}")
    up_to = (
        (
            "pool.restart_first_seconds",
            pool.restart_first_seconds,
            "pool.restart_max_seconds",
            pool.restart_max_seconds,
        ),
        ("queue.depth_seconds", queue.depth_seconds, "queue.depth_idle_seconds", queue.depth_idle_seconds),
    )
    for key, value, limit_key, limit in up_to:
        if value > limit:
            yield Conflict((key, limit_key), f"{value:g} must not be more than {limit_key} = {limit:g}")
    last = pool.paid_drain_seconds + pool.kill_after_drain_seconds
    if not last < pool.stop_timeout_seconds:
        yield Conflict(
            ("pool.stop_timeout_seconds", "pool.paid_drain_seconds", "pool.kill_after_drain_seconds"),
            f"{pool.stop_timeout_seconds:g} must be more than pool.paid_drain_seconds + "
            f"pool.kill_after_drain_seconds = {last:g}",
        )
    for name, environment in settings.environments.items():
        yield from environment_conflicts(f"environments.{name}", environment)


def environment_conflicts(table: str, environment: EnvironmentSettings) -> Iterator[Conflict]:
    variable = table.rpartition(".")[2].upper()
    url, key, database = f"{table}.supabase_url", f"{table}.service_key", f"{table}.database_url"
    if not environment.supabase_url and not environment.database_url.get_secret_value():
        yield Conflict(
            (table, url, database),
            "names no database: set supabase_url and service_key, or database_url, or remove the table",
        )
    elif environment.supabase_url and not environment.service_key.get_secret_value():
        yield Conflict(
            (url, key),
            f"needs {key}: copy the service_role key from the project's API settings into the variable "
            f"{variable}_SUPABASE_SERVICE_KEY, or into a credential of that name",
        )
