"""A whole project of the tests: a database, PostgREST and Storage behind one address, and its keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from poolmgr.stores.postgrest import PostgrestDatabase
from poolmgr.stores.project import Project
from poolmgr.stores.storage import SupabaseDocuments
from tests.clusters import Database
from tests.project.faults import Faults
from tests.project.gateway import Gateway
from tests.project.keys import key
from tests.project.rest import serving
from tests.project.storage import Storage


@dataclass(frozen=True, kw_only=True)
class Hosted:
    """database: None when only its Storage is there."""

    gateway: Gateway
    database: Database | None

    @property
    def url(self) -> str:
        return self.gateway.url

    @property
    def storage(self) -> Storage:
        return self.gateway.storage

    @property
    def faults(self) -> Faults:
        return self.gateway.faults

    def meets(self, faults: Faults) -> Faults:
        """From the next request on."""
        self.gateway.faults = faults
        return faults

    def project(self, role: str = "service_role") -> Project:
        return Project(url=self.url, key=SecretStr(key(role)))

    def rest(self, role: str = "service_role", call_timeout_seconds: float = 10.0) -> PostgrestDatabase:
        return PostgrestDatabase(self.project(role), call_timeout_seconds=call_timeout_seconds, connections=4)

    def documents(self, role: str = "service_role", timeout_seconds: float = 10.0) -> SupabaseDocuments:
        return SupabaseDocuments(self.project(role), timeout_seconds=timeout_seconds, connections=4)


@contextmanager
def hosted(database: Database) -> Iterator[Hosted]:
    with serving(database) as rest, Gateway(rest) as gateway:
        yield Hosted(gateway=gateway, database=database)


@contextmanager
def storage_alone() -> Iterator[Hosted]:
    with Gateway(None) as gateway:
        yield Hosted(gateway=gateway, database=None)
