"""What can happen to a request on its way to the project and back; drawn by lot, counted by name."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from tests.project.http import Request

Fault: TypeAlias = Literal[
    "refused",
    "lost",
    "delayed",
    "cut off",
    "doubled",
    "502",
    "502 after",
    "429",
    "hangs",
    "504 before",
    "hangs up",
    "a page",
    "nothing",
    "reloading",
]
"""refused: the connection is reset before the project hears; lost: after it has answered; cut off: a part of
the answer arrives; doubled: the project hears it twice; 502 after: it was done, and a gateway says that it
was not; hangs: it was done, and nothing is ever said; 504 before: a gateway gives up, and the project hears
it later, when it was perhaps asked again; hangs up: it is answered, and the connection, which was to be kept,
is closed without a word; a page: something between answers 200 with HTML; nothing: with an empty body;
reloading: PostgREST has no schema yet."""

FAULTS: tuple[Fault, ...] = get_args(Fault)


@dataclass(kw_only=True)
class Faults:
    """share: of requests that meet one. Only requests whose path holds `only`.

    hits: drawn. harm: of those, whose victim held a lease, as `witness` says, before or after.
    """

    share: float = 0.0
    kinds: tuple[Fault, ...] = FAULTS
    only: str = "/rest/v1/rpc/"
    seed: int = 0
    delay_seconds: float = 0.3
    hits: Counter[str] = field(default_factory=Counter)
    harm: Counter[str] = field(default_factory=Counter)
    witness: Callable[[Request], bool] | None = None

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def draw(self, path: str) -> Fault | None:
        if self.only not in path or self.dice.random() >= self.share:
            return None
        fault = self.dice.choice(self.kinds)
        self.hits[fault] += 1
        return fault

    def count(self, fault: Fault | None, request: Request) -> bool:
        """Whether it did harm, and has been counted."""
        if fault is None or self.witness is None or not self.witness(request):
            return False
        self.harm[fault] += 1
        return True
