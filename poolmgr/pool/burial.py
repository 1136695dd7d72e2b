"""What a death means: its last words are heard, its claims go back, its place is free again."""

import random
import selectors
from datetime import UTC, datetime

from poolmgr.domain.json import Json, JsonObject
from poolmgr.pool import stacks
from poolmgr.pool.adoptees import Adoptees
from poolmgr.pool.children import Child
from poolmgr.pool.hearing import Hearing, named
from poolmgr.pool.reaping import dead_pids, reap_adoptee, reap_child
from poolmgr.pool.rows import last_row
from poolmgr.pool.state import State
from poolmgr.telemetry.events import emit

UNSENT = "signal SIGKILL"
"""Nobody can be asked who sent it."""


class Burial:
    """died: a SIGCHLD came; sweep_due: what the dead left behind may have become ours."""

    def __init__(self, state: State, hearing: Hearing, selector: selectors.BaseSelector) -> None:
        self.state = state
        self.hearing = hearing
        self.selector = selector
        self.adoptees = Adoptees(state.is_dead)
        self.died = self.sweep_due = True

    def reap(self) -> None:
        """Known children come by pidfd; once per SIGCHLD, whatever else became ours."""
        for pid in dead_pids() if self.died else ():
            if child := self.state.roster.by_pid(pid):
                self.bury_if_dead(child)
            else:
                emit("adoptee.reaped", pid=pid, evidence=reap_adoptee(pid))
                self.sweep_due = True
        self.died = False
        if self.sweep_due:
            self.adoptees.sweep({child.pid for child in self.state.roster.children()})
            self.sweep_due = False

    def bury_if_dead(self, child: Child) -> None:
        evidence = reap_child(child.pidfd)
        if evidence is None:
            return
        self.hearing.hear_last_words(child, self.state.now)
        if evidence == UNSENT and not child.killed_for and self.state.ooms.rose():
            evidence += ", the kernel was short of memory (OOM)"
        crashed = is_crash(child, evidence)
        for stack in stacks.read(child.dump):
            tell_stack(child, stack)
        end = last_exit(child, evidence, self.state.now, crashed=crashed)
        emit("child.exited", **named(child), pid=child.pid, state=child.state, jobs=len(child.jobs), **end)
        tell_orphans(child, evidence)
        self.free(child)
        if child.ready_at is not None and not child.is_scout:  # before it is ready a child claims nothing
            self.give_back(child, evidence, crashed=crashed)
        self.vacate(child, end)

    def free(self, child: Child) -> None:
        child.pipe.unwatch(self.selector)
        self.selector.unregister(child.pidfd)
        child.close()
        self.adoptees.child_buried(child.pid)
        self.sweep_due = True

    def give_back(self, child: Child, evidence: str, *, crashed: bool) -> None:
        why = f", killed by the pool: {child.killed_for}" if child.killed_for else ""
        self.state.releases.add(child.worker, f"The worker ended with {evidence}{why}.", crashed=crashed)
        self.state.departed.add(last_row(child))

    def vacate(self, child: Child, end: JsonObject) -> None:
        roster, state, kind = self.state.roster, self.state, child.spec.kind
        place = roster.place_of(child)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        for one in (place, *roster.successors(place)):
            one.last_exit = {**end, "at": at, "worker": child.worker}
        if child.told or place in roster.leaving:
            state.breakers.gone(kind, place.spec.name, state.now)
        if place in roster.leaving:
            roster.leaving.remove(place)
            return
        delay = place.vacate(child, state.now, state.settings.pool, random.uniform)
        if place.quick_deaths:
            state.breakers.died(kind, place.spec.name, str(end["evidence"]), state.now, state.settings.pool)
        if delay:
            emit("child.delayed", name=place.spec.name, seconds=round(delay, 3), deaths=place.quick_deaths)


def is_crash(child: Child, evidence: str) -> bool:
    """Whether it went unasked: an attempt of its jobs counts. Leaving in order with code 0 is no crash."""
    if child.told:
        return False
    return bool(child.killed_for) or evidence != "exit code 0"


def last_exit(child: Child, evidence: str, now: float, *, crashed: bool) -> dict[str, Json]:
    """What there is to know of an end."""
    job = child.last_job
    return {
        "evidence": evidence,
        "seconds": round(now - child.started_at, 3),
        "crashed": crashed,
        "killed_for": child.killed_for or None,
        "last_event": child.last_event or None,
        "last_job": f"{job.environment} {job.kind} {job.row}" if job else None,
    }


def tell_stack(child: Child, stack: stacks.Stack) -> None:
    frames: list[Json] = [*stack.frames]
    emit("child.stack", **named(child), thread=stack.thread, cause=stack.cause, frames=frames)


def tell_orphans(child: Child, evidence: str) -> None:
    """Jobs that it leaves behind; their story goes on with the next worker."""
    for job in child.jobs.values():
        emit(
            "job.orphaned",
            **named(child),
            environment=job.environment,
            kind=job.kind,
            row=job.row,
            attempt=job.attempt,
            evidence=evidence,
        )
