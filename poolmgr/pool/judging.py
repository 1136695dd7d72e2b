"""When a child has used up its time: arithmetic on its times alone."""

from collections.abc import Sequence

from poolmgr.config.settings import PoolSettings
from poolmgr.pool.children import Child

PAID_KINDS = frozenset({"land", "rdprm"})


def reason_to_kill(child: Child, now: float, pool: PoolSettings) -> str:
    """Empty = it may live on, or is dying already."""
    if now >= child.kill_at:
        return child.killed_for or "still there after the end of its drain"
    if child.killed_for:
        return ""
    if child.ready_at is None:
        return f"not ready within {child.spec.boot_limit_seconds:g} s" if now >= child.boot_limit_at else ""
    silent = now - child.heard_at
    return f"no beat for {silent:.1f} s" if silent >= pool.beat_missed_seconds else ""


def due_at(child: Child, pool: PoolSettings) -> float:
    """When to look at it again."""
    if child.killed_for:
        return child.kill_at
    alive = child.boot_limit_at if child.ready_at is None else child.heard_at + pool.beat_missed_seconds
    return min(alive, child.stop_at, child.kill_at)


def drain_limit_seconds(claims: Sequence[str], pool: PoolSettings) -> float:
    """How long jobs of these kinds may go on: what is paid for is worth waiting for."""
    return pool.paid_drain_seconds if PAID_KINDS.intersection(claims) else pool.drain_seconds
