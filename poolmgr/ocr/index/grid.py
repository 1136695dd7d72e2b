"""The table on a page: where its ruled lines part columns and rows. Pure: lengths are points."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

TOUCH, SAME_X, SAME_Y = 5.0, 5.0, 3.5
LEAST_COVERED, LEAST_EDGES = 0.5, 4


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A straight line. at: its y when it lies across, its x when it stands; start, end: along itself."""

    at: float
    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, kw_only=True)
class Grid:
    """edges: x of the lines between columns; steps: y of the lines between bands, titles first."""

    edges: tuple[float, ...]
    steps: tuple[float, ...]

    @property
    def columns(self) -> int:
        return len(self.edges) - 1

    @property
    def bands(self) -> int:
        return len(self.steps) - 1

    def column_of(self, x: float) -> int | None:
        return between(self.edges, x)

    def band_of(self, y: float) -> int | None:
        return between(self.steps, y)


def between(limits: Sequence[float], value: float) -> int | None:
    """The number, from 0, of the two neighbours that `value` lies between; None outside."""
    return next((n for n, (low, high) in enumerate(pairwise(limits)) if low <= value < high), None)


def find(across: Sequence[Rule], down: Sequence[Rule]) -> Grid | None:
    """The largest table that the rules make; None when there is none of at least three columns."""
    tables = [grid_of(*part) for part in connected(across, down)]
    found = [table for table in tables if table is not None]
    return max(found, key=area, default=None)


def area(grid: Grid) -> float:
    return (grid.edges[-1] - grid.edges[0]) * (grid.steps[-1] - grid.steps[0])


def connected(across: Sequence[Rule], down: Sequence[Rule]) -> Iterable[tuple[list[Rule], list[Rule]]]:
    """The rules in groups that touch each other: a frame beside a table is a group of its own."""
    left_down = list(down)
    left_across = list(across)
    while left_down:
        standing, lying = [left_down.pop()], list[Rule]()
        grown = True
        while grown:
            more_lying = [h for h in left_across if any(touches(h, v) for v in standing)]
            left_across = [h for h in left_across if h not in more_lying]
            lying += more_lying
            more_standing = [v for v in left_down if any(touches(h, v) for h in lying)]
            left_down = [v for v in left_down if v not in more_standing]
            standing += more_standing
            grown = bool(more_lying or more_standing)
        yield lying, standing


def touches(lying: Rule, standing: Rule) -> bool:
    return (
        lying.start - TOUCH <= standing.at <= lying.end + TOUCH
        and standing.start - TOUCH <= lying.at <= standing.end + TOUCH
    )


def grid_of(lying: Sequence[Rule], standing: Sequence[Rule]) -> Grid | None:
    """Only lines that run along at least half of the table part its columns or its rows."""
    if not lying or not standing:
        return None
    height = max(rule.at for rule in lying) - min(rule.at for rule in lying)
    edges = positions(standing, SAME_X, LEAST_COVERED * height)
    if len(edges) < LEAST_EDGES:
        return None
    steps = positions(lying, SAME_Y, LEAST_COVERED * (edges[-1] - edges[0]))
    return Grid(edges=tuple(edges), steps=tuple(steps)) if len(steps) > 1 else None


def positions(rules: Iterable[Rule], near: float, least: float) -> list[float]:
    """Where rules lie that together are long enough; pieces of one line count as one."""
    groups: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda rule: rule.at):
        if groups and rule.at - groups[-1][-1].at <= near:
            groups[-1].append(rule)
        else:
            groups.append([rule])
    return [mean(group) for group in groups if sum(rule.length for rule in group) >= least]


def mean(rules: Sequence[Rule]) -> float:
    return sum(rule.at * rule.length for rule in rules) / sum(rule.length for rule in rules)
