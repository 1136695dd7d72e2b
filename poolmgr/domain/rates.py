"""What a call of a paid model costs: Google's rates, each with the day until which it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from poolmgr.domain.quota import Usage

MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Rate:
    """USD a million tokens. model: how its name begins. until: the last day, None = no end is known."""

    model: str
    input_usd: float
    output_usd: float
    until: date | None = None


RATES: Sequence[Rate] = (
    Rate(model="gemini-3.8-flash", input_usd=0.75, output_usd=3.75, until=date(2026, 12, 31)),
    Rate(model="gemini-3.8-flash", input_usd=1.50, output_usd=7.50),
    Rate(model="gemini-3.5-flash-lite", input_usd=0.30, output_usd=2.50),
    Rate(model="gemini-3.1-pro", input_usd=2.00, output_usd=12.00),
)
"""Standard calls, as ai.google.dev/gemini-api/docs/pricing had them on 2026-10-07; thinking is output."""


def rate(model: str, day: date) -> Rate:
    """That of the longest name that fits. A model that is not known costs as the dearest: a limit of money
    errs on the side of stopping."""
    holding = [one for one in RATES if one.until is None or day <= one.until]
    fitting = [one for one in holding if model.startswith(one.model)]
    if not fitting:
        return max(holding, key=lambda one: one.output_usd)
    return min(fitting, key=lambda one: (-len(one.model), one.until or date.max))


@dataclass(frozen=True, kw_only=True)
class Pricing:
    """How tokens become Canadian dollars. input_usd, output_usd: instead of the table's; 0 = the table's."""

    usd_to_cad: float
    input_usd: float = 0.0
    output_usd: float = 0.0

    def cad_micros(self, usage: Usage, day: date) -> int:
        """Millionths of a dollar, rounded up."""
        known = rate(usage.model, day)
        usd = usage.input * (self.input_usd or known.input_usd)
        usd += usage.output * (self.output_usd or known.output_usd)
        return -int(-usd * self.usd_to_cad // 1)
