"""Several environments of one pool, each a database of its own, and everything that lies in each of them."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import LiteralString

from psycopg import sql

from tests.clusters import Cluster, Database
from tests.project.opened import Hosted, hosted
from tests.projects import lying_there

TABLES: LiteralString = """
select c.relname from pg_catalog.pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
  order by 1"""
# What every pool writes wherever it looks, whether or not there is work.
OF_THE_POOL = frozenset({"pool_settings", "pool_hosts", "worker_status"})


@dataclass(frozen=True, kw_only=True)
class Realm:
    """Projects by the environment's name; the first one's database lends the accounts."""

    projects: Mapping[str, Hosted]

    def database(self, name: str) -> Database:
        database = self.projects[name].database
        assert database is not None
        return database


@contextmanager
def realm(cluster: Cluster, *names: str) -> Iterator[Realm]:
    with ExitStack() as stack:
        databases = {name: cluster.create_database() for name in names}
        for database in databases.values():
            stack.callback(cluster.drop_database, database)
        projects = {name: stack.enter_context(hosted(database)) for name, database in databases.items()}
        yield Realm(projects=MappingProxyType(projects))


def rows_beside(database: Database, own: list[str]) -> dict[str, list[str]]:
    """Every row of every table as text that speaks of none of `own`, by table."""
    found = {}
    with database.connect("supabase_admin") as connection:
        for (table,) in connection.execute(TABLES).fetchall():
            if table in OF_THE_POOL:
                continue
            query = sql.SQL("select t::text from public.{} t order by 1").format(sql.Identifier(table))
            lines = [str(line) for (line,) in connection.execute(query).fetchall()]
            found[table] = [line for line in lines if not any(one in line for one in own)]
    return found


def objects_of(project: Hosted) -> dict[str, str]:
    """sha-256 of everything in its Storage."""
    return {place: hashlib.sha256(stored.data).hexdigest() for place, stored in lying_there(project).items()}
