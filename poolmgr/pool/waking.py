"""Whom to wake for how much work: arithmetic only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Sleeper:
    """An idle child; `woken_at` is when it was woken last, on any clock."""

    worker: str
    claims: tuple[str, ...]
    woken_at: float


def choose(sleepers: Iterable[Sleeper], ready: Mapping[str, int]) -> list[str]:
    """The workers to wake: never more than there is work, who slept longest first.

    Children that claim fewer kinds go first, or one that can do everything would take what only they can.
    """
    left = {kind: count for kind, count in ready.items() if count > 0}
    chosen = []
    for sleeper in sorted(sleepers, key=lambda one: (len(one.claims), one.woken_at)):
        kind = max(sleeper.claims, key=lambda kind: left.get(kind, 0), default="")
        if left.get(kind, 0) > 0:
            left[kind] -= 1
            chosen.append(sleeper.worker)
    return chosen
