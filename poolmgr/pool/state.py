"""What the parent knows, in one place; the modules around it read and change it."""

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from poolmgr.config.settings import Settings
from poolmgr.domain.json import Json, JsonObject, record
from poolmgr.pool import figures
from poolmgr.pool.breakers import Breakers
from poolmgr.pool.children import Child, HeldJob
from poolmgr.pool.complaints import Complaints
from poolmgr.pool.decisions import Decisions
from poolmgr.pool.departure import Departure
from poolmgr.pool.environments import Environments
from poolmgr.pool.groups import Work, groups
from poolmgr.pool.identity import Identity
from poolmgr.pool.models import Models
from poolmgr.pool.ooms import Ooms
from poolmgr.pool.paces import Paces
from poolmgr.pool.pausing import Pausing
from poolmgr.pool.places import Place, Roster
from poolmgr.pool.releases import Releases
from poolmgr.pool.resources import Resources
from poolmgr.pool.rows import Departed
from poolmgr.telemetry.events import Tally

SCHEMA = 1


@dataclass(kw_only=True)
class State:
    """now: `time.monotonic()` of this turn. departed: rows of workers that are gone, until they are
    written. scaled: how many children of a group were asked for, instead of what is configured.
    notices: what this pool does not do, and why; lacks: what keeps a whole group from its work."""

    settings: Settings
    identity: Identity
    releases: Releases
    resources: Resources
    paces: Paces = field(default_factory=Paces)
    models: Models = field(default_factory=Models)
    allocation: JsonObject | None = None
    breakers: Breakers = field(default_factory=Breakers)
    ooms: Ooms = field(default_factory=Ooms)
    scaled: dict[str, int] = field(default_factory=dict)
    pausing: Pausing = field(default_factory=Pausing)
    roster: Roster = field(default_factory=Roster)
    environments: Environments = field(init=False)
    tally: Tally = field(default_factory=Tally)
    decisions: Decisions = field(default_factory=Decisions)
    departure: Departure | None = None
    departed: Departed = field(default_factory=Departed)
    complaints: Complaints = field(default_factory=Complaints)
    notices: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    now: float = field(default_factory=time.monotonic)
    started_at: float = field(default_factory=time.monotonic)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self.environments = Environments(self.pausing)

    @classmethod
    def at_start(cls, settings: Settings) -> "State":
        pool, now = settings.pool, time.monotonic()
        kept = figures.load(pool.data_path())
        return cls(
            settings=settings,
            resources=Resources(settings, kept, now),
            paces=Paces.from_json(record(kept, "paces")),
            identity=Identity.of_this_process(pool.worker_prefix, pool.host_name()),
            releases=Releases(pool.release_repeat_seconds),
        )

    def work(self) -> Work:
        """What waits, and how long it will take."""
        return Work(ready=self.ready(), seconds=self.paces.seconds)

    def ready(self) -> "Counter[str]":
        """Jobs that wait and may be begun, by kind."""
        return self.environments.ready_by_kind()

    def figures(self) -> JsonObject:
        """What is kept over a restart of the pool."""
        return {"schema": 1, "costs": self.resources.costs.as_json(), "paces": self.paces.as_json()}

    def is_dead(self, worker: str) -> bool:
        """Whether it was a child of ours and is not any more."""
        living = {child.worker for child in self.roster.children()}
        return self.identity.named(worker) and worker not in living

    def empty_places(self) -> list[Place]:
        """Places that want a child, now or later; on the way out only the scout's."""
        way_out = self.departure
        empty = [place for place in self.roster.places if place.child is None]
        if way_out is not None:
            return [one for one in empty if one.is_scout and way_out.may_replace_scout]
        return [one for one in empty if not self.breakers.forbids(one.spec.kind, self.now)]

    def all_have_booted(self) -> bool:
        """Each ready, or it has had its time, or it does not fit: none may hold up the service."""
        alive = self.now - self.started_at
        return all(
            place.is_ready
            or place.refused
            or self.breakers.forbids(place.spec.kind, self.now)
            or alive > place.spec.boot_limit_seconds
            for place in self.roster.places
        )

    def summary(self) -> str:
        """One line for `systemctl status`: `1 busy, 3 idle`, and what a person has to do."""
        states = sorted(child.state for child in self.roster.children())
        counts = [f"{states.count(state)} {state}" for state in dict.fromkeys(states)]
        return "; ".join((", ".join(counts) or "no child", *self.lacks))

    def as_json(self) -> JsonObject:
        """The answer to `status`."""
        return {
            "schema": SCHEMA,
            "pid": os.getpid(),
            "worker_prefix": self.settings.pool.worker_prefix,
            "started_at": self.started.isoformat(timespec="seconds"),
            "state": "draining" if self.departure else "running",
            "children": list[Json](place_rows(self.roster.all_places(), self.now)),
            "environments": self.environments.as_json(self.now, self.complaints.sentences),
            "pauses": self.pausing.as_json(),
            "problems": list[Json](problems(self)),
            "kinds": self.breakers.as_json(self.now),
            "capacity": self.resources.as_json(self.roster, self.settings.server),
            "allocation": self.allocation,
            "paces": self.paces.as_json(),
            "models": self.models.as_json(),
            "notices": list[Json](self.notices),
            "releases_pending": len(self.releases.pending),
            "events": dict[str, Json](self.tally.counts),
        }


