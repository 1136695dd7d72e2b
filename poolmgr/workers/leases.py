"""Whether a claim is still ours: renewed beside the jobs, given up when nobody confirms it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from poolmgr.domain.errors import StoreError, StoreUnreachable
from poolmgr.domain.jobs import Renewal, Token
from poolmgr.domain.ports import Queue
from poolmgr.workers.trouble import Pauses, Trouble, boottime, within

LOOKS_BEFORE_THE_FENCE = 4


@dataclass(frozen=True, kw_only=True)
class LeaseClocks:
    """Seconds; renew < self_fence < the lease itself. An answer is not waited for longer than `answer`."""

    renew: float
    self_fence: float
    answer: float
    pauses: Pauses = field(default_factory=Pauses)


class Leases:
    """The tokens one child holds in one environment.

    `lost(token, reason)` is called once for a token that is not ours any more; from then on nothing is
    written for it. Confirmed is counted from *before* a call was sent, on a clock that runs while we sleep.
    """

    def __init__(
        self,
        queue: Queue,
        clocks: LeaseClocks,
        lost: Callable[[Token, str], None],
        trouble: Trouble,
        clock: Callable[[], float] = boottime,
    ) -> None:
        self.queue = queue
        self.clocks = clocks
        self.lost = lost
        self.trouble = trouble
        self.clock = clock
        self.confirmed: dict[Token, float] = {}

    def hold(self, token: Token, confirmed: float) -> None:
        self.confirmed[token] = confirmed

    def drop(self, token: Token) -> None:
        self.confirmed.pop(token, None)

    def believed(self, token: Token) -> bool:
        """May something be written in this token's name now?"""
        confirmed = self.confirmed.get(token)
        return confirmed is not None and self.recent(confirmed)

    def recent(self, confirmed: float) -> bool:
        return self.clock() - confirmed < self.clocks.self_fence

    async def keep(self) -> None:
        """Renews until cancelled; after a failure sooner than usual."""
        while True:
            pause_seconds = await self.renew()
            await asyncio.sleep(pause_seconds)

    async def watch(self) -> None:
        """Stops jobs whose lease nobody confirmed in time, until cancelled."""
        while True:
            for token in [token for token in self.confirmed if not self.believed(token)]:
                self.give_up(token, "not confirmed in time")
            await asyncio.sleep(min(1.0, self.clocks.self_fence / LOOKS_BEFORE_THE_FENCE))

    async def renew(self) -> float:
        """One call for all tokens; seconds until the next."""
        tokens = list(self.confirmed)
        if not tokens:
            return self.clocks.renew
        try:
            await self.confirm(tokens)
        except (StoreUnreachable, StoreError) as error:
            return min(self.clocks.renew, self.trouble.began(error))
        self.trouble.over()
        return self.clocks.renew

    async def confirm(self, tokens: list[Token]) -> list[Renewal]:
        """Raises StoreError or StoreUnreachable; then nothing is known, and nothing was changed here."""
        sent = self.clock()
        answers = await within(self.clocks.answer, self.queue.renew(tokens))
        for answer in answers:
            if answer.token not in self.confirmed:
                continue
            if answer.held:
                self.confirmed[answer.token] = sent
            else:
                self.give_up(answer.token, answer.reason or "not held")
        return answers

    def give_up(self, token: Token, reason: str) -> None:
        self.drop(token)
        self.lost(token, reason)
