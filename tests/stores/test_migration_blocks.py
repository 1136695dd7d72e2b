"""What is printed for the SQL editor, run as the editor runs it: a block is one query."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from poolmgr.domain.json import JsonObject
from poolmgr.local import postgres, roles
from poolmgr.stores import migrations
from poolmgr.stores.migration_blocks import Block, blocks, tag
from poolmgr.stores.migration_files import Migration, shipped
from poolmgr.stores.migration_runs import Limits
from tests.clusters import Cluster

NUMBERS = count(1)
PREDECESSOR = Path(__file__).parents[1] / "migrations" / "predecessor.sql"
CATALOGUE = """
select 'function ' || p.oid::regprocedure, pg_get_functiondef(p.oid) || coalesce(p.proacl::text, '')
  from pg_catalog.pg_proc p where p.pronamespace = 'public'::regnamespace
union all
select 'relation ' || c.oid::regclass, c.relkind::text || c.relrowsecurity::text
  || coalesce(c.reloptions::text, '')
  || coalesce(c.relacl::text, '')
  || coalesce(case c.relkind when 'v' then pg_get_viewdef(c.oid) end, '')
  from pg_catalog.pg_class c where c.relnamespace = 'public'::regnamespace
union all
select 'column ' || a.attrelid::regclass || '.' || a.attname, format_type(a.atttypid, a.atttypmod)
  || a.attnotnull::text || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
  from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
union all
select 'constraint ' || k.conrelid::regclass || '.' || k.conname, pg_get_constraintdef(k.oid)
  from pg_catalog.pg_constraint k where k.connamespace = 'public'::regnamespace
union all
select 'index ' || i.indexrelid::regclass, pg_get_indexdef(i.indexrelid) || i.indisvalid::text
  from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
  where c.relnamespace = 'public'::regnamespace
union all
select 'trigger ' || t.tgrelid::regclass || '.' || t.tgname, pg_get_triggerdef(t.oid)
  from pg_catalog.pg_trigger t where not t.tgisinternal
union all
select 'policy ' || p.tablename || '.' || p.policyname, p.cmd || coalesce(p.qual, '')
  from pg_catalog.pg_policies p
