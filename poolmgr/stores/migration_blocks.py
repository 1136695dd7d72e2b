"""The migrations as SQL to paste: for an environment that only Supabase's SQL editor reaches.

The editor sends what is pasted as one query, so one transaction: an index that is built beside the work
stands alone in its block, and its record follows when it stands whole. Every block may be run again.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from poolmgr.stores.migration_files import Index, Migration, built_by
from poolmgr.stores.migration_runs import Limits, milliseconds
from poolmgr.stores.migrations import TABLE

RUN = """\
set local lock_timeout = {lock};
set local statement_timeout = {statement};
do {body}
begin
  insert into public.pool_migrations (name, checksum) values ('{name}', '{checksum}')
    on conflict (name) do nothing;
  if found then
    execute {text};
    return;
  end if;
{check}
end {body};"""
RECORD = """\
set local lock_timeout = {lock};
do {body}
declare
  wanted record;
begin
  for wanted in select * from (values {indexes}) i (name, place, block) loop
    if not exists (select from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
      where c.relname = wanted.name and i.indrelid = to_regclass(wanted.place)
        and i.indisvalid and i.indisready)
    then
      raise exception 'the index % is missing or was left unfinished', wanted.name using hint = format(
        'Run alone: drop index concurrently if exists public.%I; then block %s, then this one.',
        wanted.name, wanted.block);
    end if;
  end loop;
  insert into public.pool_migrations (name, checksum) values ('{name}', '{checksum}')
    on conflict (name) do nothing;
{check}
end {body};"""
CHECK = """\
  if not exists (select from public.pool_migrations where name = '{name}' and checksum = '{checksum}') then
    raise exception '{name} was edited after it was applied to this database'
      using hint = 'Put the file back as it was and write the change as a new migration.';
  end if;"""
RELOAD = "notify pgrst, 'reload schema';"


@dataclass(frozen=True, kw_only=True)
class Block:
    """What is pasted and run at once. alone: nothing else may be pasted with it."""

    number: int
    title: str
    sql: str
    alone: bool = False

    def text(self, of: int) -> str:
        """With its comment header; `of` = how many blocks there are."""
        alone = " · run this one alone" if self.alone else ""
        return f"-- Block {self.number} of {of}: {self.title}{alone}\n{self.sql}\n"


def blocks(files: Sequence[Migration], limits: Limits) -> list[Block]:
    """The table of what was applied, migrations, index files with their records, a word to PostgREST."""
    pieces = [*before_indexes(files, limits)]
    indexes = [file for file in files if file.outside]
    built: dict[str, list[tuple[Index, int]]] = {file.name: [] for file in indexes}
    for file in indexes:
        for statement in file.statements():
            index = built_by(statement)
            title = f"{file.name}, {index.name}" if index else file.name
            pieces.append((title, f"{statement};", True))
            if index:
                built[file.name].append((index, len(pieces)))
    pieces += [
        (f"that {file.name} is applied", record(file, built[file.name], limits), False) for file in indexes
    ]
    pieces.append(("PostgREST reads the schema again", RELOAD, False))
    return [
        Block(number=number, title=title, sql=sql, alone=alone)
        for number, (title, sql, alone) in enumerate(pieces, 1)
    ]


def before_indexes(files: Sequence[Migration], limits: Limits) -> Iterator[tuple[str, str, bool]]:
    yield "the table of what was applied", f"{TABLE.decode().strip()};", False
    for file in files:
        if not file.outside:
            yield file.name, run(file, limits), False


def run(file: Migration, limits: Limits) -> str:
    """Does nothing when the name is recorded; the record, uncommitted, keeps others out."""
    quote = tag("migration", file.text)
    text = f"{quote}{file.text}{quote}"
    return RUN.format(
        text=text, statement=milliseconds(limits.statement_timeout_seconds), **words(file, text, limits)
    )


def record(file: Migration, indexes: Sequence[tuple[Index, int]], limits: Limits) -> str:
    """Says that the file is applied, when every index of it stands whole."""
    rows = ", ".join(f"('{index.name.lower()}', '{index.table}', {block})" for index, block in indexes)
    return RECORD.format(indexes=rows, **words(file, "", limits))


def words(file: Migration, text: str, limits: Limits) -> dict[str, str | int]:
    """What both templates have; `text` = what the block's own quote has to hold."""
    return {
        "name": file.name,
        "checksum": file.checksum,
        "body": tag("block", text),
        "lock": milliseconds(limits.lock_timeout_seconds),
        "check": CHECK.format(name=file.name, checksum=file.checksum),
    }


def tag(word: str, text: str) -> str:
    """A dollar quote that occurs nowhere in the text."""
    taken = set(re.findall(r"\$(\w*)\$", text))
    number = 1
    while (name := word if number == 1 else f"{word}{number}") in taken or f"${name}$" in text:
        number += 1
    return f"${name}$"
