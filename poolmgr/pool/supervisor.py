"""The parent: one thread that forks, watches and decides, and waits for nothing but its selector.

It knows no kind of work: a child is whatever its spec's target does, as long as it speaks the messages of
`domain.messages`. The loop is a table of contents; what a step means is one module away.
"""

import os
import random
import selectors
import signal
import sys
import time
from contextlib import ExitStack, suppress
from functools import partial

from poolmgr.config.settings import Settings
from poolmgr.domain.errors import PoolError
from poolmgr.pool import control, leftovers, lock, signals
from poolmgr.pool.admission import Admission
from poolmgr.pool.answering import Answering
from poolmgr.pool.balance import Balance
from poolmgr.pool.burial import Burial
from poolmgr.pool.children import Child, fork
from poolmgr.pool.departure import Departure
from poolmgr.pool.hearing import Hearing, named
from poolmgr.pool.judging import drain_limit_seconds, due_at, reason_to_kill
from poolmgr.pool.kernel import adopt_orphans, check_one_thread, raise_descriptor_limit, state_of
from poolmgr.pool.places import Place
from poolmgr.pool.preload import preload
from poolmgr.pool.relief import Relief
from poolmgr.pool.reloading import Reloading
from poolmgr.pool.reloads import Crews, Reload
from poolmgr.pool.state import State
from poolmgr.pool.telling import Telling
from poolmgr.pool.terminal import has_terminal
from poolmgr.telemetry.events import emit, subscribe
from poolmgr.telemetry.systemd import Notifier

LONGEST_WAIT_SECONDS = 1.0
STOPPED = "T"
"""In /proc: such a process does not even hear that it should write down where it stands."""

LEAVING = (signal.SIGTERM, signal.SIGINT)


