"""What happened, by name, with fields: logic emits, telemetry alone turns it into lines and numbers.

| event | level | fields |
|---|---|---|
| pool.started, pool.ready | info | worker_prefix, children, … |
| pool.draining, pool.stopped | info | reason, deadline_seconds; exit_code, seconds |
| pool.reloaded, pool.reload_refused | info, error | changed, recycled, needs_restart; error |
| pool.paused | warning | seconds: the parent itself got no time, so it judges nobody by them |
| pool.pressed, pool.relieved | warning, info | why: memory is short, and is free again |
| bookings.alone, figures.lost | warning | error: other pools are not seen; figures are not kept |
| child.started, child.ready | info | name, worker, pid, why; seconds |
| child.refused | info | name, cause, why: it does not fit, with numbers; said when the cause changes |
| pool.rebalanced, child.mode | info | index, acte, both, total, why; name, worker, mode, why |
| child.stale | info | name, worker, why: it is replaced between jobs |
| child.exited | info or warning | name, worker, pid, evidence, state, jobs, crashed, last_event, last_job |
| child.stuck, child.killed | warning | name, worker, pid, why, process_state |
| child.stack | warning | name, worker, thread, cause, frames: where it stood when it died |
| kind.broken, kind.probing, kind.mended | warning, info, info | kind, deaths, seconds, why: all of it die |
| child.failed | error | worker, error, traceback: an exception that nobody caught |
| child.stray | warning | name, worker, error, traceback: of a task that nobody waited for |
| child.replaced, child.delayed | info, warning | name, worker, restarts; seconds, deaths |
| child.drained, child.not_forked | info, error | name, worker, why; error |
| child.troubled, child.untroubled | warning, info | name, worker, error: why it takes no jobs |
| work.paused, work.resumed | info | environment, kind, why: who asked for it |
| pool.scaled, environment.retired | info | group, before, children, why; environment, why |
| pool.notice | warning | error: what is not done here, and why |
| child.nonsense | warning | name, worker, lines: said at 1, 10, 100, … |
| browser.started | info | name, worker, version, sandboxed |
| account.refused | warning | name, worker, account, error: the site's own words |
| accounts.spent | warning | name, worker, registry, error: the limit of a day that all of them reached |
| limits.alone, limits.shared | warning, info | name, worker, error: each machine keeps to its part |
| registry.banned, registry.served | warning, info | registry, bans; seconds, why, error: its own words |
| purchase.secured | info | name, worker, environment, row, purchase, cents, account, pages |
| purchase.not_sold, purchase.unknown, purchase.void | info, warning, warning | the same; error |
| purchase.recovered | info | environment, row, purchase: a dead buyer's file was told to the ledger |
| release.pending, release.done | info | worker, reason, crashed; count |
| release.given_up | warning | workers, error: said at the end; rescue frees them by their leases |
| leftover.killed | warning | pid, worker: of a pool that was killed |
| adoptee.killed, adoptee.reaped, adoptee.unknown | warning, debug, warning | pid, worker, evidence |
| job.claimed, job.settled | info | name, worker, environment, kind, row, attempt; outcome, seconds, error |
| job.failed, job.stuck | warning | as job.claimed; error, traceback |
| failure.kept, failure.lost | info, warning | as job.claimed; folder: what its pages showed; error |
| job.orphaned | warning | as job.claimed; evidence: how its worker ended, who is freed of it |
| job.lost | warning | as job.claimed; outcome: not written; reason |
| job.rescued | warning | environment, kind, row, owner: who left it behind; reason |
| environment.down, environment.up | warning, info | environment, error |
| environment.configured | info | environment, differed |
| environment.slow, environment.quick | warning, info | environment, error |
| environment.troubled, environment.untroubled | warning, info | environment, call, error: not the scout's |
| claim.unanswered, claim.answered | debug | name, worker, environment, error: of one child |
| … of renewal, settle, rescue, release, worker_beat, hints, spool, budgets as of claim | | |
| budget.reached, budget.free | warning, info | environment, registry, limit_cents, reserved_cents, … |
| claim.not_given_back, release.late | warning, info | environment, error; worker, count |
| mode.refused, message.unknown | warning | error; message |
| redis.down, redis.up | warning, info | name, worker, error: nothing is shown there meanwhile |
| cost.unanswered, cost.answered | debug | name, worker, environment, error: costs are not noted there |
| model.down, model.up | warning, info | error: Gemini does not serve this child |
| model.refused | warning | model, window, retry_seconds, error: a limit is spent |
| models.spent, models.free | warning, info | cad, error: the day's money for models is reached |
| use.unanswered, use.answered | debug | error: how much of the limits is used cannot be seen |
| quota.alone, quota.shared | warning, info | error: Redis is away, each process keeps to its part |
| page.doubtful, page.offline | warning | row, page, error: what is doubtful; why the model did not read it |
| second_call.failed | warning | row, error: nothing was proposed for a document's doubtful rows |
| upload.left, upload.unswept, upload.swept | warning, debug, info | file, error; error; count |
| stack.starting | info | step |
| control.refused, systemd.unreachable, log.lost | warning | error; lines |

An event that is not in the table is an info, or a warning when it has an `error`.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from poolmgr.domain.json import Json, JsonObject

Level = Literal["debug", "info", "warning", "error"]

CHILD_MARKER = "POOL_CHILD"
"""Environment variable of every process below a child: the worker id it belongs to."""

LEVELS: Mapping[str, Level] = MappingProxyType(
    {
        "pool.reload_refused": "error",
        "pool.paused": "warning",
        "pool.pressed": "warning",
        "child.stuck": "warning",
        "child.killed": "warning",
        "child.stack": "warning",
        "kind.broken": "warning",
        "child.failed": "error",
        "child.delayed": "warning",
        "child.not_forked": "error",
        "child.nonsense": "warning",
        "registry.banned": "warning",
        "purchase.not_sold": "info",
        "purchase.unknown": "warning",
        "leftover.killed": "warning",
        "adoptee.killed": "warning",
        "adoptee.reaped": "debug",
        "adoptee.unknown": "warning",
        "job.settled": "info",
        "job.orphaned": "warning",
        "job.lost": "warning",
        "job.rescued": "warning",
        "message.unknown": "warning",
        "environment.down": "warning",
        "budget.reached": "warning",
        "upload.unswept": "debug",
        "control.refused": "warning",
        "systemd.unreachable": "warning",
    }
)

OF_ONE_CHILD = (".unanswered", ".answered")
"""Each child says it for itself; the parent says once what it means for an environment."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """`at` is seconds since 1970. relayed: the child it comes from has logged it itself."""

    name: str
    fields: JsonObject
    at: float
    relayed: bool = False

    @property
    def level(self) -> Level:
        if self.fields.get("crashed") is True:
            return "warning"
        if self.name.endswith(OF_ONE_CHILD):
            return "debug"
        return LEVELS.get(self.name, "warning" if self.fields.get("error") else "info")


Subscriber: TypeAlias = Callable[[Event], None]

# The one list that belongs to the process and not to an object: who listens is decided where the
# command starts, and passing it through every function would put telemetry into every signature.
subscribers: list[Subscriber] = []


def subscribe(subscriber: Subscriber) -> Callable[[], None]:
    """From now on `subscriber` hears every event; the answer ends that."""
    subscribers.append(subscriber)
    return lambda: subscribers.remove(subscriber)


# For the same reason: who this process is, which each of its events says.
speaker: JsonObject = {}


def speak_as(**fields: Json) -> None:
    """From now on each event of this process carries these fields: a child's name and worker."""
    speaker.update(fields)


def emit(name: str, /, **fields: Json) -> None:
    spread(Event(name=name, fields={**speaker, **fields, **speaker}, at=time.time()))


def relay(name: str, /, **fields: Json) -> None:
    """What a child told of itself: for whoever counts and decides here; it is in the log already."""
    spread(Event(name=name, fields=fields, at=time.time(), relayed=True))


def spread(event: Event) -> None:
    for subscriber in tuple(subscribers):
        subscriber(event)


class Tally:
    """A subscriber that counts events by name; names beyond `most_names` count together as `other`."""

    def __init__(self, most_names: int = 500) -> None:
        self.counts: dict[str, int] = {}
        self.most_names = most_names

    def __call__(self, event: Event) -> None:
        self.add(event.name)

    def add(self, name: str) -> None:
        if name not in self.counts and len(self.counts) >= self.most_names:
            name = "other"
        self.counts[name] = self.counts.get(name, 0) + 1
