"""Who moved which row of the product's queue when: a table and a trigger of the test's own."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from tests.clusters import Database

DONE, ERROR = 5, 4
TRIGGER: LiteralString = """
create schema audit;
create table audit.moves (number bigint generated always as identity,
  at timestamptz default clock_timestamp(), row_id uuid, before int, after int, worker text, token uuid);
create function audit.write() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into audit.moves (row_id, before, after, worker, token)
    select new.id, old.status_id, new.status_id, mover.worker, (select l.token from public.pool_leases l
      where l.row_id = new.id and l.worker = mover.worker and l.claimed_at = mover.since)
    from (select h.worker, h.since from (values (new.status_id, 2, new.worker_id, new.processing_started_at),
      (new.status_id, 6, new.ocr_worker_id, new.ocr_started_at), (old.status_id, 2, old.worker_id,
      old.processing_started_at), (old.status_id, 6, old.ocr_worker_id, old.ocr_started_at))
      h (status, running, worker, since) where h.status = h.running limit 1) mover;
  return null;
end $$;
create trigger audit after update on public.extraction_queue for each row
  when (old.status_id is distinct from new.status_id) execute function audit.write();
"""
# A crash ends every lease of a worker in one transaction: whatever it finishes later, a dead one finished.
DEAD_HANDS: LiteralString = """
select m.row_id::text, m.worker from audit.moves m left join public.pool_leases own on own.token = m.token
where m.after = 5 and (own.outcome is distinct from 'done' or exists (select from public.pool_leases l
  where l.worker = m.worker and l.outcome = 'crashed' and l.ended_at < m.at))"""
UNSETTLED: LiteralString = """
select count(*) from public.extraction_queue q where q.id = any(%s::uuid[]) and q.status_id not in (4, 5)"""


@dataclass(frozen=True, kw_only=True)
class Lease:
    token: str
    row: str


class Audit:
    """Looks and writes as the superuser, over a connection of its own each time: it outlives any outage."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.query(TRIGGER)

    def query(self, statement: LiteralString | sql.Composed, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database.superuser_url, autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def live(self, worker: str) -> list[Lease]:
        """The leases a worker holds now."""
        found = self.query(
            "select token::text, row_id::text from public.pool_leases "
            "where worker = %s and ended_at is null and expires_at > clock_timestamp()",
            worker,
        )
        return [Lease(token=token, row=row) for token, row in found]

    def open_leases(self) -> int:
        ((count,),) = self.query("select count(*) from public.pool_leases where ended_at is null")
        return int(count)

    def ended_at(self, leases: Sequence[Lease]) -> float | None:
        """When the last of them ended (seconds since the epoch); None while one is open."""
        ((open_ones, last),) = self.query(
            "select count(*) filter (where ended_at is null), extract(epoch from max(ended_at))::float8 "
            "from public.pool_leases where token = any(%s::uuid[])",
            [lease.token for lease in leases],
        )
        return None if open_ones else float(last)

    def outcomes(self, leases: Sequence[Lease]) -> list[str]:
        tokens = [lease.token for lease in leases]
        found = self.query("select outcome from public.pool_leases where token = any(%s::uuid[])", tokens)
        return sorted(str(outcome) for (outcome,) in found)

    def counted(self, outcome: str) -> int:
        """Leases that ended so."""
        ((count,),) = self.query("select count(*) from public.pool_leases where outcome = %s", outcome)
        return int(count)

    def unsettled(self, rows: Sequence[str]) -> int:
        ((count,),) = self.query(UNSETTLED, list(rows))
        return int(count)

    def is_settled(self, rows: Sequence[str]) -> bool:
        return self.unsettled(rows) == 0

    def finished(self) -> int:
        """Moves into done, of all rows."""
        ((count,),) = self.query("select count(*) from audit.moves where after = 5")
        return int(count)

    def finisher(self, row: str) -> str:
        """The worker whose claim finished the row."""
        found = self.query("select worker from audit.moves where row_id = %s and after = 5", row)
        assert len(found) == 1, f"{row} was finished {len(found)} times"
        return str(found[0][0])

    def attempts(self, rows: Sequence[str]) -> list[int]:
        found = dict(
            self.query(
                "select id::text, ocr_attempts from public.extraction_queue where id = any(%s::uuid[])",
                list(rows),
            )
        )
        return [int(found[row]) for row in rows]

    def ripen(self) -> None:
        """Every delay is over."""
        self.query(
            "update public.pool_jobs set not_before = clock_timestamp() where not_before > clock_timestamp()"
        )

    def allow_attempts(self, most: int) -> None:
        self.query("update public.extraction_queue set ocr_max_attempts = %s", most)
        self.query(
            sql.SQL("alter table public.extraction_queue alter ocr_max_attempts set default {}").format(most)
        )

    def check_done_once(self, rows: Sequence[str]) -> None:
        """Each row was finished once, by a claim that was alive, and stands there; nobody holds a lease."""
        moves = self.query("select row_id::text from audit.moves where after = 5")
        finished = Counter(row for (row,) in moves)
        assert finished == Counter(rows), {
            row: finished[row] for row in {*rows, *finished} if finished[row] != 1
        }
        dead_hands = self.query(DEAD_HANDS)
        assert not dead_hands, dead_hands
        standing = "select count(*) from public.extraction_queue where status_id = 5 and id = any(%s::uuid[])"
        assert self.query(standing, list(rows)) == [(len(rows),)]
        assert self.open_leases() == 0, "somebody still holds a lease"
