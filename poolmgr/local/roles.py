"""Roles and default privileges of a hosted Supabase project, so that our migrations meet the same locally.

`postgres` is no superuser there, and what it creates is granted to `anon` and `authenticated` until revoked.
"""

import psycopg

from poolmgr.domain.errors import StoreUnreachable

ROLES = {
    "anon": "nologin noinherit",
    "authenticated": "nologin noinherit",
    "service_role": "nologin noinherit bypassrls",
    "authenticator": "login noinherit",
    "postgres": "login nosuperuser createrole createdb bypassrls",
}
CREATE_ROLE = """
do $$ begin
    if not exists (select from pg_catalog.pg_roles where rolname = '{name}') then
        create role {name} {attributes};
    end if;
end $$
"""
GRANTS = """
grant anon, authenticated, service_role to postgres, authenticator;
do $$ begin
    execute format('alter database %I owner to postgres', current_database());
end $$;
grant usage on schema public to anon, authenticated, service_role;
alter default privileges for role postgres in schema public
    grant all on tables to anon, authenticated, service_role;
alter default privileges for role postgres in schema public
    grant all on functions to anon, authenticated, service_role;
alter default privileges for role postgres in schema public
    grant all on sequences to anon, authenticated, service_role;
"""


def prepare(superuser_dsn: str) -> None:
    """Makes the database of the DSN like a hosted one; may be repeated. Raises StoreUnreachable."""
    try:
        with psycopg.connect(superuser_dsn) as connection:
            for name, attributes in ROLES.items():
                connection.execute(CREATE_ROLE.format(name=name, attributes=attributes).encode())
            connection.execute(GRANTS)
    except psycopg.Error as refused:
        raise StoreUnreachable(f"The roles of a hosted project could not be made: {refused}") from refused


def create_database(superuser_dsn: str, name: str) -> bool:
    """False when it exists already; the DSN names any other of the cluster. Raises StoreUnreachable."""
    try:
        with psycopg.connect(superuser_dsn, autocommit=True) as connection:
            found = connection.execute(
                "select from pg_catalog.pg_database where datname = %s", [name]
            ).fetchone()
            if found is None:
                connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(name)))
            return found is None
    except psycopg.Error as refused:
        raise StoreUnreachable(f"The database {name} could not be made: {refused}") from refused