def problems(state: State) -> Iterator[str]:
    """What keeps the pool from doing all that it is there for; nothing when it is well."""
    yield from state.lacks
    for name, environment in state.environments.known.items():
        if environment.outage:
            yield f"{name} does not answer: {environment.outage}"
    for kind, breaker in state.breakers.of.items():
        if breaker.state != "closed":
            yield f"{kind} children die at their start: {breaker.evidence}"
    for group in groups(state.roster, state.work()).values():
        idle = [child for child in group.staying if child.state in ("booting", "idle", "busy")]
        if idle and all(child.trouble for child in idle):
            yield f"no {group.kind} child takes jobs: {idle[0].trouble}"
        elif group.starves:
            refused = next((place.refused for place in group.places if place.refused), "none is running")
            yield f"{group.ready} jobs wait and no {group.kind} child is there: {refused}"


def place_rows(places: Iterable[Place], now: float) -> list[JsonObject]:
    """A place without a child has pid null: it waits for its restart."""
    return [
        spec_row(place) | (child_row(place.child, now) if place.child else empty_row(place, now))
        for place in places
    ]


def spec_row(place: Place) -> JsonObject:
    return {
        "name": place.spec.name,
        "kind": place.spec.kind,
        "claims": list[Json](place.spec.claims),
        "restarts": place.restarts,
        "last_exit": place.last_exit,
    }


def child_row(child: Child, now: float) -> JsonObject:
    return {
        "pid": child.pid,
        "claims": list[Json](child.claims),
        "worker": child.worker,
        "state": child.state,
        "jobs": [job_row(job, now) for job in child.jobs.values()],
        "seconds": round(now - child.started_at, 3),
        "completed": child.completed,
        "failed": child.failed,
        "nonsense": child.nonsense + child.pipe.inbox.dropped,
        "lost": child.pipe.lost,
        "restart_in_seconds": None,
        "trouble": child.trouble or None,
        "refused": None,
    }


def job_row(job: HeldJob, now: float) -> JsonObject:
    return {
        "environment": job.environment,
        "kind": job.kind,
        "row": job.row,
        "seconds": round(now - job.since, 3),
    }


def empty_row(place: Place, now: float) -> JsonObject:
    return {
        "pid": None,
        "worker": None,
        "state": "stopped",
        "jobs": [],
        "seconds": 0.0,
        "completed": 0,
        "failed": 0,
        "nonsense": 0,
        "lost": 0,
        "restart_in_seconds": round(max(0.0, place.not_before - now), 3),
        "trouble": None,
        "refused": place.refused or None,
    }
