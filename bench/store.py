"""`python -m bench.store [--json] [--quick]`: jobs claimed and settled a second, over PostgREST and directly.

Ours and the predecessor's way take turns on the same machine in the same minutes. Whatever goes over
PostgREST (a genuine one) is spoken by one client library. After every round the database is asked who did
each job, and that nobody did it twice. Exit 1 when ours over PostgREST is not as much faster as is claimed.
"""

import argparse
import signal
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

import psutil

from bench import rest, server
from bench.audit import Audit
from bench.claims import Plan, rotated
from bench.core import machine, say, tell
from bench.figures import Figure, pairs
from bench.meter import Meter
from bench.race import WARM_SECONDS, Heat, Tally, competitors, round_of
from bench.tracks import ROWS_A_SECOND, Track, own_track, predecessors_track

ONE_BY_ONE, BY_TWENTY = 2.0, 6.0
"""At least so many times the predecessor's jobs over PostgREST, where four compete."""

CROWD = 4

MOST_OVER_REST = 1000
"""Jobs a second that no rival does over PostgREST on two cores."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """One contender: whose jobs it takes, how, and how many a claim."""

    rival: str
    track: str
    batch: int

    @property
    def over_rest(self) -> bool:
        return self.rival.endswith("over rest")

    @property
    def most_a_second(self) -> int:
        return MOST_OVER_REST if self.over_rest else ROWS_A_SECOND


WAYS: Mapping[str, Way] = MappingProxyType(
    {
        "rest by 1": Way(rival="ours over rest", track="ours", batch=1),
        "predecessor": Way(rival="predecessor over rest", track="predecessor", batch=1),
        "rest by 20": Way(rival="ours over rest", track="ours", batch=20),
        "direct by 1": Way(rival="ours", track="ours", batch=1),
        "direct by 20": Way(rival="ours", track="ours", batch=20),
    }
)


@dataclass(frozen=True, kw_only=True)
class Ground:
    track: Track
    rest_url: str
    audit: Audit

    def heat(self, way: Way, seconds: float) -> Heat:
        url = self.rest_url if way.over_rest else self.track.url
        return Heat(rival=way.rival, url=url, batch=way.batch, seconds=seconds)


@dataclass(frozen=True, kw_only=True)
class Round:
    """What came of it, and the CPU seconds of competitors, PostgREST and PostgreSQL together."""

    tally: Tally
    cpu_seconds: float

    @property
    def milliseconds_a_job(self) -> float:
        return 1000 * self.cpu_seconds / max(1, self.tally.finished.total())


FULL = Plan(workers=(1, CROWD), repetitions=6, seconds=1.5)
QUICK = Plan(workers=(CROWD,), repetitions=3, seconds=0.5)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.store", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--quick", action="store_true", help="less of everything, within half a minute")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    rest.program()
    began = time.monotonic()
    with server.running() as database:
        figures, audited = measured(database, QUICK if options.quick else FULL)
        conditions = machine(database.version) | {"audited": f"{audited:,} jobs, each done once"}
    tell(figures, conditions, time.monotonic() - began, as_one=options.json)
    if holds(figures):
        return 0
    sys.stderr.write(
        f"Over PostgREST ours is not {ONE_BY_ONE:g} times the predecessor one by one,"
        f" or not {BY_TWENTY:g} times by twenty.\n"
    )
    return 1


def measured(database: server.Server, plan: Plan) -> tuple[list[Figure], int]:
    """The figures, and how many jobs the audit saw."""
    figures: list[Figure] = []
    audited = 0
    meter = Meter(roots=[psutil.Process(), database.postmaster])
    with grounds(database) as found, competitors() as pipes:
        for count in plan.workers:
            say(f"store: {count} competitors, {plan.repetitions} turns each")
            prepare(found, plan)
            rounds: dict[str, list[Round]] = defaultdict(list)
            for turn in range(plan.repetitions):
                for name in rotated(list(WAYS), turn):
                    way = WAYS[name]
                    ground = found[way.track]
                    ground.track.tidy()
                    before = meter.seconds()
                    tally = round_of(pipes[:count], ground.heat(way, plan.seconds))
                    rounds[name].append(Round(tally=tally, cpu_seconds=meter.seconds() - before))
                    audited += ground.audit.check(tally.finished)
            figures += compared(count, rounds)
    return figures, audited


@contextmanager
def grounds(database: server.Server) -> Iterator[Mapping[str, Ground]]:
    """Each with its past, its audit and its own PostgREST."""
    mine, theirs = own_track(database), predecessors_track(database)
    audits = [Audit(url=track.superuser_url) for track in (mine, theirs)]
    for audit in audits:
        audit.watch()
    with rest.serving(database, mine.name) as here, rest.serving(database, theirs.name) as there:
        yield {
            "ours": Ground(track=mine, rest_url=here, audit=audits[0]),
            "predecessor": Ground(track=theirs, rest_url=there, audit=audits[1]),
        }


def prepare(found: Mapping[str, Ground], plan: Plan) -> None:
    """Work for all turns."""
    seconds = plan.repetitions * (plan.seconds + WARM_SECONDS)
    for name, ground in found.items():
        most = sum(way.most_a_second for way in WAYS.values() if way.track == name)
        ground.track.prepare(int(most * seconds))


def compared(count: int, rounds: Mapping[str, Sequence[Round]]) -> list[Figure]:
    rates = {name: [one.tally.per_second for one in found] for name, found in rounds.items()}
    costs = {name: [one.milliseconds_a_job for one in found] for name, found in rounds.items()}
    among = f"{count} competitor{'s' * (count > 1)}"

    def figure(name: str, over: str, under: str, meaning: str) -> Figure:
        return pairs(f"{name}, {among}", rates[over], rates[under], "jobs/s", meaning)

    def cost(name: str, ours: str) -> Figure:
        meaning = "CPU of all processes a job, the clients and PostgREST and PostgreSQL together"
        return pairs(f"{name}, {among}", costs["predecessor"], costs[ours], "ms", meaning)

    predecessors = [one.tally for one in rounds["predecessor"]]
    lost = statistics.median(tally.lost / max(1, tally.tries) for tally in predecessors)
    return [
        figure(
            "over PostgREST, ours / predecessor, one by one",
            "rest by 1",
            "predecessor",
            "jobs claimed and settled, one a claim, for each one of the predecessor's in the same time;"
            f" it loses {lost:.0%} of its tries",
        ),
        figure(
            "over PostgREST, ours by 20 / predecessor",
            "rest by 20",
            "predecessor",
            "the same when a claim takes twenty; the predecessor knows no batch",
        ),
        cost("CPU a job over PostgREST, predecessor / ours", "rest by 1"),
        cost("CPU a job over PostgREST, predecessor / ours by 20", "rest by 20"),
        figure(
            "ours one by one, direct / over PostgREST",
            "direct by 1",
            "rest by 1",
            "what a direct connection is worth to the same store",
        ),
        figure("ours by 20, direct / over PostgREST", "direct by 20", "rest by 20", "the same by twenty"),
    ]


def holds(figures: Sequence[Figure]) -> bool:
    found = {figure.name: figure.ratio for figure in figures}
    among = f"{CROWD} competitors"
    return (
        found[f"over PostgREST, ours / predecessor, one by one, {among}"] >= ONE_BY_ONE
        and found[f"over PostgREST, ours by 20 / predecessor, {among}"] >= BY_TWENTY
    )


if __name__ == "__main__":
    sys.exit(main())
