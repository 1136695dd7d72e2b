"""Whom to wake for how much work: arithmetic only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Sleeper:
    """A child that may have room; `woken_at` is when it was woken last, on any clock.

    busy: it has jobs in hand, and nobody but itself knows whether it could take one more.
    """

    worker: str
    claims: tuple[str, ...]
    woken_at: float
    busy: bool = False


def choose(sleepers: Iterable[Sleeper], ready: Mapping[str, int]) -> list[str]:
    """The workers to wake: never more idle ones than there is work, who slept longest first.

    Children that claim fewer kinds go first, or one that can do everything would take what only they can.
    What the idle leave is told to all who are busy: a waking without room costs them nothing.
    """
    left = {kind: count for kind, count in ready.items() if count > 0}
    chosen = []
    for sleeper in sorted(sleepers, key=lambda one: (one.busy, len(one.claims), one.woken_at)):
        kind = max(sleeper.claims, key=lambda kind: left.get(kind, 0), default="")
        if left.get(kind, 0) > 0:
            left[kind] -= not sleeper.busy
            chosen.append(sleeper.worker)
    return chosen
