"""What a direct connection does when the server, the network or the caller misbehaves."""

import asyncio
import os
import time
from uuid import uuid4

import pytest
from pydantic import SecretStr

from poolmgr.domain.errors import NotMigrated, PoolError, Refused, StoreError, StoreUnreachable, Unauthorised
from poolmgr.domain.json import JsonObject
from poolmgr.stores.postgres import PostgresDatabase
from tests.clusters import Cluster, Database
from tests.stores.conftest import direct
from tests.stores.rows import count_sessions
from tests.waiting import async_until

DEADLINE_SECONDS = 0.3
SLACK_SECONDS = 0.4


@pytest.fixture
def sleeper(any_database: Database) -> Database:
    """With functions that sleep, and one that says who calls."""
    any_database.connect().execute(
        """create function pool_sleep(seconds float8) returns int
          language sql as 'select 1 from pg_sleep(seconds)';
        create function pool_caller(word text default null) returns table (name text, zone text, calling int)
          language sql as 'select current_user::text, current_setting(''TimeZone''), pg_backend_pid()';
        create function pool_shapes(a uuid, b uuid[], c jsonb, d numeric, e timestamptz, f text[], g bool)
          returns table (a uuid, b uuid[], c jsonb, d numeric, e timestamptz, f text[], g bool)
          language sql as 'select a, b, c, d, e, f, g'"""
    )
    return any_database


async def test_every_type_comes_back_as_json(sleeper: Database) -> None:
    values: JsonObject = {
        "a": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "b": ["0f8fad5b-d9cb-469f-a165-70867728950e"],
        "c": {"é": [1, None, {"x": 1.5}]},
        "d": 1.25,
        "e": "2026-01-02T03:04:05.5+00:00",
        "f": ["a,b", '"', ""],
        "g": True,
    }
    async with direct(sleeper.url) as store:
        assert await store.call("pool_shapes", values) == [values]
        nothing: JsonObject = dict.fromkeys(values)
        assert await store.call("pool_shapes", nothing) == [nothing]


async def test_a_function_of_one_value_is_one_row_of_one_column(sleeper: Database) -> None:
    async with direct(sleeper.url) as store:
        assert await store.call("pool_sleep", {"seconds": 0}) == [{"pool_sleep": 1}]


@pytest.mark.parametrize("role", ["postgres", "service_role", "supabase_admin"])
async def test_calls_run_as_service_role_whoever_logs_in(sleeper: Database, role: str) -> None:
    urls = {"postgres": sleeper.url, "supabase_admin": sleeper.superuser_url}
    async with direct(urls.get(role) or sleeper.url_as(role)) as store:
        ((row),) = await store.call("pool_caller", {})
    assert (row["name"], row["zone"]) == ("service_role", "UTC")


async def test_over_a_transaction_pooler_the_session_is_left_as_it_was(sleeper: Database) -> None:
    store = PostgresDatabase(sleeper.url, call_timeout_seconds=5, connections=1)
    object.__setattr__(store.address, "port", "6543")
    (inside,) = await store.call("pool_caller", {})
    (kept,) = store.connections.idle
    after = await (
        await kept.execute("select current_user::text, current_setting('statement_timeout')")
    ).fetchone()
    with pytest.raises(StoreError, match="transaction pooler"):
        await anext(store.listen("pool_ready"))
    await store.close()
    assert (inside["name"], inside["zone"]) == ("service_role", "UTC")
    assert after == ("postgres", "0")


async def test_a_login_under_row_security_is_refused_with_the_grant_to_give(sleeper: Database) -> None:
    async with direct(sleeper.url_as("anon")) as store:
        with pytest.raises(StoreError, match="row security") as raised:
            await store.call("pool_caller", {})
    assert "grant service_role" in raised.value.advice


async def test_a_function_that_is_not_there_is_not_migrated_until_it_is(sleeper: Database) -> None:
    async with direct(sleeper.url) as store:
        with pytest.raises(NotMigrated, match="pool_new") as raised:
            await store.call("pool_new", {})
        assert "migrate apply" in raised.value.advice
        sleeper.connect().execute("create function pool_new() returns int language sql as 'select 1'")
        assert await store.call("pool_new", {}) == [{"pool_new": 1}]
        with pytest.raises(NotMigrated, match="colour"):
            await store.call("pool_new", {"colour": 1})