class Supervisor:
    """Keeps the children of `crew(settings)` alive until it is told to stop."""

    def __init__(self, *, crew: Crews, settings: Settings, reload: Reload) -> None:
        self.state = State.at_start(settings)
        self.selector = selectors.DefaultSelector()
        self.notifier = Notifier.from_environ(os.environ)
        self.hearing = Hearing(self.state)
        self.burial = Burial(self.state, self.hearing, self.selector)
        self.admission = Admission(self.state, self.state.resources)
        self.relief = Relief(self.state, self.state.resources, self.send_away)
        self.balance = Balance(self.state)
        self.reloading = Reloading(self.state, crew, reload, self.notifier, self.send_away)
        self.answering = Answering(self.state, self.reloading, self.leave)
        self.telling = Telling(self.state, self.hearing, self.notifier)
        self.turned_at = self.state.now
        self.had_terminal = has_terminal()
        self.killed_any = False

    def run(self) -> int:
        """The exit code, 1 when the way out needed force. Raises PoolError only before the first fork."""
        with ExitStack() as stack:
            self.open(stack)
            while not self.is_over():
                self.turn()
        return int(self.killed_any)

    def turn(self) -> None:
        self.listen()
        self.burial.reap()
        self.judge()
        self.measure()
        self.fill()
        self.balance.rebalance()
        self.tell()

    def open(self, stack: ExitStack) -> None:
        stack.callback(self.state.resources.close)
        path = self.state.settings.pool.control_path()
        stack.enter_context(lock.locked(path))
        stack.callback(subscribe(self.state.tally))
        stack.callback(subscribe(self.state.decisions))
        stack.callback(self.selector.close)
        crew = self.reloading.crew(self.state.settings)
        modules = preload(crew.specs)
        check_one_thread()
        adopt_orphans()
        raise_descriptor_limit()
        with suppress(OSError):  # nobody reads it: then nobody reads it twice either
            sys.stdout.flush()  # what is left in the buffer would be written once by every child
        self.signals = stack.enter_context(signals.listening())
        leftovers.sweep()
        self.selector.register(self.signals, selectors.EVENT_READ, self.on_signals)
        listener = stack.enter_context(control.listening(path))
        self.control = control.Control(listener, self.selector, self.answering.answer)
        stack.callback(self.close)
        self.state.roster.rearrange(crew.specs)
        self.reloading.notice(crew)
        emit(
            "pool.started", pid=os.getpid(), children=len(crew.specs), modules=len(modules), control=str(path)
        )

    def is_over(self) -> bool:
        state = self.state
        if not state.departure or state.departure.phase != "scout" or any(state.roster.children()):
            return False
        return not self.burial.adoptees.condemned or state.now >= state.departure.closing_at

    def close(self) -> None:
        """Nobody is left at a regular end; if the loop itself failed, nobody stays either."""
        for child in self.state.roster.children():
            child.kill("the parent is ending")
            os.waitid(os.P_PIDFD, child.pidfd, os.WEXITED)
        self.control.close()
        seconds = round(time.monotonic() - self.state.started_at, 3)
        emit("pool.stopped", exit_code=int(self.killed_any), seconds=seconds)

    # Listening

    def listen(self) -> None:
        ready = self.selector.select(self.seconds_to_wait())
        self.look_at_clock()
        for key, _ in ready:
            key.data()

    def seconds_to_wait(self) -> float:
        state, now = self.state, time.monotonic()
        due = [now + LONGEST_WAIT_SECONDS, self.telling.due_at(), self.control.due_at()]
        due += [place.not_before for place in state.empty_places() if not place.refused]
        due += [state.resources.due_at(), self.balance.due_at(), state.breakers.due_at()]
        due += [due_at(child, state.settings.pool) for child in state.roster.children()]
        if state.departure:
            due.append(state.departure.due_at())
        return max(0.0, min(due) - now)

    def look_at_clock(self) -> None:
        """A parent that was itself stopped or starved judges nobody by the time it missed."""
        now = time.monotonic()
        gap, self.turned_at, self.state.now = now - self.turned_at, now, now
        if gap > LONGEST_WAIT_SECONDS + self.state.settings.pool.beat_missed_seconds / 2:
            emit("pool.paused", seconds=round(gap, 3))
            for child in self.state.roster.children():
                child.forgive(gap, now)

    def on_signals(self) -> None:
        numbers = self.signals.take()
        self.burial.died = self.burial.died or signal.SIGCHLD in numbers
        for number in numbers:
            if number in LEAVING:
                self.leave(signal.Signals(number).name)
        if signal.SIGQUIT in numbers:
            self.quit()
        if signal.SIGHUP in numbers:
            self.on_hangup()

    def on_hangup(self) -> None:
        if self.had_terminal and not has_terminal():
            self.leave("the terminal is gone")
        else:
            self.reloading.reload()

    # Judging

    def judge(self) -> None:
        state = self.state
        for child in list(state.roster.children()):
            if child.stop_at <= state.now:
                child.stop(state.now, state.settings.pool.kill_after_drain_seconds)
            if why := reason_to_kill(child, state.now, state.settings.pool):
                self.end(child, why)
            elif child.has_just_proven_itself(state.now, state.settings.pool.restart_first_seconds):
                state.breakers.proven(child.spec.kind)
        if state.departure:
            self.depart(state.departure)
        else:
            self.renew()

    def renew(self) -> None:
        """The next one where there is room for both; else the old one goes first. Of scouts there is one."""
        roster = self.state.roster
        for old in roster.succeeded():
            if old.child:
                self.send_away(old.child, old.renewed_for)
        place = roster.next_to_renew()
        if place is None or place.child is None or (place.is_scout and (roster.leaving or self.is_freeing())):
            return
        if not place.is_scout and self.admission.make_room_for_both(place):
            roster.overlap(place)
        else:
            self.send_away(place.child, place.renewed_for)
            place.renewal = "renewing"

    def end(self, child: Child, why: str) -> None:
        """One that was told to go is killed; one that got stuck first says where."""
        if child.told or child.killed_for:
            self.kill(child, why)
            return
        state = state_of(child.pid)
        emit("child.stuck", **named(child), pid=child.pid, why=why, process_state=state)
        if state == STOPPED:
            child.kill(why)
        else:
            child.abort(why, self.state.now, self.state.settings.pool.abort_seconds)

    def is_freeing(self) -> bool:
        """Whether the scout still has to free what the dead held: the next may not know that environment."""
        return self.state.releases.are_young(self.state.now, self.state.settings.queue.lease_seconds)

    def kill(self, child: Child, why: str) -> None:
        emit("child.killed", **named(child), pid=child.pid, why=why, process_state=state_of(child.pid))
        child.kill(why)
        self.killed_any = self.killed_any or self.state.departure is not None

    def send_away(self, child: Child, why: str) -> None:
        pool = self.state.settings.pool
        child.drain(self.state.now, drain_limit_seconds(child.claims, pool), pool.kill_after_drain_seconds)
        emit("child.drained", **named(child), why=why)

    # Leaving

    def leave(self, why: str) -> None:
        """Drain; told again: stop."""
        state, pool = self.state, self.state.settings.pool
        if state.departure is None:
            state.departure = Departure(began_at=state.now)
            emit("pool.draining", reason=why, deadline_seconds=pool.drain_seconds)
            self.notifier.stopping(f"draining: {state.summary()}")
            self.telling.way_out_at = state.now
        elif not state.departure.stopping:
            state.departure.stopping = True
            emit("pool.draining", reason=f"{why} again", deadline_seconds=0)
        for child in state.roster.workers():
            state.departure.send_away(child, state.now, pool)

    def quit(self) -> None:
        """Now. The leases of what was running end by themselves."""
        state = self.state
        emit("pool.draining", reason="SIGQUIT", deadline_seconds=0)
        state.departure = Departure(began_at=state.now, phase="scout", stopping=True)
        state.departure.closing_at = state.now + state.settings.pool.kill_after_drain_seconds
        for child in state.roster.children():
            child.told = "stop"
            self.kill(child, "SIGQUIT")

    def depart(self, way_out: Departure) -> None:
        state = self.state
        if way_out.advance(state.roster, state.releases, state.now, state.settings.pool):
            self.telling.tell_rows()
            self.telling.tell_figures()
            for child in state.roster.children():
                way_out.dismiss_scout(child, state.now)
            if state.releases.pending:
                emit("release.given_up", workers=len(state.releases.pending), error="no answer of the scout")

    # Filling

    def measure(self) -> None:
        state = self.state
        trees_are_new = state.resources.measure(state.roster, state.settings.server, state.now)
        self.relief.relieve(trees_are_new=trees_are_new)
        if trees_are_new:
            state.ooms.rose()  # what happened until now was not the next death

    def fill(self) -> None:
        """Forks one child a turn, so that a turn stays short."""
        if place := self.admission.next_place():
            self.start(place)

    def start(self, place: Place) -> None:
        state = self.state
        try:
            child = fork(
                place.spec,
                state.identity.next_worker(),
                state.now,
                self.balance.first_claims(place.spec),
                state.pausing.all,
            )
        except (OSError, PoolError) as error:
            place.quick_deaths += 1
            place.wait(state.now, state.settings.pool, random.uniform, was_ready=False)
            emit("child.not_forked", name=place.spec.name, error=str(error))
            return
        place.child = child
        state.breakers.started(place.spec.kind, place.spec.name)
        self.burial.adoptees.child_started(child.pid)
        self.selector.register(child.pidfd, selectors.EVENT_READ, partial(self.burial.bury_if_dead, child))
        emit("child.started", **named(child), pid=child.pid, why=self.admission.reason or None)
        if place.restarts:
            emit("child.replaced", **named(child), restarts=place.restarts)

    # Telling

    def tell(self) -> None:
        self.telling.tell()
        self.control.drop_idle(self.state.now)
        for child in self.state.roster.children():
            child.pipe.watch(self.selector, partial(self.on_pipe, child))

    def on_pipe(self, child: Child) -> None:
        self.hearing.listen_to(child, self.state.now)
