"""When a dead child is replaced: arithmetic only."""

from collections.abc import Callable


def is_quick(ready_seconds: float | None, completed: int, first_seconds: float) -> bool:
    """Whether a death says that the next one would die as well.

    ready_seconds: how long it had been ready, None = never. A child that finished a job has proven itself.
    """
    return ready_seconds is None or (ready_seconds < first_seconds and completed == 0)


def delay_seconds(
    quick_deaths: int,
    *,
    was_ready: bool,
    first_seconds: float,
    max_seconds: float,
    pick: Callable[[float, float], float],
) -> float:
    """Seconds until the replacement: 0 after a life or a first quick death once ready, else exponential.

    quick_deaths: in a row, this one included; 0 = it had lived. `pick(low, high)` is the jitter: anywhere
    between the first delay and the doubled one, so that many places do not come back together.
    """
    doublings = quick_deaths - (2 if was_ready else 1)
    if quick_deaths == 0 or doublings < 0:
        return 0.0
    ceiling = min(max_seconds, first_seconds * 2.0 ** min(doublings, 60))
    return pick(min(first_seconds, ceiling), ceiling)
