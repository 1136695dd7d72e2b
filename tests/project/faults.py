"""What can happen to a request on its way to the project and back; drawn by lot, counted by name."""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

Fault: TypeAlias = Literal[
    "refused", "lost", "delayed", "cut off", "doubled", "502", "502 after", "429", "hangs"
]
"""refused: the connection is reset before the project hears; lost: after it has answered; cut off: a part of
the answer arrives; doubled: the project hears it twice; 502 after: it was done, and a gateway says that it
was not; hangs: it was done, and nothing is ever said."""

FAULTS: tuple[Fault, ...] = get_args(Fault)


@dataclass(kw_only=True)
class Faults:
    """share: of requests that meet one. Only requests whose path holds `only`."""

    share: float = 0.0
    kinds: tuple[Fault, ...] = FAULTS
    only: str = "/rest/v1/rpc/"
    seed: int = 0
    delay_seconds: float = 0.3
    hits: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def draw(self, path: str) -> Fault | None:
        if self.only not in path or self.dice.random() >= self.share:
            return None
        fault = self.dice.choice(self.kinds)
        self.hits[fault] += 1
        return fault
