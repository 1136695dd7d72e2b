"""What arrived where a limit holds: the most in any window, how much was used, and who got how much."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """at: seconds since 1970, by the clock that judges. caller: the process it came from."""

    at: float
    tokens: int
    caller: str


def most(arrivals: Sequence[Arrival], window_seconds: float) -> tuple[int, int]:
    """Requests and tokens, each in its worst window [t, t + window)."""
    ordered = sorted(arrivals, key=lambda one: one.at)
    requests = tokens = inside = first = 0
    for last, arrival in enumerate(ordered):
        inside += arrival.tokens
        while ordered[first].at <= arrival.at - window_seconds:
            inside -= ordered[first].tokens
            first += 1
        requests, tokens = max(requests, last - first + 1), max(tokens, inside)
    return requests, tokens


def between(arrivals: Sequence[Arrival], begin: float, end: float) -> list[Arrival]:
    return [one for one in arrivals if begin <= one.at < end]


def least_share(arrivals: Sequence[Arrival]) -> float:
    """What the process with the fewest calls got, of the mean: 1 = all alike. Raises ValueError for none."""
    counts = Counter(one.caller for one in arrivals)
    if not counts:
        raise ValueError("nothing arrived")
    return min(counts.values()) / statistics.mean(counts.values())


def longest_gap(arrivals: Sequence[Arrival]) -> float:
    """Seconds in which nothing arrived at all."""
    times = sorted(one.at for one in arrivals)
    return max((later - earlier for earlier, later in pairwise(times)), default=0.0)
