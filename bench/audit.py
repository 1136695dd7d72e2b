"""What the database itself saw of a round: every write of a finished job, and whose row it was."""

from collections import Counter
from dataclasses import dataclass

import psycopg

WATCH = """
create table public.bench_finished (place bigserial primary key, row_id uuid not null, worker text);
grant insert on public.bench_finished to service_role;
grant usage on sequence public.bench_finished_place_seq to service_role;
create function public.bench_note() returns trigger language plpgsql set search_path = '' as $$
begin
  insert into public.bench_finished (row_id, worker) values (new.id, new.ocr_worker_id);
  return null;
end $$;
create trigger bench_note after update on public.extraction_queue for each row
  when (new.status_id = 5) execute function public.bench_note()"""
TAKE = """
with seen as (delete from public.bench_finished returning row_id, worker)
select s.row_id, s.worker, q.status_id, q.ocr_worker_id
from seen s join public.extraction_queue q on q.id = s.row_id"""


class Unclean(Exception):
    """A job was done twice, undone, or by another than the one who said so."""


@dataclass(frozen=True, kw_only=True)
class Audit:
    """Of one track's database. The trigger is there for whoever works on it, so it costs all rivals alike."""

    url: str

    def watch(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(WATCH.encode())

    def check(self, said: Counter[str]) -> int:
        """The jobs of a round, by what each competitor says that it finished. Raises Unclean."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            rows = connection.execute(TAKE).fetchall()
        done = Counter(row_id for row_id, *_ in rows)
        twice = [row_id for row_id, times in done.items() if times > 1]
        changed = [row_id for row_id, worker, status, owner in rows if (status, owner) != (5, worker)]
        by = Counter(worker for _, worker, *_ in rows)
        if twice or changed or by != said:
            raise Unclean(
                f"{len(twice)} jobs were done twice, {len(changed)} changed after they were done;"
                f" the database saw {dict(by)}, the competitors say {dict(said)}"
            )
        return len(rows)
