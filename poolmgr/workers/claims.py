"""Asking one environment for work, so that an unanswered question never takes a job twice."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from poolmgr.domain.errors import StoreError, StoreUnreachable
from poolmgr.domain.jobs import Claim, JobKind, Token
from poolmgr.domain.ports import Queue
from poolmgr.workers.trouble import Trouble, boottime, within


@dataclass(frozen=True, kw_only=True)
class Question:
    """One claim as it was first asked; `sent` counts its leases from before the first call."""

    claim_id: str
    kinds: tuple[JobKind, ...]
    how_many: int
    sent: float


@dataclass(frozen=True, kw_only=True)
class Found:
    """Claims that are ours, confirmed at `confirmed`."""

    claims: tuple[Claim, ...] = ()
    confirmed: float = 0.0


class Claimer:
    """Claims for one child in one environment; one question at a time.

    After an error `resting` is set: leave the environment alone for `pause_seconds`. A question whose
    answer was lost is asked again under the same id, and what it brings is renewed before it is believed.
    """

    def __init__(
        self,
        queue: Queue,
        worker: str,
        host: str,
        answer_seconds: float,
        trouble: Trouble,
        clock: Callable[[], float] = boottime,
    ) -> None:
        self.queue = queue
        self.worker = worker
        self.host = host
        self.answer_seconds = answer_seconds
        self.trouble = trouble
        self.clock = clock
        self.pending: Question | None = None
        self.asking = asyncio.Lock()
        self.resting = asyncio.Event()
        self.pause_seconds = 0.0

    async def ask(self, kinds: Sequence[JobKind], how_many: int) -> Found:
        """Nothing found and no answer look the same here; `resting` tells them apart."""
        async with self.asking:
            repeated = self.pending
            question = repeated or Question(
                claim_id=str(uuid4()), kinds=tuple(kinds), how_many=how_many, sent=self.clock()
            )
            self.pending = question
            try:
                found = await self.answer(question, repeated=repeated is not None)
            except StoreUnreachable as error:
                self.rest(self.trouble.began(error))
                return Found()
            except StoreError as error:
                self.pending = None
                self.rest(self.trouble.began(error))
                return Found()
            self.pending = None
            self.resting.clear()
            self.trouble.over()
            return found

    async def answer(self, question: Question, *, repeated: bool) -> Found:
        claims = await within(
            self.answer_seconds,
            self.queue.claim(question.claim_id, question.kinds, self.worker, self.host, question.how_many),
        )
        if not repeated or not claims:
            return Found(claims=tuple(claims), confirmed=question.sent)
        sent = self.clock()
        renewals = await within(self.answer_seconds, self.queue.renew([claim.token for claim in claims]))
        held: set[Token] = {renewal.token for renewal in renewals if renewal.held}
        return Found(claims=tuple(claim for claim in claims if claim.token in held), confirmed=sent)

    def rest(self, seconds: float) -> None:
        self.pause_seconds = seconds
        self.resting.set()
