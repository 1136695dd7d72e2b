"""When a registry serves: weekly windows in its own time zone, without its holidays."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Toronto")
"""Quebec's own: the sites speak of its time, and it changes with summer."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = time(0, 0)
LONGEST_LOOK_DAYS = 60
WINDOW = re.compile(
    r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))? (?P<open>\d{2}:\d{2})-(?P<close>\d{2}:\d{2})"
)


@dataclass(frozen=True, kw_only=True)
class Window:
    """On one day of the week, 0 = Monday; `closes` at midnight = the end of that day."""

    day: int
    opens: time
    closes: time

    def of(self, day: date) -> tuple[datetime, datetime]:
        """Its moments on a day. Local times are made moments one by one: a day may have 23 or 25 hours."""
        end = day + timedelta(days=1) if self.closes == MIDNIGHT else day
        return at(day, self.opens), at(end, self.closes)


@dataclass(frozen=True, kw_only=True)
class Hours:
    """No windows = always open, but for the closed days."""

    windows: tuple[Window, ...] = ()
    closed: Collection[date] = field(default_factory=frozenset)

    def is_open(self, now: datetime) -> bool:
        """now: with its time zone, whichever."""
        return self.closes_at(now) is not None

    def closes_at(self, now: datetime) -> datetime | None:
        """None = it is closed now; the far future = no end is in sight."""
        today = now.astimezone(ZONE).date()
        end = now
        for opens, closes in self.spans(today):
            if opens <= end < closes:
                end = closes
            elif opens > end:
                break
        return end if end > now else None

    def opens_at(self, now: datetime) -> datetime:
        """When it serves again: now if it does already, 60 days ahead when nothing says so."""
        if self.is_open(now):
            return now
        spans = self.spans(now.astimezone(ZONE).date())
        return min(
            (opens for opens, _ in spans if opens > now), default=now + timedelta(days=LONGEST_LOOK_DAYS)
        )

    def spans(self, today: date) -> list[tuple[datetime, datetime]]:
        """From yesterday on, in their order."""
        days = [today + timedelta(days=number) for number in range(-1, LONGEST_LOOK_DAYS)]
        windows = self.windows or tuple(Window(day=day, opens=MIDNIGHT, closes=MIDNIGHT) for day in range(7))
        return sorted(
            window.of(day)
            for day in days
            if day not in self.closed
            for window in windows
            if window.day == day.weekday()
        )


def day_of(moment: datetime) -> date:
    """Quebec's calendar day of a moment with its time zone, whichever."""
    return moment.astimezone(ZONE).date()


def at(day: date, moment: time) -> datetime:
    """In UTC, so that two of them can be compared across a change of the clocks."""
    return datetime.combine(day, moment, ZONE).astimezone(UTC)


def parse(text: str) -> tuple[Window, ...]:
    """Of `mon-fri 08:00-22:00, sat 09:00-17:00`; nothing = always. Raises ValueError naming what is wrong."""
    found: list[Window] = []
    for part in filter(None, (one.strip().lower() for one in text.split(","))):
        match = WINDOW.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is not written as mon-fri 08:00-22:00")
        days = days_of(match["first"], match["last"] or match["first"])
        opens, closes = moment(match["open"]), moment(match["close"])
        if closes <= opens and closes != MIDNIGHT:
            raise ValueError(f"{part!r} ends before it begins; a night is written as two windows")
        found += [Window(day=day, opens=opens, closes=closes) for day in days]
    return tuple(found)


def days_of(first: str, last: str) -> list[int]:
    """sat-mon goes over the end of the week."""
    for word in (first, last):
        if word not in DAYS:
            raise ValueError(f"{word!r} is no day: {', '.join(DAYS)}")
    start, count = DAYS.index(first), (DAYS.index(last) - DAYS.index(first)) % 7 + 1
    return [(start + number) % 7 for number in range(count)]


def moment(text: str) -> time:
    hour, _, minute = text.partition(":")
    if text == "24:00":
        return MIDNIGHT
    try:
        return time(int(hour), int(minute))
    except ValueError:
        raise ValueError(f"{text!r} is no time of day") from None
