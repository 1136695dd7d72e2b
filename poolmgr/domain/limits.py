"""How much is asked of a registry, by all machines together and by each account."""

from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from poolmgr.domain.json import JsonObject

Why: TypeAlias = Literal["", "searches_at_once", "searches_a_minute"]
"""The setting that keeps a search from beginning; "" = none does."""


@dataclass(frozen=True, kw_only=True)
class SiteLimits:
    """Over all machines; 0 = no limit. a_minute: searches begun in a minute; at_once: searches in work."""

    a_minute: float = 0
    at_once: int = 0

    @property
    def gap_seconds(self) -> float:
        """Between the beginnings of two searches."""
        return 60 / self.a_minute if self.a_minute else 0.0

    @property
    def are_none(self) -> bool:
        return not (self.a_minute or self.at_once)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """May a search begin? When `why` is empty: after so many seconds."""

    why: Why = ""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class AccountLimits:
    """Of one account, counted by the database that lends it; 0 = no limit. documents, cents: of a day."""

    interval_seconds: float = 0
    documents: int = 0
    cents: int = 0

    def as_json(self) -> JsonObject:
        return asdict(self)