async def test_a_function_changed_under_us_is_learnt_again(sleeper: Database) -> None:
    async with direct(sleeper.url) as store:
        await store.call("pool_caller", {"word": "x"})
        sleeper.connect().execute(
            "drop function pool_caller;"
            "create function pool_caller(word int) returns int language sql as 'select word'"
        )
        with pytest.raises((NotMigrated, Refused)):
            await store.call("pool_caller", {"word": "x"})
        with pytest.raises((NotMigrated, Refused)):
            await store.call("pool_caller", {"word": "x"})


@pytest.mark.parametrize("word", ["a\0b", "\ud800"])
async def test_text_that_is_no_text_is_refused(sleeper: Database, word: str) -> None:
    async with direct(sleeper.url) as store:
        with pytest.raises(Refused):
            await store.call("pool_caller", {"word": word})
        assert await store.call("pool_caller", {"word": "fine"})


@pytest.mark.parametrize("value", ["a\0b", "\ud800", 2**70])
async def test_json_that_the_database_cannot_hold_is_refused(
    any_database: Database, value: str | int
) -> None:
    async with direct(any_database.url) as store:
        with pytest.raises(Refused):
            await store.call(
                "pool_settle", {"token": str(uuid4()), "outcome": {"outcome": "done", "result": value}}
            )


async def test_an_id_that_is_no_uuid_is_refused(any_database: Database) -> None:
    async with direct(any_database.url) as store:
        with pytest.raises(Refused, match="22P02"):
            await store.call("pool_renew", {"tokens": ["x"], "lease_seconds": 1})


async def test_what_the_database_says_becomes_the_error_that_fits(sleeper: Database) -> None:
    sleeper.connect().execute(
        """create function pool_raise(code text) returns int language plpgsql as $$
        begin raise exception 'said so' using errcode = code; end $$"""
    )
    expected: dict[str, type[PoolError]] = {
        "22003": Refused,
        "23514": Refused,
        "54000": Refused,
        "42883": NotMigrated,
        "42P01": NotMigrated,
        "42703": NotMigrated,
        "42501": Unauthorised,
        "XX000": StoreError,
        "53300": StoreUnreachable,
        "57P01": StoreUnreachable,
        "08006": StoreUnreachable,
        "25006": StoreUnreachable,
    }
    async with direct(sleeper.url) as store:
        for code, kind in expected.items():
            with pytest.raises(PoolError, match=r"pool_raise.*said so") as raised:
                await store.call("pool_raise", {"code": code})
            assert type(raised.value) is kind, code


async def test_a_function_we_may_not_call_is_said_with_the_grant_to_give(sleeper: Database) -> None:
    sleeper.connect().execute("revoke execute on function pool_caller from public, service_role")
    async with direct(sleeper.url) as store:
        with pytest.raises(StoreError, match="permission denied") as raised:
            await store.call("pool_caller", {})
    assert 'grant service_role to "postgres"' in raised.value.advice


async def test_deadlocks_are_tried_again(sleeper: Database) -> None:
    sleeper.connect().execute(
        """create sequence pool_tries_made; grant usage on pool_tries_made to service_role;
        create function pool_unlucky(times int) returns int language plpgsql as $$
        declare made int := nextval('pool_tries_made');
        begin
          if made <= times then raise exception 'unlucky' using errcode = '40P01'; end if;
          return made;
        end $$"""
    )
    async with direct(sleeper.url) as store:
        assert await store.call("pool_unlucky", {"times": 2}) == [{"pool_unlucky": 3}]
        with pytest.raises(StoreUnreachable, match="unlucky"):
            await store.call("pool_unlucky", {"times": 1000})


async def test_a_call_that_takes_too_long_ends_in_time_here_and_there(sleeper: Database) -> None:
    async with direct(sleeper.url, DEADLINE_SECONDS) as store:
        started = time.monotonic()
        with pytest.raises(StoreUnreachable):
            await store.call("pool_sleep", {"seconds": 30})
        assert time.monotonic() - started < DEADLINE_SECONDS + SLACK_SECONDS
        assert await store.call("pool_sleep", {"seconds": 0})
        await async_until(lambda: nobody_sleeps(sleeper), within_seconds=3)


async def test_waiting_for_a_free_connection_is_part_of_the_deadline(sleeper: Database) -> None:
    store = PostgresDatabase(sleeper.url, call_timeout_seconds=DEADLINE_SECONDS, connections=1)
    calls = [store.call("pool_sleep", {"seconds": 0.2}) for _ in range(3)]
    started = time.monotonic()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert time.monotonic() - started < DEADLINE_SECONDS + SLACK_SECONDS
    assert [type(result) for result in results] == [list, StoreUnreachable, StoreUnreachable]
    await store.close()


