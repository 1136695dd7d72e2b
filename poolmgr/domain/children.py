"""What the parent knows of a child: how to start one, and what a started one is given.

The parent holds specs, not knowledge: it can fork anything that follows the messages of `domain.messages`.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from poolmgr.domain.jobs import JobKind, WorkerId
from poolmgr.domain.pauses import Pause


@dataclass(frozen=True, kw_only=True)
class ChildStart:
    """What a child finds after the fork: its names, what is paused, its end of the pipe."""

    worker: WorkerId
    kind: str
    claims: tuple[JobKind, ...]
    pipe: socket.socket
    pauses: tuple[Pause, ...] = ()


ChildTarget: TypeAlias = Callable[[ChildStart], int]
"""Runs in the child until it is told to go; its value is the exit code."""


@dataclass(frozen=True, kw_only=True)
class ChildSpec:
    """One child to keep alive: `ocr-1` is a place, its worker changes with every fork.

    kind: scout, registre, ocr. claims: the kinds of job it is woken for; empty = it is never woken.
    boot_limit_seconds: not ready by then = replaced. preload: modules the parent imports once, by name.
    """

    name: str
    kind: str
    claims: tuple[JobKind, ...]
    target: ChildTarget
    boot_limit_seconds: float
    preload: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Crew:
    """The children of a pool. notices: what is not done here, and why, for people who ask. lacks: what a
    person has to do before a whole group can work; the pool is degraded until then."""

    specs: Sequence[ChildSpec]
    lacks: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
