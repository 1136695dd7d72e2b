import psycopg
import pytest

from poolmgr.local import roles
from tests.clusters import Cluster, Database

CREATED = """
create table public.made (id serial primary key);
create function public.made() returns int language sql as 'select 1';
"""
PRIVILEGES = """
select has_table_privilege(%(role)s, 'public.made', 'select, insert, update, delete'),
       has_sequence_privilege(%(role)s, 'public.made_id_seq', 'usage'),
       (select bool_or(acl.grantee::regrole::text = %(role)s)
          from pg_proc, aclexplode(proacl) acl where oid = 'public.made()'::regprocedure)
"""


@pytest.fixture
def owner(database: Database) -> psycopg.Connection:
    return database.connect()


def test_postgres_is_no_superuser_but_passes_row_security(owner: psycopg.Connection) -> None:
    row = owner.execute(
        "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user"
    ).fetchone()
    assert row == (False, True, True, True)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute("alter system set work_mem = '8MB'")


def test_postgres_owns_the_database(owner: psycopg.Connection) -> None:
    row = owner.execute(
        "select pg_get_userbyid(datdba)::text from pg_database where datname = current_database()"
    ).fetchone()
    assert row == ("postgres",)


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_what_postgres_creates_is_granted_to_the_api_roles_as_on_a_hosted_project(
    owner: psycopg.Connection, role: str
) -> None:
    owner.execute(CREATED)
    assert owner.execute(PRIVILEGES, {"role": role}).fetchone() == (True, True, True)


def test_only_service_role_of_the_api_roles_passes_row_security(database: Database) -> None:
    with database.connect() as owner:
        owner.execute(CREATED)
        owner.execute("alter table public.made enable row level security; insert into made default values")
    seen = {}
    for role in ("anon", "authenticated", "service_role"):
        row = database.connect(role).execute("select count(*), min(current_user) from public.made").fetchone()
        assert row is not None
        seen[role] = row[0]
    assert seen == {"anon": 0, "authenticated": 0, "service_role": 1}


def test_preparing_twice_and_a_second_database_are_no_error(cluster: Cluster, database: Database) -> None:
    roles.prepare(database.superuser_url)
    roles.prepare(database.superuser_url)
    assert not roles.create_database(cluster.server.superuser_url, database.name)