async def test_a_cancelled_call_leaves_whole_connections(sleeper: Database) -> None:
    store = PostgresDatabase(sleeper.url, call_timeout_seconds=5, connections=2)
    await store.call("pool_caller", {})
    for _ in range(5):
        call = asyncio.create_task(store.call("pool_sleep", {"seconds": 30}))
        await async_until(lambda: someone_sleeps(sleeper))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        answers = await asyncio.gather(*(store.call("pool_caller", {"word": str(n)}) for n in range(4)))
        assert all(len(rows) == 1 for rows in answers)
    assert len(store.connections.idle) <= 2
    await store.close()


async def test_cancelled_at_any_moment_a_call_poisons_nothing(sleeper: Database) -> None:
    async with direct(sleeper.url) as store:
        for step in range(60):
            call = asyncio.create_task(store.call("pool_caller", {}))
            await asyncio.wait({call}, timeout=step * 0.0002)
            call.cancel()
            await asyncio.wait({call})
            assert len(await store.call("pool_caller", {})) == 1


async def test_a_frozen_server_is_unreachable_in_time_and_back_when_thawed(private_cluster: Cluster) -> None:
    database = private_cluster.create_database()
    async with direct(database.url, DEADLINE_SECONDS) as store, direct(database.url, DEADLINE_SECONDS) as new:
        assert await store.call("pool_version", {})
        private_cluster.freeze()
        for frozen in (store, store, new):
            started = time.monotonic()
            with pytest.raises(StoreUnreachable, match=r"within 0\.3 s"):
                await frozen.call("pool_version", {})
            assert time.monotonic() - started < DEADLINE_SECONDS + SLACK_SECONDS
        private_cluster.thaw()
        assert await store.call("pool_version", {})
        assert await new.call("pool_version", {})


async def test_a_killed_server_is_unreachable_and_back_when_started(private_cluster: Cluster) -> None:
    database = private_cluster.create_database()
    async with direct(database.url, 5) as store:
        await asyncio.gather(*(store.call("pool_version", {}) for _ in range(4)))
        private_cluster.kill()
        with pytest.raises(StoreUnreachable):
            await store.call("pool_version", {})
        private_cluster.start()
        assert await store.call("pool_version", {})


async def test_a_restart_between_two_calls_is_not_noticed(private_cluster: Cluster) -> None:
    database = private_cluster.create_database()
    async with direct(database.url, 5) as store:
        await asyncio.gather(*(store.call("pool_version", {}) for _ in range(4)))
        private_cluster.stop()
        private_cluster.start()
        answers = await asyncio.gather(*(store.call("pool_version", {}) for _ in range(8)))
    assert all(answers)


async def test_what_is_made_before_a_fork_works_after_it(any_database: Database) -> None:
    store = PostgresDatabase(any_database.url, call_timeout_seconds=5, connections=2)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if asyncio.new_event_loop().run_until_complete(once(store)) else 1
        finally:
            os._exit(code)
    _, status = await asyncio.to_thread(os.waitpid, pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://postgres:hunt%2Fer%402@127.0.0.1:1/postgres",
        "postgresql://postgres:hunt%2Fer%402@no.such.host.invalid/postgres",
        "host=127.0.0.1 port=1 password=hunt/er@2",
    ],
)
async def test_a_wrong_address_is_unreachable_without_its_password(url: str) -> None:
    async with direct(url) as store:
        with pytest.raises(StoreUnreachable) as raised:
            await store.call("pool_version", {})
    for text in (str(raised.value), repr(raised.value.__cause__), repr(store.address)):
        assert "hunt/er@2" not in text
        assert "hunt%2Fer" not in text


@pytest.mark.parametrize(
    "url", ["postgresql://u:hunter2@[broken/db", "hunter2", "postgresql://u:hunter2@h:5432/db?x=%zz"]
)
def test_what_is_no_address_is_said_without_quoting_it(url: str) -> None:
    with pytest.raises(StoreError) as raised:
        PostgresDatabase(SecretStr(url), call_timeout_seconds=1, connections=1)
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert "%40" in raised.value.advice


async def once(store: PostgresDatabase) -> bool:
    answer = await store.call("pool_version", {})
    await store.close()
    return bool(answer)


async def nobody_sleeps(database: Database) -> bool:
    return not await someone_sleeps(database)


async def someone_sleeps(database: Database) -> bool:
    return count_sessions(database.connect(), "query like '%%pool_sleep%%' and state = 'active'") > 0
