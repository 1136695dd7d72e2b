"""What the operator may write: one frozen model per table of config.toml, every key with its unit.

Beside each key stands what a reload does with it: Live (applied at once), Recycle (children are
restarted one by one, between jobs), Restart (said, and the old value kept until a restart).
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from poolmgr.config.capacity import BalanceSettings, ServerSettings
from poolmgr.config.commands import DoctorSettings, LocalSettings, MigrateSettings
from poolmgr.config.gemini import GeminiSettings
from poolmgr.config.quota import QuotaSettings
from poolmgr.config.reading import OcrSettings
from poolmgr.config.registries import FoncierSettings, RdprmSettings, RegistreSettings, ReqSettings
from poolmgr.config.section import DatabaseAddress, Folder, Key, Live, Recycle, Reload, Section, WebAddress
from poolmgr.config.sites import Site
from poolmgr.config.tables import (
    LogSettings,
    MoneySettings,
    PoolSettings,
    QueueSettings,
    RedisSettings,
)
from poolmgr.domain.jobs import OCR_KINDS, JobKind

__all__ = [
    "ENVIRONMENT_NAMES",
    "SWITCHES",
    "BalanceSettings",
    "Conflict",
    "DoctorSettings",
    "EnvironmentLabel",
    "EnvironmentSettings",
    "FoncierSettings",
    "GeminiSettings",
    "LocalSettings",
    "LogSettings",
    "MigrateSettings",
    "MoneySettings",
    "OcrSettings",
    "PoolSettings",
    "QueueSettings",
    "QuotaSettings",
    "RdprmSettings",
    "RedisSettings",
    "RegistreSettings",
    "Reload",
    "ReqSettings",
    "Section",
    "ServerSettings",
    "Settings",
    "conflicts",
]


SWITCHES: Mapping[str, tuple[JobKind, ...]] = MappingProxyType(
    {"extraction": ("land",), "ocr": OCR_KINDS, "req": ("req",), "rdprm": ("rdprm",)}
)
"""Keys of an environment that switch kinds of job on and off there."""


class Conflict(NamedTuple):
    """Keys that cannot be together, the one to change first."""

    keys: tuple[str, ...]
    sentence: str


class EnvironmentSettings(Section):
    """One of the product's databases."""

    supabase_url: Recycle[WebAddress] = Field(
        "", description="https://<project>.supabase.co (variable: PROD_SUPABASE_URL)."
    )
    service_key: Recycle[Key] = Field(
        SecretStr(""),
        description="The service_role key, never the anon key (variable: PROD_SUPABASE_SERVICE_KEY).",
    )
    database_url: Recycle[DatabaseAddress] = Field(
        SecretStr(""),
        description="postgresql://user:password@host:5432/postgres, a direct connection "
        "(variable: PROD_DATABASE_URL).",
    )
    documents_folder: Recycle[Folder] = Field(
        "", description="Folder for documents, where they do not rest in Supabase Storage."
    )
    extraction: Live[bool] = Field(True, description="false = no land document is downloaded here.")
    ocr: Live[bool] = Field(True, description="false = nothing is read here (variable: OCR_PROD).")
    req: Live[bool] = Field(True, description="false = no REQ search is made here.")
    rdprm: Live[bool] = Field(True, description="false = no RDPRM search is made here.")
    predecessor_beside: Live[bool] = Field(
        True, description="true = the TypeScript workers still run beside; their resets are fended off."
    )

    @property
    def kinds(self) -> tuple[JobKind, ...]:
        """Those that are switched on here."""
        return tuple(kind for switch, kinds in SWITCHES.items() if getattr(self, switch) for kind in kinds)


EnvironmentLabel = Literal["prod", "staging", "dev"]
ENVIRONMENT_NAMES: tuple[EnvironmentLabel, ...] = ("prod", "staging", "dev")


