"""Tests of the stores are coroutines; each one has its own event loop and its own database."""

import asyncio
import inspect
import secrets
from collections.abc import Iterator
from typing import Protocol

import psycopg
import pytest
from psycopg.conninfo import make_conninfo


class HasUrl(Protocol):
    @property
    def url(self) -> str: ...


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted}))
    return True


@pytest.fixture
def url(database: HasUrl) -> str:
    """A migrated database, its own for each test."""
    return database.url


@pytest.fixture
def empty_url(database: HasUrl) -> Iterator[str]:
    """A database of the same server in which nothing was ever applied."""
    name = f"empty_{secrets.token_hex(4)}"
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(f"create database {name} template template0".encode())
        yield make_conninfo(database.url, dbname=name)
        connection.execute(f"drop database {name} with (force)".encode())