order by 1"""
TABLE = Migration(name="pool_001_table.sql", text="create table public.thing (a int);")
INDEX = Migration(
    name="pool_002_index.sql",
    text="-- no transaction\ncreate index concurrently if not exists thing_a on public.thing (a);\n",
)


def open_editor(url: str) -> psycopg.Connection:
    """As the owner; a query without parameters goes as it was pasted, in one message."""
    return psycopg.connect(url, autocommit=True)


def paste(url: str, pasted: Sequence[Block]) -> None:
    with open_editor(url) as editor:
        for block in pasted:
            editor.execute(block.text(len(pasted)).encode())


def printed(files: Sequence[Migration] | None = None, **limits: float) -> list[Block]:
    return blocks(shipped() if files is None else files, Limits(**limits))


def shape(url: str) -> tuple[dict[str, str], JsonObject]:
    """The catalogue, and what pool_version tells, without the times of the applying."""
    with open_editor(url) as editor:
        catalogue: dict[str, str] = dict(editor.execute(CATALOGUE.encode()).fetchall())
        row = editor.execute(b"select public.pool_version()").fetchone()
    assert row is not None
    version: JsonObject = row[0]
    recorded = version["migrations"]
    assert isinstance(recorded, list)
    for one in recorded:
        assert isinstance(one, dict)
        del one["applied_at"]
    return catalogue, version


@pytest.fixture
def hosted(cluster: Cluster) -> Iterator[Callable[[str], str]]:
    """Makes a database like a hosted project's: `empty`, or the `predecessor's`. Its address as the owner."""
    made: list[str] = []

    def make(what: str) -> str:
        name = f"pasted_{next(NUMBERS)}"
        roles.create_database(cluster.server.superuser_url, name)
        made.append(name)
        roles.prepare(cluster.server.url(postgres.SUPERUSER, name))
        url = cluster.server.url("postgres", name)
        if what != "empty":
            with open_editor(url) as editor:
                editor.execute(PREDECESSOR.read_bytes())
        return url

    yield make
    for name in made:
        cluster.run(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.mark.parametrize("what", ["empty", "predecessor's"])
async def test_the_blocks_twice_make_what_apply_makes(hosted: Callable[[str], str], what: str) -> None:
    by_apply, by_hand = hosted(what), hosted(what)
    await migrations.apply(by_apply)
    for _ in range(2):
        paste(by_hand, printed())
    assert shape(by_hand) == shape(by_apply)


@pytest.mark.parametrize("what", ["empty", "predecessor's"])
async def test_print_and_apply_go_on_where_the_other_stopped(hosted: Callable[[str], str], what: str) -> None:
    by_apply, mixed = hosted(what), hosted(what)
    await migrations.apply(by_apply)
    everything = printed()
    paste(mixed, everything[:4])
    assert [step.state for step in await migrations.plan(mixed)][:4] == ["applied"] * 3 + ["pending"]
    await migrations.apply(mixed, files=shipped()[:6])
    paste(mixed, everything[:9])
    await migrations.apply(mixed)
    paste(mixed, everything)
    assert await migrations.apply(mixed) == []
    assert shape(mixed) == shape(by_apply)


async def test_blocks_that_stand_not_alone_may_be_pasted_together(hosted: Callable[[str], str]) -> None:
    url, everything = hosted("empty"), printed()
    with open_editor(url) as editor:
        editor.execute("".join(block.sql for block in everything if "index" not in block.title).encode())
    paste(url, [block for block in everything if "index" in block.title])
    assert {step.state for step in await migrations.plan(url)} == {"applied"}


def test_a_block_whose_file_was_edited_after_it_was_applied_says_so(hosted: Callable[[str], str]) -> None:
    url = hosted("empty")
    paste(url, printed([TABLE, INDEX]))
    edited = printed(
        [replace(TABLE, text="create table public.other (a int)"), replace(INDEX, text=f"{INDEX.text}-- x")]
    )
    for block, name in ((edited[1], TABLE.name), (edited[3], INDEX.name)):
        with pytest.raises(psycopg.errors.RaiseException, match=f"{name} was edited") as raised:
            paste(url, [block])
        assert "new migration" in str(raised.value.diag.message_hint)
    with open_editor(url) as editor:
        assert editor.execute(b"select to_regclass('public.other')").fetchone() == (None,)


def test_a_block_that_fails_leaves_nothing_and_records_nothing(hosted: Callable[[str], str]) -> None:
    url = hosted("empty")
    broken = replace(TABLE, text="create table public.half (a int); select nothing;")
    start, block, *_ = printed([broken])
    with pytest.raises(psycopg.errors.UndefinedColumn):
        paste(url, [start, block])
    with open_editor(url) as editor:
        assert editor.execute(
            b"select count(*), to_regclass('public.half') from public.pool_migrations"
        ).fetchone() == (0, None)


def test_a_table_in_use_and_a_long_statement_stop_a_block_in_time(hosted: Callable[[str], str]) -> None:
    url = hosted("empty")
    alter = Migration(name="pool_002_alter.sql", text="alter table public.thing add b int")
    slow = Migration(name="pool_003_slow.sql", text="select pg_sleep(30)")
    start, table, altering, sleeping, _ = printed(
        [TABLE, alter, slow], lock_timeout_seconds=0.1, statement_timeout_seconds=0.2
    )
    paste(url, [start, table])
    with open_editor(url) as other, other.transaction():
        other.execute("select * from public.thing")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            paste(url, [altering])
    with pytest.raises(psycopg.errors.QueryCanceled):
        paste(url, [sleeping])


def test_an_index_that_was_left_unfinished_is_not_recorded_and_says_what_to_run(
    hosted: Callable[[str], str],
) -> None:
    url = hosted("empty")
    start, table, index, recording, _ = printed([TABLE, INDEX])
    paste(url, [start, table])
    with pytest.raises(psycopg.errors.RaiseException, match="thing_a is missing"):
        paste(url, [recording])
    with open_editor(url) as other, other.transaction():
        other.execute("insert into public.thing values (1)")
        with open_editor(url) as editor:
            editor.execute("set statement_timeout = 200")
            with pytest.raises(psycopg.errors.QueryCanceled):
                editor.execute(index.sql.encode())
    with pytest.raises(
        psycopg.errors.RaiseException, match="thing_a is missing or was left unfinished"
    ) as raised:
        paste(url, [index, recording])
    said = re.fullmatch(
        r"Run alone: (drop .*?;) then block 3, then this one\.", str(raised.value.diag.message_hint)
    )
    assert said
    with open_editor(url) as editor:
        editor.execute(said[1].encode())
    paste(url, [index, recording])


def test_an_index_stands_alone_and_every_block_says_its_place() -> None:
    everything = printed()
    assert [block.number for block in everything] == list(range(1, len(everything) + 1))
    assert [block.alone for block in everything] == [
        "concurrently" in block.sql[:100] for block in everything
    ]
    first = everything[0].text(len(everything))
    assert first.startswith(f"-- Block 1 of {len(everything)}: the table of what was applied\n")
    assert "run this one alone" in next(block for block in everything if block.alone).text(9).splitlines()[0]


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("select 1", "$m$"),
        ("do $m$ $m$", "$m2$"),
        ("$m$ $m2$", "$m3$"),
        ("cost$m$", "$m2$"),
        ("$mm$ $$", "$m$"),
    ],
)
def test_a_quote_occurs_nowhere_in_what_it_holds(text: str, quote: str) -> None:
    assert tag("m", text) == quote
    assert quote not in text
