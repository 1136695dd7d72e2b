"""worker_status, as the product has it: one row for each worker, idle, busy, error or offline."""

import time

from poolmgr.domain.json import Json, JsonObject, strings, text
from poolmgr.pool.children import Child

MOST_DEPARTED = 1000


def living_row(child: Child) -> JsonObject:
    """error = it lives and takes no jobs."""
    waiting = "error" if child.trouble else "idle"
    job = next((job.row for job in child.jobs.values()), None)
    return {**counted(child), "status": "busy" if child.is_busy else waiting, "current_job_id": job}


def last_row(child: Child) -> JsonObject:
    """However it ended: whoever reads the row must not wait for a job that nobody does any more."""
    return {**counted(child), "status": "offline", "current_job_id": None}


def counted(child: Child) -> JsonObject:
    """What worker_status has a column for, and what else Redis shows: claims, started_ms, environment."""
    age = time.monotonic() - child.started_at
    return {
        "worker_id": child.worker,
        "jobs_completed": child.completed,
        "jobs_failed": child.failed,
        "claims": list[Json](child.claims),
        "started_ms": int((time.time() - age) * 1000),
        "environment": next((job.environment for job in child.jobs.values()), None),
    }


class Departed:
    """The rows of workers that are gone, until the scout has written them: nobody else would end them."""

    def __init__(self) -> None:
        self.rows: dict[str, JsonObject] = {}

    def add(self, row: JsonObject) -> None:
        """Of too many the oldest is forgotten; the database removes it after a day."""
        self.rows[text(row, "worker_id")] = row
        if len(self.rows) > MOST_DEPARTED:
            del self.rows[next(iter(self.rows))]

    def hear_told(self, message: JsonObject) -> bool:
        """False when the message makes no sense."""
        for worker in strings(message, "workers"):
            self.rows.pop(worker, None)
        return isinstance(message.get("workers"), list)

    def as_json(self) -> list[Json]:
        return list(self.rows.values())