class Settings(Section):
    """Everything, with `environments` in the order prod, staging, dev."""

    pool: PoolSettings = PoolSettings()
    server: ServerSettings = ServerSettings()
    balance: BalanceSettings = BalanceSettings()
    log: LogSettings = LogSettings()
    queue: QueueSettings = QueueSettings()
    ocr: OcrSettings = OcrSettings()
    gemini: GeminiSettings = GeminiSettings()
    quota: QuotaSettings = QuotaSettings()
    registre: RegistreSettings = RegistreSettings()
    foncier: FoncierSettings = FoncierSettings()
    req: ReqSettings = ReqSettings()
    rdprm: RdprmSettings = RdprmSettings()
    money: MoneySettings = MoneySettings()
    redis: RedisSettings = RedisSettings()
    local: LocalSettings = LocalSettings()
    migrate: MigrateSettings = MigrateSettings()
    doctor: DoctorSettings = DoctorSettings()
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
            text = "; ".join(conflict.sentence for conflict in found)
            raise PydanticCustomError("conflict", "{text}", {"text": text, "conflicts": found})
        return self


def conflicts(settings: Settings) -> Iterator[Conflict]:
    """Values that are each possible, but not together."""
    yield from clock_conflicts(settings.pool, settings.queue, settings.ocr)
    yield from download_conflicts(settings.registre, settings.queue)
    yield from req_conflicts(settings.req, settings.queue)
    yield from rdprm_conflicts(settings.rdprm)
    for table, site in (("foncier", settings.foncier), ("req", settings.req), ("rdprm", settings.rdprm)):
        yield from ban_conflicts(table, site)
    yield from gemini_conflicts(settings.gemini, settings.ocr)
    for name, environment in settings.environments.items():
        yield from environment_conflicts(name, environment)


def clock_conflicts(pool: PoolSettings, queue: QueueSettings, ocr: OcrSettings) -> Iterator[Conflict]:
    """The clocks nest: what is done often fits into what ends it."""
    nested = (
        ("pool.beat_seconds", pool.beat_seconds, "pool.beat_missed_seconds", pool.beat_missed_seconds),
        ("pool.drain_seconds", pool.drain_seconds, "pool.paid_drain_seconds", pool.paid_drain_seconds),
        ("queue.renew_seconds", queue.renew_seconds, "queue.self_fence_seconds", queue.self_fence_seconds),
        ("queue.self_fence_seconds", queue.self_fence_seconds, "queue.lease_seconds", queue.lease_seconds),
        ("ocr.job_seconds", ocr.job_seconds, "queue.foreign_limit_seconds", queue.foreign_limit_seconds),
    )
    for key, value, limit_key, limit in nested:
        if not value < limit:
            yield Conflict((key, limit_key), f"{key} = {value:g} must be less than {limit_key} = {limit:g}")
    first, longest = pool.restart_first_seconds, pool.restart_max_seconds
    if first > longest:
        keys = ("pool.restart_first_seconds", "pool.restart_max_seconds")
        yield Conflict(keys, f"{keys[0]} = {first:g} must not be more than {keys[1]} = {longest:g}")
    if queue.depth_seconds > queue.depth_idle_seconds:
        keys = ("queue.depth_seconds", "queue.depth_idle_seconds")
        values = (queue.depth_seconds, queue.depth_idle_seconds)
        yield Conflict(keys, f"{keys[0]} = {values[0]:g} must not be more than {keys[1]} = {values[1]:g}")
    if queue.pause_first_seconds > queue.pause_max_seconds:
        keys = ("queue.pause_first_seconds", "queue.pause_max_seconds")
        values = (queue.pause_first_seconds, queue.pause_max_seconds)
        yield Conflict(keys, f"{keys[0]} = {values[0]:g} must not be more than {keys[1]} = {values[1]:g}")
    last = pool.paid_drain_seconds + pool.kill_after_drain_seconds
    if not last < pool.stop_timeout_seconds:
        yield Conflict(
            ("pool.stop_timeout_seconds", "pool.paid_drain_seconds", "pool.kill_after_drain_seconds"),
            f"pool.stop_timeout_seconds = {pool.stop_timeout_seconds:g} must be more than "
            f"pool.paid_drain_seconds + pool.kill_after_drain_seconds = {last:g}",
        )


