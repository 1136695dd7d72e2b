"""Claim and settle per second: ours, the predecessor's, procrastinate's."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bench.figures import Figure, pairs
from bench.race import WARM_SECONDS, Heat, Tally, competitors, round_of
from bench.server import Server
from bench.tracks import ROWS_A_SECOND, Track, tracks

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
    repetitions: int = 6
    seconds: float = 0.6


def measure(server: Server, plan: Plan, say: Say) -> list[Figure]:
    grounds = tracks(server)
    figures = []
    with competitors() as pipes:
        for count in plan.workers:
            say(f"claims: {count} competitors, {plan.repetitions} turns each")
            prepare(grounds, plan)
            tallies: dict[str, list[Tally]] = defaultdict(list)
            for turn in range(plan.repetitions):
                for name in rotated(list(CONTENDERS), turn):
                    rival, batch = CONTENDERS[name]
                    heat = Heat(rival=rival, url=grounds[rival].url, batch=batch, seconds=plan.seconds)
                    tallies[name].append(round_of(pipes[:count], heat))
            figures += compared(count, tallies)
    return figures


def prepare(grounds: Mapping[str, Track], plan: Plan) -> None:
    """Work for all turns: a round that begins with a vacuum of its own would be as long as its vacuum."""
    seconds = plan.repetitions * (plan.seconds + WARM_SECONDS)
    heats = Counter(grounds[rival] for rival, _ in CONTENDERS.values())
    for ground, count in heats.items():
        ground.prepare(int(ROWS_A_SECOND * seconds * count))


def rotated(names: Sequence[str], by: int) -> list[str]:
    """Nobody always follows the same one."""
    place = by % len(names)
    return [*names[place:], *names[:place]]


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
    theirs, ours = (
        [tally.tries / max(1, tally.done) for tally in tallies[name]] for name in ("predecessor", "ours")
    )
    shares = [1 - 1 / statistics.median(tries) for tries in (theirs, ours)]
    meaning = "the predecessor's tries for each one of ours; it loses {:.0%} of its tries, we {:.0%}"
    return pairs(f"tries for a job, {among}", theirs, ours, "tries", meaning.format(*shares))
