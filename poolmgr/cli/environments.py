"""The environments a command speaks to: those configured, else the built-in one on the embedded stack."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from pydantic import SecretStr

from poolmgr.config.settings import EnvironmentSettings, QueueSettings, Settings
from poolmgr.domain.errors import ConfigError, NotRunning
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.ports import Database, Documents
from poolmgr.local.replica.accounts import RDPRM
from poolmgr.local.replica.rdprm.paths import HOME as RDPRM_HOME
from poolmgr.local.replica.req.vocabulary import BASE as REQ_BASE
from poolmgr.stores.accounts import DatabaseAccounts
from poolmgr.stores.boosting import DatabaseBoosting
from poolmgr.stores.purchases import DatabasePurchases
from poolmgr.stores.queue import DatabaseQueue

if TYPE_CHECKING:
    from poolmgr.stores.postgres import PostgresDatabase
    from poolmgr.stores.project import Project

LOCAL = EnvironmentName("local")
REPLICA_CENTS_A_DAY = 100_000
"""What the embedded stack may spend when nothing is configured: it costs nothing."""


DIRECT_MODULES = ("poolmgr.stores.postgres", "psycopg.types.json")
PROJECT_MODULES = ("poolmgr.stores.postgrest", "poolmgr.stores.storage")
SHARED_MODULES = ("poolmgr.stores.files", "poolmgr.stores.spool")


@dataclass(frozen=True, kw_only=True)
class Access:
    """How one environment is reached. Nothing is opened: that happens after the fork, on first use.

    The queue is reached at `database_url`, without one through the project's PostgREST; documents rest in
    `documents_folder`, without one in the project's Storage.
    """

    name: EnvironmentName
    settings: EnvironmentSettings
    database_url: str = ""
    documents_folder: Path | None = None

    def database(self, queue: QueueSettings) -> Database:
        if self.database_url:
            return self.direct(queue)
        from poolmgr.stores.postgrest import PostgrestDatabase

        return PostgrestDatabase(
            self.project, call_timeout_seconds=queue.call_timeout_seconds, connections=queue.connections
        )

    def direct(self, queue: QueueSettings) -> "PostgresDatabase":
        from poolmgr.stores.postgres import PostgresDatabase

        return PostgresDatabase(
            self.database_url,
            call_timeout_seconds=queue.call_timeout_seconds,
            connections=queue.connections,
            application_name="registre-pool",
        )

    def documents(self, queue: QueueSettings) -> Documents:
        if self.documents_folder is not None:
            from poolmgr.stores.files import FolderDocuments

            return FolderDocuments(self.documents_folder)
        from poolmgr.stores.storage import SupabaseDocuments

        return SupabaseDocuments(
            self.project, timeout_seconds=queue.file_timeout_seconds, connections=queue.connections
        )

    @property
    def project(self) -> "Project":
        from poolmgr.stores.project import Project

        return Project(url=self.settings.supabase_url, key=self.settings.service_key)

    @property
    def has_project(self) -> bool:
        return not self.database_url or self.documents_folder is None


def modules(accesses: Sequence[Access]) -> tuple[str, ...]:
    """What the parent imports before it forks, so that children share it."""
    direct = DIRECT_MODULES if any(one.database_url for one in accesses) else ()
    project = PROJECT_MODULES if any(one.has_project for one in accesses) else ()
    return (*SHARED_MODULES, *direct, *project)


def configured(settings: Settings) -> list[Access]:
    """Those the operator wrote, in their order. Raises ConfigError for one whose documents have no place."""
    return [access(EnvironmentName(name), one) for name, one in settings.environments.items()]


def access(name: EnvironmentName, settings: EnvironmentSettings) -> Access:
    folder = settings.documents_folder
    if not folder and not settings.supabase_url:
        raise ConfigError(
            f"environments.{name} has no place for documents.",
            advice=f"Set {name.upper()}_SUPABASE_URL and {name.upper()}_SUPABASE_SERVICE_KEY: its Storage "
            f"keeps them. Or set environments.{name}.documents_folder to the folder that holds its buckets.",
        )
    return Access(
        name=name,
        settings=settings,
        database_url=settings.database_url.get_secret_value(),
        documents_folder=Path(folder).expanduser().absolute() if folder else None,
    )


def local(database_url: str, documents_folder: Path) -> Access:
    """The built-in environment; no predecessor works beside it."""
    return Access(
        name=LOCAL,
        database_url=database_url,
        documents_folder=documents_folder,
        settings=EnvironmentSettings(predecessor_beside=False),
    )


def reachable(settings: Settings) -> list[Access]:
    """As `configured`, else the embedded stack, which must be up. Raises ConfigError or NotRunning."""
    if settings.environments:
        return configured(settings)
    from poolmgr.local import stack

    status = stack.status(settings.pool.data_path())
    if not status.running:
        raise NotRunning(
            "No environment is configured, and the embedded stack is not running.",
            advice="Start it: registre-pool local up. Or configure an environment in config.toml.",
        )
    return [local(status.database_url, status.documents_folder)]


def chosen(settings: Settings, name: str | None) -> Access:
    """The environment of that name, or the first. Raises ConfigError, NotRunning."""
    found = reachable(settings)
    for one in found:
        if name is None or one.name == name:
            return one
    raise ConfigError(
        f"{name} is not an environment here.", advice=f"There is: {', '.join(one.name for one in found)}."
    )


def queue(access: Access, settings: Settings) -> DatabaseQueue:
    """Nothing is opened before its first call."""
    return DatabaseQueue(access.database(settings.queue), access.name, settings.queue)


def on_replica(settings: Settings, registry_url: str) -> Settings:
    """The settings of a pool on the embedded stack: its registries are replicas, whose money is invented, and
    which need no patience."""
    foncier = settings.foncier.model_copy(update={"url": registry_url})
    req = settings.req.model_copy(update={"url": urljoin(registry_url, REQ_BASE), "pause_seconds": 0.0})
    rdprm = settings.rdprm.model_copy(update=rdprm_on_replica(registry_url))
    money = settings.money.model_copy(
        update={
            "land_cents_a_day": settings.money.land_cents_a_day or REPLICA_CENTS_A_DAY,
            "rdprm_cents_a_day": settings.money.rdprm_cents_a_day or REPLICA_CENTS_A_DAY,
        }
    )
    return settings.model_copy(update={"foncier": foncier, "req": req, "rdprm": rdprm, "money": money})


def rdprm_on_replica(registry_url: str) -> dict[str, object]:
    """Where the replica's RDPRM is, and its one login."""
    return {
        "url": urljoin(registry_url, "/"),
        "home_url": urljoin(registry_url, RDPRM_HOME),
        "username": RDPRM.username,
        "password": SecretStr(RDPRM.password),
        "security_answer": SecretStr(RDPRM.answer),
        "settle_seconds": 1.0,
    }


