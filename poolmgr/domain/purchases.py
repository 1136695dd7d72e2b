"""Money's words: what is asked for before a click, and what is lent for it."""

import math
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

Registry = Literal["land", "rdprm"]
"""As purchases, budgets and account leases name a registry where money is spent."""

IntentAnswer = Literal["go", "clicked", "secured", "reuse", "wait", "over_budget", "held", "lost"]
INTENT_ANSWERS: tuple[IntentAnswer, ...] = get_args(IntentAnswer)
AccountResult = Literal["ok", "login_failed", "released"]

LeaveAnswer = Literal["go", "wait", "spent", "lost"]
LEAVE_ANSWERS: tuple[LeaveAnswer, ...] = get_args(LeaveAnswer)

PurchaseId: TypeAlias = int


@dataclass(frozen=True, kw_only=True)
class Intent:
    """May this be bought now?

    go: yes, purchase `id` is in intent. clicked, secured: the row's own earlier purchase `id`; a secured
    file lies on `host`. reuse: bought at `at` (ISO 8601), it rests at `path`. wait: `holder` is at it.
    over_budget: the cents say why. held: purchase `id` may be paid, a person decides. lost: not our row.
    """

    answer: IntentAnswer
    id: PurchaseId = 0
    path: str = ""
    at: str = ""
    holder: str = ""
    host: str = ""
    limit_cents: int = 0
    spent_cents: int = 0
    reserved_cents: int = 0


@dataclass(frozen=True, kw_only=True)
class Account:
    """A login of a registry, ours alone while its lease lasts. The password is never shown."""

    id: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Leave:
    """May an account begin one more search?

    go: it counts from now on, and `left` more may follow today. wait: its last one is too near, for so many
    seconds. spent: `limit` (documents or cents) is reached, for the seconds that are left of the day.
    lost: it is not lent to us any more.
    """

    answer: LeaveAnswer
    seconds: float = 0.0
    limit: str = ""
    left: float = math.inf


@dataclass(frozen=True, kw_only=True)
class Secured:
    """A paid file that is not delivered yet: on which host it lies, and when that host was seen last."""

    id: PurchaseId
    row_id: str
    kind: str
    host: str
    secured_at: str
    host_seen_seconds: float | None
