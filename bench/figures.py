"""What a measurement is worth: ratios of rivals that took turns, their median, and how far they spread."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from poolmgr.domain.json import JsonObject

FOLDS = 4


@dataclass(frozen=True, kw_only=True)
class Figure:
    """`ratio` = `over` / `under`; `low` to `high` is its spread in the run. The name says of what."""

    name: str
    ratio: float
    low: float
    high: float
    over: float
    under: float
    unit: str
    meaning: str

    def as_json(self) -> JsonObject:
        return {key: rounded(value) for key, value in asdict(self).items()}

    def as_text(self) -> str:
        spread = f"({short(self.low)} to {short(self.high)})"
        head = f"{self.name:<50} {short(self.ratio):>6} {spread:<18}"
        return f"{head} {short(self.over)} / {short(self.under)} {self.unit}\n    {self.meaning}"


def rounded(value: str | float) -> str | float:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def short(value: float) -> str:
    """Three digits that count, never an exponent."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def percentile(values: Sequence[float], share: float) -> float:
    """Between the two nearest ranks; `share` from 0 to 1. Raises ValueError for no values."""
    if not values:
        raise ValueError("there is no percentile of nothing")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def pairs(name: str, over: Sequence[float], under: Sequence[float], unit: str, meaning: str) -> Figure:
    """From repetitions in turns: the nth of one against the nth of the other. Raises ValueError if uneven."""
    ratios = [divided(one, other) for one, other in zip(over, under, strict=True)]
    return Figure(
        name=name,
        ratio=statistics.median(ratios),
        low=min(ratios),
        high=max(ratios),
        over=statistics.median(over),
        under=statistics.median(under),
        unit=unit,
        meaning=meaning,
    )


def samples(
    name: str,
    over: Sequence[float],
    under: Sequence[float],
    statistic: Callable[[Sequence[float]], float],
    unit: str,
    meaning: str,
) -> Figure:
    """From single values: the ratio of a statistic of all, and its spread over four interleaved parts."""
    count = min(FOLDS, len(over), len(under))
    ratios = [
        divided(statistic(one), statistic(other))
        for one, other in zip(folds(over, count), folds(under, count), strict=True)
    ]
    whole_over, whole_under = statistic(over), statistic(under)
    ratio = divided(whole_over, whole_under)
    return Figure(
        name=name,
        ratio=ratio,
        low=min(ratio, *ratios),
        high=max(ratio, *ratios),
        over=whole_over,
        under=whole_under,
        unit=unit,
        meaning=meaning,
    )


def single(name: str, over: float, under: float, unit: str, meaning: str) -> Figure:
    """Of one window or one extreme: it has no spread."""
    ratio = divided(over, under)
    return Figure(
        name=name, ratio=ratio, low=ratio, high=ratio, over=over, under=under, unit=unit, meaning=meaning
    )


def folds(values: Sequence[float], how_many: int) -> list[Sequence[float]]:
    """So many parts, each from all over the run: every nth value."""
    return [values[first::how_many] for first in range(how_many)]


def divided(over: float, under: float) -> float:
    """Raises ValueError for a measurement that measured nothing."""
    if under <= 0:
        raise ValueError(f"nothing was measured: {over:g} / {under:g}")
    return over / under


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Least squares: by how much the second grows as the first grows by one."""
    return statistics.linear_regression(*zip(*points, strict=True)).slope
