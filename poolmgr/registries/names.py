"""What a registry's names are made of: each says where it is from and how far it is to be trusted."""

from dataclasses import dataclass
from typing import Literal

Origin = Literal["observed", "predecessor", "both", "assumed"]
Trust = Literal["high", "medium", "low"]


@dataclass(frozen=True, kw_only=True)
class Name:
    """selector: CSS; what: as people call it; label: what a button or a link's title has to say, one of
    several between |, or it is not pressed."""

    selector: str
    what: str
    origin: Origin
    trust: Trust
    label: str = ""
