import asyncio
from contextlib import AbstractContextManager

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from poolmgr.domain.errors import StoreError, StoreUnreachable
from poolmgr.stores import migrations
from poolmgr.stores.migration_files import Migration
from poolmgr.stores.migration_runs import Limits
from poolmgr.stores.migrations import Step
from tests.waiting import async_until

TABLE = Migration(name="pool_001_table.sql", text="create table public.thing (a int);")
INDEX = Migration(
    name="pool_002_index.sql",
    text="-- no transaction\ncreate index concurrently if not exists thing_a on public.thing (a);\n",
)
FILES = [TABLE, INDEX]


def session(url: str) -> AbstractContextManager[psycopg.Connection[TupleRow]]:
    return psycopg.connect(url, autocommit=True)


def column(url: str, query: bytes) -> list[object]:
    with session(url) as connection:
        return [row[0] for row in connection.execute(query).fetchall()]


async def test_each_file_is_applied_once_in_order(empty_url: str) -> None:
    said: list[str] = []
    assert await migrations.apply(empty_url, said.append, files=FILES) == [TABLE.name, INDEX.name]
    assert said == [f"{TABLE.name} applied.", f"{INDEX.name} applied."]
    assert column(empty_url, b"select name from pool_migrations order by 1") == [TABLE.name, INDEX.name]
    assert column(empty_url, b"select indisvalid from pg_index where indexrelid = 'thing_a'::regclass") == [
        True
    ]


async def test_applying_again_does_nothing(empty_url: str) -> None:
    await migrations.apply(empty_url, files=FILES)
    said: list[str] = []
    assert await migrations.apply(empty_url, said.append, files=FILES) == []
    assert said == []


async def test_the_shipped_migrations_apply_to_an_empty_database_and_again(empty_url: str) -> None:
    names = [step.name for step in await migrations.plan(empty_url)]
    assert await migrations.apply(empty_url) == names
    assert await migrations.apply(empty_url) == []
    assert {step.state for step in await migrations.plan(empty_url)} == {"applied"}


async def test_a_plan_changes_nothing_and_tells_all_states(empty_url: str) -> None:
    assert await migrations.plan(empty_url, files=FILES) == [
        Step(name=TABLE.name, state="pending"),
        Step(name=INDEX.name, state="pending"),
    ]
    assert column(empty_url, b"select to_regclass('pool_migrations')") == [None]
    newer = Migration(name="pool_009_newer.sql", text="select 1")
    await migrations.apply(empty_url, files=[TABLE, newer])
    changed = Migration(name=TABLE.name, text="select 2")
    assert await migrations.plan(empty_url, files=[changed, INDEX]) == [
        Step(name=TABLE.name, state="changed"),
        Step(name=INDEX.name, state="pending"),
        Step(name=newer.name, state="unknown"),
    ]


async def test_a_changed_file_is_named_and_nothing_is_applied(empty_url: str) -> None:
    await migrations.apply(empty_url, files=[TABLE])
    changed = Migration(name=TABLE.name, text="create table public.other (a int)")
    with pytest.raises(StoreError, match=TABLE.name) as raised:
        await migrations.apply(empty_url, files=[changed, INDEX])
    assert "new migration" in raised.value.advice
    assert column(empty_url, b"select count(*) from pool_migrations") == [1]


async def test_a_newer_versions_migration_is_said(empty_url: str) -> None:
    await migrations.apply(empty_url, files=FILES)
    said: list[str] = []
    assert await migrations.apply(empty_url, said.append, files=[TABLE]) == []
    assert said == [f"{INDEX.name} was applied by a newer version of registre-pool; this one lacks the file."]


async def test_a_failing_migration_leaves_nothing_and_says_where(empty_url: str) -> None:
    broken = Migration(
        name="pool_002_broken.sql", text="create table public.half (a int);\n\nselect nothing;"
    )
    with pytest.raises(StoreError, match=r"pool_002_broken\.sql, line 3, failed: .*nothing.*42703"):
        await migrations.apply(empty_url, files=[TABLE, broken])
    assert column(empty_url, b"select name from pool_migrations") == [TABLE.name]
    assert column(empty_url, b"select to_regclass('public.half')") == [None]


async def test_a_table_in_use_is_waited_for_only_so_long(empty_url: str) -> None:
    await migrations.apply(empty_url, files=[TABLE])
    alter = Migration(name="pool_002_alter.sql", text="alter table public.thing add b int")
    with session(empty_url) as other, other.transaction():
        other.execute("select * from public.thing")
        with pytest.raises(StoreError, match="55P03") as raised:
            await migrations.apply(empty_url, files=[TABLE, alter], limits=Limits(lock_timeout_seconds=0.1))
    assert "run it again" in raised.value.advice
    assert await migrations.apply(empty_url, files=[TABLE, alter]) == [alter.name]


async def test_a_statement_may_take_only_so_long(empty_url: str) -> None:
    slow = Migration(name="pool_001_slow.sql", text="select pg_sleep(30)")
    with pytest.raises(StoreError, match="57014"):
        await migrations.apply(empty_url, files=[slow], limits=Limits(statement_timeout_seconds=0.1))


