"""What the parent says, once a turn: to idle children, to the scout, to systemd."""

import math

from poolmgr.domain.json import JsonObject, text
from poolmgr.pool.children import Child, ChildState
from poolmgr.pool.hearing import Hearing
from poolmgr.pool.places import Roster
from poolmgr.pool.resources import sized
from poolmgr.pool.rows import living_row
from poolmgr.pool.state import State
from poolmgr.pool.waking import Sleeper, choose
from poolmgr.telemetry.events import emit
from poolmgr.telemetry.systemd import Notifier

FIGURES_SECONDS = 60.0
WAY_OUT_SECONDS = 1.0
MARGIN_SECONDS = 10.0
"""For the scout's last words, and for a machine that is busy."""


class Telling:
    """rows_at, watchdog_at: when worker_status and the watchdog are due."""

    def __init__(self, state: State, hearing: Hearing, notifier: Notifier) -> None:
        self.state = state
        self.hearing = hearing
        self.notifier = notifier
        self.rows_at = self.watchdog_at = state.now
        self.figures_at = state.now + FIGURES_SECONDS
        self.said_ready = False
        self.way_out_at = state.now

    def tell(self) -> None:
        state = self.state
        self.wake()
        if scout := self.scout():
            state.releases.say(scout.pipe, state.now)
        if state.now >= self.rows_at:
            self.rows_at = state.now + state.settings.queue.beat_seconds
            self.tell_rows()
            self.tell_figures()
            self.tell_calm()
            self.tell_status()
            self.tell_complaints()
        self.tell_ready()
        self.tell_way_out()
        self.keep_watchdog()

    def scout(self) -> Child | None:
        """One that reads what it is sent."""
        scout = self.state.roster.scout()
        return scout if scout and scout.pipe.is_read else None

    def wake(self) -> None:
        """As many children as there is work; on the way out nobody begins anything."""
        demand = self.hearing.take_demand()
        if not demand or self.state.departure:
            return
        able: dict[str, Child] = {one.worker: one for one in self.listening("idle", "busy")}
        sleepers = [
            Sleeper(worker=worker, claims=one.claims, woken_at=one.woken_at, busy=one.state == "busy")
            for worker, one in able.items()
        ]
        for worker in choose(sleepers, demand):
            able[worker].pipe.send("wake")
            able[worker].woken_at = self.state.now

    def tell_rows(self) -> None:
        """worker_status: who lives, and who died, until that is written."""
        if scout := self.scout():
            workers = self.state.roster.workers()
            alive = [one for one in workers if one.ready_at is not None and not one.killed_for]
            rows = [{**living_row(one), **self.booking_of(one)} for one in alive]
            reason = text(self.state.allocation or {}, "why")
            scout.pipe.send("workers", workers=[*self.state.departed.as_json(), *rows], reason=reason)

    def booking_of(self, child: Child) -> JsonObject:
        resources, server = self.state.resources, self.state.settings.server
        return sized(resources.booking(self.state.roster.place_of(child), server))

    def tell_figures(self) -> None:
        """What was measured, for the next life of this pool."""
        leaving = self.state.departure is not None
        if (scout := self.scout()) and (leaving or self.state.now >= self.figures_at):
            self.figures_at = self.state.now + FIGURES_SECONDS
            scout.pipe.send("figures", figures=self.state.figures())

    def tell_calm(self) -> None:
        """To idle children while the scout sees every environment: they need not ask by themselves."""
        if self.scout() and self.hearing.environments.all_answer():
            for child in self.listening("idle"):
                child.pipe.send("calm")

    def listening(self, *states: ChildState) -> list[Child]:
        """Workers in one of these states that read what they are sent."""
        workers = self.state.roster.workers()
        return [child for child in workers if child.state in states and child.pipe.is_read]

    def tell_ready(self) -> None:
        if not self.said_ready and not self.state.departure and self.state.all_have_booted():
            self.said_ready = True
            emit("pool.ready", seconds=round(self.state.now - self.state.started_at, 3))
            self.notifier.ready(self.state.summary())

    def tell_status(self) -> None:
        if self.said_ready and not self.state.departure:
            self.notifier.status(self.state.summary())

    def tell_way_out(self) -> None:
        """How far the drain is, and that it takes so long: else systemd's patience might end before ours."""
        way_out, now = self.state.departure, self.state.now
        if way_out and now >= self.way_out_at:
            self.way_out_at = now + WAY_OUT_SECONDS
            left = way_out.left_seconds(self.state.roster, now)
            self.notifier.status(progress(self.state.roster, left))
            patience = self.state.settings.pool.kill_after_drain_seconds + MARGIN_SECONDS
            self.notifier.extend_timeout(left + patience)

    def tell_complaints(self) -> None:
        queue = self.state.settings.queue
        living = {child.worker for child in self.state.roster.children()}
        patience = queue.call_timeout_seconds + queue.depth_idle_seconds
        self.state.complaints.judge(living, self.state.environments.down(), self.state.now, patience)

    def keep_watchdog(self) -> None:
        """From the turn that has just judged and filled: a loop that hangs says nothing."""
        if self.notifier.watchdog_seconds and self.state.now >= self.watchdog_at:
            self.notifier.watchdog()
            self.watchdog_at = self.state.now + self.notifier.watchdog_seconds / 2

    def due_at(self) -> float:
        releases = self.state.releases.due_at() if self.scout() else math.inf
        watchdog = self.watchdog_at if self.notifier.watchdog_seconds else math.inf
        return min(self.rows_at, releases, watchdog)


def progress(roster: Roster, left_seconds: float) -> str:
    """`draining: 3 children left, 2 jobs in hand, at most 87 s more`."""
    workers = roster.workers()
    jobs = sum(len(child.jobs) for child in workers)
    return f"draining: {len(workers)} children left, {jobs} jobs in hand, at most {left_seconds:.0f} s more"
