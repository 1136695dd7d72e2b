"""A registry is used while it serves, and nothing is begun shortly before it closes."""

import asyncio
from datetime import UTC, datetime, timedelta

from poolmgr.domain.hours import ZONE, Hours
from poolmgr.domain.jobs import JobKind
from poolmgr.workers.gate import Gate


class Opening:
    """title: as people call it. margin: so shortly before the end nothing is begun any more."""

    def __init__(
        self, kind: JobKind, title: str, hours: Hours, *, margin: timedelta, look_seconds: float, gate: Gate
    ) -> None:
        self.kind = kind
        self.title = title
        self.hours = hours
        self.margin = margin
        self.look_seconds = look_seconds
        self.gate = gate

    async def keep(self) -> None:
        """Looks at the clock of day again and again: it may be set, and sleep counts. Until cancelled."""
        while True:
            self.look(datetime.now(UTC))
            await asyncio.sleep(self.look_seconds)

    def look(self, now: datetime) -> None:
        closes = self.hours.closes_at(now)
        if closes is not None and closes - now > self.margin:
            self.gate.let(self.kind, "hours")
            return
        opens = self.hours.opens_at(now if closes is None else closes)
        word = "closed" if closes is None else "about to close"
        self.gate.shut(self.kind, "hours", f"{self.title} is {word}; it serves again {in_words(opens)}.")


def in_words(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime("on %Y-%m-%d at %H:%M (Quebec)")