async def test_two_at_once_apply_each_file_once(empty_url: str) -> None:
    slow = Migration(name="pool_001_slow.sql", text=TABLE.text + "select pg_sleep(0.3)")
    said: list[str] = []
    results = await asyncio.gather(
        *(migrations.apply(empty_url, said.append, files=[slow, INDEX]) for _ in range(3))
    )
    assert sorted(name for result in results for name in result) == [slow.name, INDEX.name]
    assert any("waiting for it" in line for line in said)


async def test_one_that_waits_takes_over_when_the_other_fails(empty_url: str) -> None:
    def slow(ending: str) -> list[Migration]:
        return [Migration(name="pool_001_slow.sql", text=f"{TABLE.text} select pg_sleep(0.3); {ending}")]

    failing = asyncio.create_task(migrations.apply(empty_url, files=slow("select 1/0")))
    await async_until(lambda: running(empty_url, "pg_sleep"))
    assert await migrations.apply(empty_url, files=slow("select 1")) == ["pool_001_slow.sql"]
    with pytest.raises(StoreError, match="22012"):
        await failing


async def test_one_that_waits_for_an_index_build_does_not_block_it(empty_url: str) -> None:
    await migrations.apply(empty_url, files=[TABLE])
    with session(empty_url) as other:
        with other.transaction():
            other.execute("insert into public.thing values (1)")
            builds = [asyncio.create_task(migrations.apply(empty_url, files=FILES)) for _ in range(2)]
            await async_until(lambda: running(empty_url, "create index"))
        results = await asyncio.gather(*builds)
    assert sorted(results) == [[], [INDEX.name]]


async def test_an_index_left_broken_is_built_again(empty_url: str) -> None:
    await migrations.apply(empty_url, files=[TABLE])
    with session(empty_url) as other, other.transaction():
        other.execute("insert into public.thing values (1)")
        build = asyncio.create_task(migrations.apply(empty_url, files=FILES))
        await async_until(lambda: running(empty_url, "create index"))
        with session(empty_url) as third:
            third.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where query ilike '%create index%' and pid <> pg_backend_pid()"
            )
        with pytest.raises(StoreUnreachable, match=INDEX.name):
            await build
    assert column(empty_url, b"select indisvalid from pg_index where indexrelid = 'thing_a'::regclass") == [
        False
    ]
    assert column(empty_url, b"select name from pool_migrations") == [TABLE.name]
    said: list[str] = []
    assert await migrations.apply(empty_url, said.append, files=FILES) == [INDEX.name]
    assert said[0].startswith("thing_a was left unfinished")
    assert column(empty_url, b"select indisvalid from pg_index where indexrelid = 'thing_a'::regclass") == [
        True
    ]


async def test_an_index_that_stands_is_not_built_twice(empty_url: str) -> None:
    await migrations.apply(empty_url, files=[TABLE])
    with session(empty_url) as other:
        other.execute("create index thing_a on public.thing (a)")
    before = column(empty_url, b"select 'thing_a'::regclass::oid::int")
    assert await migrations.apply(empty_url, files=FILES) == [INDEX.name]
    assert column(empty_url, b"select 'thing_a'::regclass::oid::int") == before


async def test_postgrest_is_told_to_read_its_schema_again(empty_url: str) -> None:
    with session(empty_url) as listener:
        listener.execute("listen pgrst")
        await migrations.apply(empty_url, files=[TABLE])
        notes = [note.payload for note in listener.notifies(timeout=5, stop_after=1)]
    assert notes == ["reload schema"]


async def test_only_service_role_may_read_what_was_applied(empty_url: str) -> None:
    await migrations.apply(empty_url, files=[TABLE])
    allowed = b"""
        select r || ' ' || p from unnest(array['anon', 'authenticated', 'service_role']) r,
          unnest(array['select', 'insert', 'update', 'delete', 'truncate']) p
        where has_table_privilege(r, 'public.pool_migrations', p)"""
    assert column(empty_url, allowed) == ["service_role select"]
    assert column(
        empty_url, b"select relrowsecurity from pg_class where oid = 'public.pool_migrations'::regclass"
    ) == [True]


async def test_the_transaction_pooler_is_refused_with_the_address_to_use() -> None:
    with pytest.raises(StoreError, match="transaction pooler") as raised:
        await migrations.apply("postgresql://postgres.abc:hunter2@aws.pooler.supabase.com:6543/postgres")
    assert "aws.pooler.supabase.com:5432" in raised.value.advice
    assert "hunter2" not in str(raised.value)


async def test_a_wrong_address_is_unreachable_and_keeps_the_password(empty_url: str) -> None:
    url = make_conninfo(empty_url, host="127.0.0.1", port=1, password="hunt/er@2")
    for attempt in (migrations.apply, migrations.plan):
        with pytest.raises(StoreUnreachable) as raised:
            await attempt(url)
        assert "hunt/er@2" not in str(raised.value) + repr(raised.value.__cause__)


async def running(url: str, words: str) -> bool:
    with session(url) as connection:
        found = connection.execute(
            "select 1 from pg_stat_activity "
            "where query ilike %s and pid <> pg_backend_pid() and state = 'active'",
            (f"%{words}%",),
        ).fetchall()
    return bool(found)
