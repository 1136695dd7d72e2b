"""Claim and settle per second: ours, the predecessor's, procrastinate's."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bench.figures import Figure, pairs
from bench.race import ROWS_A_SECOND, WARM_SECONDS, Heat, Tally, competitors, round_of, tracks
from bench.server import Server

Say = Callable[[str], None]

CONTENDERS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "ours": ("ours", 1),
        "predecessor": ("predecessor", 1),
        "ours by 20": ("ours", 20),
        "procrastinate": ("procrastinate", 1),
        "functions": ("functions", 1),
    }
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    workers: Sequence[int] = (1, 4, 8)
    repetitions: int = 4
    seconds: float = 1.0


def measure(server: Server, plan: Plan, say: Say) -> list[Figure]:
    grounds = tracks(server)
    figures = []
    with competitors() as pipes:
        for count in plan.workers:
            tallies: dict[str, list[Tally]] = defaultdict(list)
            for repetition in range(plan.repetitions):
                say(f"claims: {count} competitors, repetition {repetition + 1} of {plan.repetitions}")
                for name, (rival, batch) in CONTENDERS.items():
                    ground = grounds[rival]
                    ground.prepare(int(ROWS_A_SECOND * (plan.seconds + WARM_SECONDS)))
                    heat = Heat(rival=rival, url=ground.url, batch=batch, seconds=plan.seconds)
                    tallies[name].append(round_of(pipes[:count], heat))
            figures += compared(count, tallies)
    return figures


def compared(count: int, tallies: Mapping[str, Sequence[Tally]]) -> list[Figure]:
    rates = {name: [tally.per_second for tally in found] for name, found in tallies.items()}
    among = f"{count} competitor{'s' * (count > 1)}"

    def figure(name: str, ours: str, theirs: str, meaning: str) -> Figure:
        return pairs(f"{name}, {among}", rates[ours], rates[theirs], "jobs/s", meaning)

    return [
        figure(
            "ours / predecessor, one by one",
            "ours",
            "predecessor",
            "jobs claimed and settled, one a claim, for each one of the predecessor's in the same time",
        ),
        figure(
            "ours by 20 / predecessor",
            "ours by 20",
            "predecessor",
            "the same when a claim takes twenty; the predecessor knows no batch",
        ),
        lost_tries(among, tallies),
        figure(
            "ours / procrastinate, one by one",
            "ours",
            "procrastinate",
            "for each fetch and finish of procrastinate, which keeps no lease and writes no text",
        ),
        figure(
            "our functions / our store",
            "functions",
            "ours",
            "what our client's deadlines and retries cost: the same functions over bare psycopg",
        ),
    ]


def lost_tries(among: str, tallies: Mapping[str, Sequence[Tally]]) -> Figure:
    """Tries for each job; 1 = none is lost."""
    ours, theirs = (
        [tally.tries / max(1, tally.done) for tally in tallies[name]] for name in ("predecessor", "ours")
    )
    share = 1 - 1 / statistics.median(ours)
    mine = 1 - 1 / statistics.median(theirs)
    meaning = (
        f"the predecessor's tries for each one of ours; it loses {share:.0%} of its tries, we {mine:.0%}"
    )
    return pairs(f"tries for a job, {among}", ours, theirs, "tries", meaning)
