"""What a model costs: each call is noted in its environment, none is made once the day's money is spent."""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from poolmgr.domain.budgets import cad
from poolmgr.domain.errors import Spent, StoreError, StoreUnreachable
from poolmgr.domain.hours import ZONE
from poolmgr.domain.jobs import EnvironmentName, JobKind, RowId
from poolmgr.domain.json import JsonObject
from poolmgr.domain.ports import Costs
from poolmgr.domain.quota import Asker, Grant, Quota, Refusal, Usage, next_day
from poolmgr.domain.rates import MILLION, Pricing
from poolmgr.workers.trouble import Trouble

NO_ROW = RowId("00000000-0000-0000-0000-000000000000")
MOST_LINES = 1000
MICROS_A_CENT = 10_000


@dataclass(frozen=True)
class Line:
    """For what a cost is noted."""

    kind: JobKind
    row_id: RowId
    model: str


@dataclass
class Sum:
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cad_micros: int = 0


@dataclass
class Account:
    """One environment's: `total` is what today cost there by its own word (millionths of a CAD)."""

    costs: Costs
    trouble: Trouble
    total: int = 0
    lines: dict[Line, Sum] = field(default_factory=lambda: defaultdict(Sum))
    batch: str = ""
    under_way: dict[Line, Sum] = field(default_factory=dict)

    @property
    def unwritten(self) -> int:
        return sum(one.cad_micros for part in (self.lines, self.under_way) for one in part.values())

    @property
    def is_written(self) -> bool:
        return not self.lines and not self.under_way

    async def write(self) -> None:
        """What could not be written stays together under its id: it may have been written all the same."""
        if not self.under_way:
            chosen = list(self.lines)[:MOST_LINES]
            self.under_way = {line: self.lines.pop(line) for line in chosen}
            self.batch = str(uuid4())
        try:
            self.total = await self.costs.add(self.batch, [told(*one) for one in self.under_way.items()])
        except (StoreError, StoreUnreachable) as error:
            self.trouble.began(error)
            return
        self.trouble.over()
        self.under_way = {}


class Spending:
    """What the day costs, over all environments and machines: the environments' databases know it.

    They are asked, and told, every `look_seconds` while calls are made; so much later may a limit be noticed.
    The first call waits for them, no longer than that; later ones do not. One that does not answer counts
    with what it said last, and what it was not told yet.
    say: hears which environment does not take its costs, and the error; "" when it does again.
    """

    def __init__(
        self,
        costs: Mapping[EnvironmentName, Costs],
        pricing: Pricing,
        *,
        cad_a_day: float,
        look_seconds: float,
        say: Callable[[EnvironmentName, str], None],
    ) -> None:
        self.pricing = pricing
        self.limit = round(cad_a_day * MILLION)
        self.look_seconds = look_seconds
        self.accounts = {name: Account(one, Trouble(sayer(say, name))) for name, one in costs.items()}
        self.looked_at = -math.inf
        self.has_waited = False
        self.looking: asyncio.Task[None] | None = None
        self.writing: asyncio.Task[None] | None = None

    @property
    def micros(self) -> int:
        """Of today, as far as it is known here."""
        return sum(one.total + one.unwritten for one in self.accounts.values())

    async def check(self) -> None:
        """Before a call. Raises Spent until the next day of Quebec's calendar."""
        if self.limit and time.monotonic() - self.looked_at >= self.look_seconds:
            looking = self.look()
            if not self.has_waited:
                self.has_waited = True
                await asyncio.wait({looking}, timeout=self.look_seconds)
        if self.micros >= self.limit:
            raise self.spent()

    def spent(self) -> Spent:
        now = datetime.now(UTC)
        cents = [micros // MICROS_A_CENT for micros in (self.micros, self.limit)]
        return Spent(
            f"Gemini's money of the day is spent until midnight: {cad(cents[0])} of {cad(cents[1])} CAD.",
            seconds=(next_day(now, ZONE) - now).total_seconds(),
            advice="The limit is quota.cad_a_day. After raising it: registre-pool jobs retry.",
        )

    def note(self, asker: Asker, usage: Usage) -> None:
        """After a call; written a little later, with others."""
        account = self.accounts.get(asker.environment)
        if account is None:
            return
        line = account.lines[Line(asker.kind, asker.row_id or NO_ROW, usage.model)]
        line.calls += 1
        line.input_tokens += usage.input
        line.output_tokens += usage.output
        line.cad_micros += self.pricing.cad_micros(usage, datetime.now(ZONE).date())
        if self.writing is None or self.writing.done():
            self.writing = asyncio.create_task(self.write_soon())

    async def write_soon(self) -> None:
        """Until nothing is left; one who does not answer is tried again as often."""
        while not all(one.is_written for one in self.accounts.values()):
            await asyncio.sleep(self.look_seconds)
            await asyncio.wait({self.look()})

    def look(self) -> asyncio.Task[None]:
        """The look under way, or a new one."""
        if self.looking is None or self.looking.done():
            self.looking = asyncio.create_task(self.write())
        return self.looking

    async def write(self) -> None:
        """To all at once: one that does not answer keeps no other one waiting."""
        await asyncio.gather(*(account.write() for account in self.accounts.values()))
        self.looked_at = time.monotonic()

    async def close(self) -> None:
        """Writes what is not written yet, once more at most."""
        if self.writing is not None:
            self.writing.cancel()
        if self.looking is not None:
            await self.looking
        if not all(one.is_written for one in self.accounts.values()):
            await self.write()
        for account in self.accounts.values():
            await account.costs.close()


class PaidQuota(Quota):
    """A limit whose calls are paid: none is let go once the day's money is spent, and each is noted."""

    def __init__(self, quota: Quota, spending: Spending, model: str) -> None:
        self.quota = quota
        self.spending = spending
        self.model = model

    async def reserve(self, asker: Asker, tokens: int) -> Grant:
        await self.spending.check()
        return await self.quota.reserve(asker, tokens)

    async def settle(self, grant: Grant, usage: Usage | None) -> None:
        """A call of which nobody knows what it took is noted with its estimate, and no answer."""
        taken = Usage(model=self.model, input=grant.tokens, output=0) if usage is None else usage
        self.spending.note(grant.asker, taken)
        await self.quota.settle(grant, usage)

    async def refused(self, refusal: Refusal) -> None:
        await self.quota.refused(refusal)

    async def close(self) -> None:
        await self.quota.close()


def told(line: Line, taken: Sum) -> JsonObject:
    kind, row, model = astuple(line)
    calls, input_tokens, output_tokens, micros = astuple(taken)
    return {
        "kind": kind,
        "row_id": row,
        "model": model,
        "calls": calls,
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "cad_micros": micros,
    }


def sayer(say: Callable[[EnvironmentName, str], None], name: EnvironmentName) -> Callable[[str], None]:
    return lambda error: say(name, error)
