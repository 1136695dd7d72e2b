"""The system before this one as it writes to the queue: its resets, and one of its workers.

It comes with the service key, claims by a guard on the status, and finishes by the id alone.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from uuid import UUID

import psycopg

TO_WAITING = "status_id = 1, worker_id = null, processing_started_at = null"
RESETS = {
    "start-up, 2 minutes": f"update public.extraction_queue set {TO_WAITING}, error_message = 'reset' "
    "where status_id = 2 and processing_started_at < now() - interval '2 minutes'",
    "health monitor, 3 minutes": f"update public.extraction_queue set {TO_WAITING}, error_message = 'reset' "
    "where status_id = 2 and processing_started_at < now() - interval '3 minutes'",
    "dead worker": f"update public.extraction_queue set {TO_WAITING} "
    "where worker_id in ('w1', 'predecessor')",
    "API start": "update public.extraction_queue set status_id = 1 where status_id = 2",
}
TO_DOWNLOADED = "status_id = 3, ocr_worker_id = null, ocr_started_at = null"
OCR_RESETS = {
    f"OCR, {minutes} minutes": f"update public.extraction_queue set {TO_DOWNLOADED} "
    f"where status_id = 6 and ocr_started_at < now() - interval '{minutes} minutes'"
    for minutes in (2, 5)
}
DEAD_WORKERS = (
    f"update public.extraction_queue q set {TO_WAITING}, error_message = 'dead worker' "
    "from public.worker_status w where w.last_heartbeat < now() - interval '3 minutes' "
    "and q.id = w.current_job_id and q.worker_id = w.worker_id"
)
"""As the monitor gives back what a dead worker's row names: without a look at the job's status."""
CANDIDATES = "select id from public.extraction_queue where status_id = 1 order by created_at limit 10"
CLAIM = (
    "update public.extraction_queue set status_id = 2, worker_id = %s, processing_started_at = now() "
    "where id = %s and status_id = 1 returning id"
)
FINISH = (
    "update public.extraction_queue set status_id = case document_source when 'plan_cadastraux' then 5 "
    "else 3 end, supabase_path = 'index/theirs.pdf' where id = %s"
)


@dataclass
class PredecessorWorker:
    """`url` opens as service_role. bought: the rows it claimed, in their order."""

    url: str
    name: str
    bought: list[UUID] = field(default_factory=list)

    def work(self) -> int:
        """Until nothing waits; how many it bought."""
        with closing(psycopg.connect(self.url, autocommit=True)) as connection:
            while rows := connection.execute(CANDIDATES).fetchall():
                for claimed in self.claimed(connection, [row for (row,) in rows]):
                    self.bought.append(claimed)
                    connection.execute(FINISH, (claimed,))
        return len(self.bought)

    def claimed(self, connection: psycopg.Connection, rows: list[UUID]) -> Iterator[UUID]:
        for row in rows:
            if connection.execute(CLAIM, (self.name, row)).fetchone():
                yield row