def at_registry(settings: Settings) -> Settings:
    """The settings a command uses the land registry with: without environments the stack's replica.

    Raises NotRunning.
    """
    if settings.environments:
        return settings
    from poolmgr.local import stack

    url = stack.status(settings.pool.data_path()).registry_url
    if url is None:
        raise NotRunning(
            "The embedded stack's registry is not running.", advice="Start it: registre-pool local up."
        )
    return on_replica(settings, url)


@asynccontextmanager
async def documents_of(access: Access, settings: Settings) -> AsyncIterator[Documents]:
    """One environment's documents for the length of a command."""
    documents = access.documents(settings.queue)
    try:
        yield documents
    finally:
        await documents.close()


@asynccontextmanager
async def queue_of(access: Access, settings: Settings) -> AsyncIterator[DatabaseQueue]:
    """One environment's queue for the length of a command."""
    database = access.database(settings.queue)
    try:
        yield DatabaseQueue(database, access.name, settings.queue)
    finally:
        await database.close()


@asynccontextmanager
async def purchases_of(access: Access, settings: Settings) -> AsyncIterator[DatabasePurchases]:
    """One environment's purchases for the length of a command."""
    database = access.database(settings.queue)
    try:
        yield DatabasePurchases(database, access.name)
    finally:
        await database.close()


@asynccontextmanager
async def boosting_of(access: Access, settings: Settings) -> AsyncIterator[DatabaseBoosting]:
    """One environment's texts without a corrected one, for the length of a command."""
    database = access.database(settings.queue)
    try:
        yield DatabaseBoosting(database, access.name)
    finally:
        await database.close()


@asynccontextmanager
async def accounts_of(settings: Settings) -> AsyncIterator[DatabaseAccounts]:
    """The accounts, which rest in the first environment, for the length of a command."""
    access = reachable(settings)[0]
    database = access.database(settings.queue)
    try:
        yield DatabaseAccounts(database, access.name)
    finally:
        await database.close()
