"""Asking the environments for work, each in its turn, and none for longer than patience lasts."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from poolmgr.domain.jobs import JobKind
from poolmgr.domain.turns import Turns
from poolmgr.workers.jobs import Job, Place
from poolmgr.workers.tasks import Tasks


@dataclass(frozen=True, kw_only=True)
class Wants:
    """What a child would take now: jobs of which kinds, and for how many of them it has room."""

    kinds: Sequence[JobKind]
    room: int


class Asking:
    """One question at a time to each environment.

    An answer that comes when nobody waits for it any more counts all the same: its jobs are begun while
    there is room, and go back at once when there is none. An environment in trouble is asked beside the
    others, after each of its pauses.

    begin: takes a job, confirmed at that moment. wake: there may be more to ask for.
    """

    def __init__(
        self,
        places: Sequence[Place],
        turns: Turns,
        *,
        patience_seconds: float,
        wants: Callable[[], Wants],
        begin: Callable[[Job, float], None],
        wake: Callable[[], None],
        tasks: Tasks,
    ) -> None:
        self.places = places
        self.turns = turns
        self.patience_seconds = patience_seconds
        self.wants = wants
        self.begin = begin
        self.wake = wake
        self.tasks = tasks
        self.under_way: dict[Place, asyncio.Task[None]] = {}
        self.passed_over: set[Place] = set()

    async def ask_all(self) -> None:
        """In their turn, while there is room; who is silent for longer than patience is not waited for."""
        for number in self.turns.order():
            place = self.places[number]
            if place.claimer.resting.is_set() or not self.wanted(place).room:
                continue
            if place in self.under_way:
                self.passed_over.add(place)
            else:
                await asyncio.wait({self.ask(place)}, timeout=self.patience_seconds)

    async def mend(self, place: Place) -> None:
        """Asks an environment in trouble again, until it answers; for ever."""
        claimer = place.claimer
        while True:
            await claimer.resting.wait()
            await asyncio.sleep(claimer.pause_seconds)
            if place not in self.under_way and (self.wanted(place).room or claimer.pending):
                await asyncio.wait({self.ask(place)})
                if not claimer.resting.is_set():
                    self.wake()

    async def end(self) -> None:
        """Waits for what was asked already, as long as patience lasts: what it brings goes back."""
        if self.under_way:
            await asyncio.wait([*self.under_way.values()], timeout=self.patience_seconds)

    def ask(self, place: Place) -> asyncio.Task[None]:
        task = self.under_way[place] = self.tasks.start(self.take(place))
        task.add_done_callback(lambda _: self.answered(place))
        return task

    def answered(self, place: Place) -> None:
        """Whoever wanted to ask meanwhile may ask now."""
        del self.under_way[place]
        if place in self.passed_over and not place.claimer.resting.is_set():
            self.wake()
        self.passed_over.discard(place)

    async def take(self, place: Place) -> None:
        wanted = self.wanted(place)
        if not wanted.room and not place.claimer.pending:
            return
        found = await place.claimer.ask(wanted.kinds, wanted.room)
        taken = found.claims[: self.wants().room]
        if taken:
            self.turns.taken(self.places.index(place))
        for claim in taken:
            self.begin(Job(claim=claim, place=place), found.confirmed)
        if surplus := [claim.token for claim in found.claims[len(taken) :]]:
            await place.give_back(surplus, "Claimed when no slot was free.")

    def wanted(self, place: Place) -> Wants:
        """Of this environment; no room = nothing."""
        wants = self.wants()
        kinds = place.allowed(wants.kinds)
        return Wants(kinds=kinds, room=wants.room if kinds else 0)