def download_conflicts(registre: RegistreSettings, queue: QueueSettings) -> Iterator[Conflict]:
    """A step fits into its job, and a job into what takes it back."""
    nested = (
        ("registre.step_seconds", registre.step_seconds, "registre.job_seconds", registre.job_seconds),
        ("registre.answer_seconds", registre.answer_seconds, "registre.job_seconds", registre.job_seconds),
        (
            "registre.job_seconds",
            registre.job_seconds,
            "queue.foreign_limit_seconds",
            queue.foreign_limit_seconds,
        ),
    )
    for key, value, limit_key, limit in nested:
        if not value < limit:
            yield Conflict((key, limit_key), f"{key} = {value:g} must be less than {limit_key} = {limit:g}")


def req_conflicts(req: ReqSettings, queue: QueueSettings) -> Iterator[Conflict]:
    """A search fits into what takes it back, where there are any."""
    if req.allowed and not req.job_seconds < queue.foreign_limit_seconds:
        keys = ("req.job_seconds", "queue.foreign_limit_seconds")
        said = (
            f"{keys[0]} = {req.job_seconds:g} must be less than {keys[1]} = {queue.foreign_limit_seconds:g}"
        )
        yield Conflict(keys, said)


def ban_conflicts(table: str, site: Site) -> Iterator[Conflict]:
    """A first ban is no longer than the longest."""
    first, longest = site.ban_first_seconds, site.ban_max_seconds
    if first > longest:
        keys = (f"{table}.ban_first_seconds", f"{table}.ban_max_seconds")
        yield Conflict(keys, f"{keys[0]} = {first:g} must not be more than {keys[1]} = {longest:g}")


def rdprm_conflicts(rdprm: RdprmSettings) -> Iterator[Conflict]:
    """A print fits into its search, and the price that is expected is not above the highest.

    No search has to fit into the foreign limit: nobody takes one back that has no lease.
    """
    if not rdprm.print_seconds < rdprm.job_seconds:
        keys = ("rdprm.print_seconds", "rdprm.job_seconds")
        values = (rdprm.print_seconds, rdprm.job_seconds)
        yield Conflict(keys, f"{keys[0]} = {values[0]:g} must be less than {keys[1]} = {values[1]:g}")
    if rdprm.price_cents > rdprm.max_price_cents:  # 0 = the tariff's; what counts is the site's own question
        keys = ("rdprm.price_cents", "rdprm.max_price_cents")
        cents = (rdprm.price_cents, rdprm.max_price_cents)
        yield Conflict(keys, f"{keys[0]} = {cents[0]} must not be more than {keys[1]} = {cents[1]}")


def gemini_conflicts(gemini: GeminiSettings, ocr: OcrSettings) -> Iterator[Conflict]:
    """Who asks for it needs a key; a silence fits into its call, and a first pause into the longest."""
    if ocr.engine == "gemini" and not gemini.usable:
        said = "ocr.engine = gemini needs gemini.api_key: put it into the variable GEMINI_API_KEY or .env"
        yield Conflict(("ocr.engine", "gemini.api_key"), said)
    nested = (
        ("silence_seconds", gemini.silence_seconds, "call_seconds", gemini.call_seconds),
        ("pause_first_seconds", gemini.pause_first_seconds, "pause_max_seconds", gemini.pause_max_seconds),
    )
    for key, value, limit_key, limit in nested:
        if value > limit:
            keys = (f"gemini.{key}", f"gemini.{limit_key}")
            yield Conflict(keys, f"{keys[0]} = {value:g} must not be more than {keys[1]} = {limit:g}")


def environment_conflicts(name: str, environment: EnvironmentSettings) -> Iterator[Conflict]:
    table = f"environments.{name}"
    url, key, database = f"{table}.supabase_url", f"{table}.service_key", f"{table}.database_url"
    if not environment.supabase_url and not environment.database_url.get_secret_value():
        yield Conflict(
            (table, url, database),
            f"{table} names no database: set supabase_url and service_key, or database_url, "
            "or remove the table",
        )
    elif environment.supabase_url and not environment.service_key.get_secret_value():
        yield Conflict(
            (url, key, table),
            f"{url} needs {key}: put the project's service_role key into the variable "
            f"{name.upper()}_SUPABASE_SERVICE_KEY, .env or a credential of that name",
        )
