"""How the children that read are split between indexes and actes: arithmetic only."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Queue:
    """The work of one mode.

    ready: jobs that wait. held: jobs in hand; who has them ends them, whatever it reads afterwards.
    seconds: what one takes of a child. minimum: so many children at least, while there is work for them.
    """

    ready: int
    seconds: float
    held: int = 0
    minimum: int = 0

    @property
    def work(self) -> float:
        """Seconds of one child; of what is in hand about a half is left. Without jobs that wait, none."""
        return (self.ready + self.held / 2) * self.seconds if self.ready > 0 else 0.0

    @property
    def usable(self) -> int:
        """So many children have something to begin at once."""
        return max(0, self.ready)


@dataclass(frozen=True, kw_only=True)
class Split:
    """index, acte: children of each mode. why: with its numbers."""

    index: int
    acte: int
    why: str


def makespan(index: Queue, acte: Queue, readers: int, children: int) -> float:
    """Seconds until both queues are empty with so many of the children reading indexes."""
    return max(span(index, readers), span(acte, children - readers))


def span(queue: Queue, children: int) -> float:
    if queue.work == 0:
        return 0.0
    return queue.work / children if children else math.inf


def split(
    children: int, index: Queue, acte: Queue, *, current: int, hysteresis: float, movable: tuple[int, int]
) -> Split:
    """children: at least 2. current: how many read indexes now. hysteresis: the share by which a new split
    must be better. movable: how many may leave indexes, and actes."""
    low, high = limits(children, index, acte)
    low, high = min(max(low, current - movable[0]), children), max(min(high, current + movable[1]), 0)
    if low > high:  # what is wanted cannot be moved yet
        low = high = min(max(current, high), low)
    if index.usable + acte.usable <= children:
        found = min(max(current, low), high)
        why = f"{index.ready} indexes and {acte.ready} actes wait, children enough for all of them"
    else:
        candidates = range(low, high + 1)
        found = min(candidates, key=lambda n: (makespan(index, acte, n, children), abs(n - current)))
        found = kept(found, current, (low, high), index, acte, children, hysteresis)
        why = reason(index, acte, found, children)
    return Split(index=found, acte=children - found, why=why)


def limits(children: int, index: Queue, acte: Queue) -> tuple[int, int]:
    """The fewest and the most that may read indexes. A minimum holds no child that others have work for, and
    nobody waits for a mode without a document for it while the other has more of them."""
    spare = children - index.usable - acte.usable
    if spare >= 0:
        idle = [max(0, queue.minimum - queue.usable) for queue in (index, acte)]
        share = min(1.0, spare / sum(idle)) if any(idle) else 0.0
        low, high = (math.floor(share * one) for one in idle)
        return index.usable + low, children - acte.usable - high
    fewest, most = children - acte.usable, index.usable
    low = min(max(index.minimum, 1), index.usable)
    kept_by_acte = min(max(acte.minimum, 1), acte.usable)
    if low + kept_by_acte > children:
        shared = max(1, min(children - 1, round(children * low / (low + kept_by_acte))))
        low = min(max(shared, fewest), most)
        return low, low
    return max(low, fewest), min(children - kept_by_acte, most)


def kept(
    best: int,
    current: int,
    allowed: tuple[int, int],
    index: Queue,
    acte: Queue,
    children: int,
    hysteresis: float,
) -> int:
    """The split that is, unless it is not allowed any more or the best is clearly better."""
    if not allowed[0] <= current <= allowed[1] or index.usable == 0 or acte.usable == 0:
        return best
    now, then = (makespan(index, acte, n, children) for n in (current, best))
    return best if then < now * (1 - hysteresis) else current


def reason(index: Queue, acte: Queue, readers: int, children: int) -> str:
    parts = [
        f"{name}: {queue.ready} wait, {queue.seconds:.3g} s each, {shown(span(queue, count))} for {count}"
        for name, queue, count in (("index", index, readers), ("acte", acte, children - readers))
    ]
    return "; ".join(parts)


def shown(seconds: float) -> str:
    return "nobody" if math.isinf(seconds) else f"{seconds:.0f} s"
