"""Outcomes that are settled in the same moment go to the database as one call."""

import asyncio
from dataclasses import dataclass

from poolmgr.domain.errors import PoolError, Refused, StoreError
from poolmgr.domain.json import Json, JsonObject, text
from poolmgr.domain.ports import Database
from poolmgr.stores.answers import one_word

MOST_AT_ONCE = 20
"""Each may carry a megabyte of text."""

REFUSED = "refused: "


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """answer: `applied`, `already` or `lost`."""

    token: str
    outcome: JsonObject
    answer: "asyncio.Future[str]"

    def give(self, answer: str) -> None:
        """Whoever asked may have gone."""
        if self.answer.done():
            return
        if answer.startswith(REFUSED):
            sentence = answer.removeprefix(REFUSED)
            self.answer.set_exception(Refused(f"pool_settle: the database refused the data: {sentence}"))
        else:
            self.answer.set_result(answer)

    def fail(self, error: PoolError) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Settling:
    """Nobody waits for company: what is asked for in one turn of the event loop goes out at its end."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.waiting: list[Settlement] = []
        self.sending: set[asyncio.Task[None]] = set()

    async def settle(self, token: str, outcome: JsonObject) -> str:
        """Raises what a call raises; Refused for an outcome that the database cannot hold."""
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.waiting.append(Settlement(token=token, outcome=outcome, answer=answer))
        if len(self.waiting) == 1:
            self.start()
        return await answer

    def start(self) -> None:
        task = asyncio.create_task(self.send())
        self.sending.add(task)
        task.add_done_callback(self.sending.discard)

    async def send(self) -> None:
        batch, self.waiting = self.waiting[:MOST_AT_ONCE], self.waiting[MOST_AT_ONCE:]
        if self.waiting:
            self.start()
        if len(batch) == 1:
            await self.send_one(batch[0])
            return
        try:
            await self.send_many(batch)
        except Refused:
            # The arguments as a whole are no JSON that the database takes: one by one says whose fault it is.
            await asyncio.gather(*(self.send_one(one) for one in batch))
        except PoolError as error:
            for one in batch:
                one.fail(error)

    async def send_one(self, one: Settlement) -> None:
        try:
            word = await one_word(self.database, "pool_settle", {"token": one.token, "outcome": one.outcome})
        except PoolError as error:
            one.fail(error)
        else:
            one.give(word)

    async def send_many(self, batch: list[Settlement]) -> None:
        told: list[Json] = [{"token": one.token, "outcome": one.outcome} for one in batch]
        rows = await self.database.call("pool_settle_many", {"settlements": told})
        answers = {text(row, "token"): text(row, "answer") for row in rows}
        for one in batch:
            if word := answers.get(one.token):
                one.give(word)
            else:
                one.fail(StoreError(f"pool_settle_many answered nothing for {one.token}."))
