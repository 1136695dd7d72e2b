import re
from pathlib import Path

import pytest

from poolmgr.domain.errors import StoreError
from poolmgr.stores import migration_files
from poolmgr.stores.migration_files import Index, Migration, built_by


def statements(text: str) -> list[str]:
    return Migration(name="pool_001_a.sql", text=text).statements()


def test_the_shipped_migrations_are_in_order_and_each_is_one() -> None:
    files = migration_files.shipped()
    assert [file.name for file in files] == sorted(file.name for file in files)
    assert files[0].name.startswith("pool_001_")
    assert all(file.statements() for file in files)


def test_an_index_file_comes_after_the_tables_it_indexes() -> None:
    made = ""
    for file in migration_files.shipped():
        indexes = [built_by(statement) for statement in file.statements()] if file.outside else []
        for index in filter(None, indexes):
            assert re.search(rf"create table (if not exists )?{re.escape(index.table)} ", made), index
        made += file.text


def test_every_statement_of_an_index_file_may_be_run_again() -> None:
    for file in migration_files.shipped():
        for statement in file.statements() if file.outside else []:
            assert built_by(statement) or "if exists" in statement.lower(), statement


def test_a_semicolon_in_text_comments_or_bodies_ends_nothing() -> None:
    assert statements(
        """-- no transaction; really
        select ';', 'it''s;', "a;b" /* ; */ from x; -- c ;
        create function f() returns int language sql as $body$ select 1; select ';' $body$;
        do $$ begin perform 1; end $$
        """
    ) == [
        """-- no transaction; really
        select ';', 'it''s;', "a;b" /* ; */ from x""",
        "-- c ;\n        create function f() returns int language sql as $body$ select 1; select ';' $body$",
        "do $$ begin perform 1; end $$",
    ]


def test_comments_alone_are_no_statement() -> None:
    assert statements("-- no transaction\n;;\n/* nothing */\n") == []


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("create index concurrently if not exists i on public.t (a)", Index(name="i", table="public.t")),
        ("-- why\nCREATE UNIQUE INDEX CONCURRENTLY i\n  ON t (a)", Index(name="i", table="t")),
        ("create index i on t (a)", None),
        ("drop index concurrently if exists i", None),
    ],
)
def test_the_index_that_a_statement_builds_is_known(statement: str, index: Index | None) -> None:
    assert built_by(statement) == index


def test_line_ends_do_not_change_a_checksum(tmp_path: Path) -> None:
    (tmp_path / "pool_001_a.sql").write_bytes(b"select 1;\r\nselect 2;\r\n")
    (tmp_path / "pool_002_b.sql").write_bytes(b"select 1;\nselect 2;\n")
    first, second = migration_files.in_folder(tmp_path)
    assert first.checksum == second.checksum


def test_files_of_the_system_before_are_not_ours(tmp_path: Path) -> None:
    (tmp_path / "001_create_worker_tables.sql").write_text("select 1")
    (tmp_path / "README.md").write_text("x")
    assert migration_files.in_folder(tmp_path) == []


@pytest.mark.parametrize("name", ["pool_1_a.sql", "pool_001.sql", "pool_001_A.sql"])
def test_a_name_that_would_not_sort_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("select 1")
    with pytest.raises(StoreError, match=name):
        migration_files.in_folder(tmp_path)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "pool_001_a.sql").write_bytes(b"\xff")
    with pytest.raises(StoreError, match=r"pool_001_a\.sql is not UTF-8"):
        migration_files.in_folder(tmp_path)
