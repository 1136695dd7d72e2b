"""Asking one environment for work, so that an unanswered question never takes a job twice."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from poolmgr.domain.errors import StoreError, StoreUnreachable
from poolmgr.domain.jobs import Claim, JobKind, Token
from poolmgr.domain.ports import Queue
from poolmgr.workers.trouble import Trouble, boottime, within

DOUBT_SECONDS = 60.0
"""Nothing between us and a database holds a call back for longer: gateways give up after 30 to 60 s."""


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
    Answered with nothing, it may still be on its way a first time: `doubted` stays the id of the questions
    after it for a while, or until it brings something; then a late one takes nothing that nobody knows of.
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
        self.doubted = ""
        self.doubted_until = 0.0
        self.asking = asyncio.Lock()
        self.resting = asyncio.Event()
        self.pause_seconds = 0.0

    async def ask(self, kinds: Sequence[JobKind], how_many: int) -> Found:
        """Nothing found and no answer look the same here; `resting` tells them apart."""
        async with self.asking:
            question = self.pending or self.new_question(kinds, how_many)
            self.pending = question
            try:
                found = await self.answer(question)
            except StoreUnreachable as error:
                self.doubted, self.doubted_until = question.claim_id, self.clock() + DOUBT_SECONDS
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

    def new_question(self, kinds: Sequence[JobKind], how_many: int) -> Question:
        if self.clock() >= self.doubted_until:
            self.doubted = ""
        claim_id = self.doubted or str(uuid4())
        return Question(claim_id=claim_id, kinds=tuple(kinds), how_many=how_many, sent=self.clock())

    async def answer(self, question: Question) -> Found:
        claims = await within(
            self.answer_seconds,
            self.queue.claim(question.claim_id, question.kinds, self.worker, self.host, question.how_many),
        )
        if not claims or question.claim_id != self.doubted:
            return Found(claims=tuple(claims), confirmed=question.sent)
        sent = self.clock()
        renewals = await within(self.answer_seconds, self.queue.renew([claim.token for claim in claims]))
        self.doubted = ""
        held: set[Token] = {renewal.token for renewal in renewals if renewal.held}
        return Found(claims=tuple(claim for claim in claims if claim.token in held), confirmed=sent)

    def rest(self, seconds: float) -> None:
        self.pause_seconds = seconds
        self.resting.set()
