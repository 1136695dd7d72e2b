"""`python -m bench.balance [--json]`: rules that split the readers, on two families of arrivals.

Simulated time, fixed seeds: the same figures on every machine. Ours is the very code of the product, with its
default settings, fed as the parent is: depths once a second, the seconds of each document once it is read.
Exit 1 when it takes more than 1.05 times what nobody can beat.
"""

import argparse
import json
import math
import shutil
import socket
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.arrivals import KINDS, Arrival, Reader, World, bound, bursty, drifting, makespan
from poolmgr.config.settings import PoolSettings, ServerSettings, Settings
from poolmgr.domain.children import ChildSpec
from poolmgr.domain.jobs import OCR_KINDS, WorkerId
from poolmgr.domain.json import Json, JsonObject
from poolmgr.pool.balance import Balance
from poolmgr.pool.children import Child, HeldJob
from poolmgr.pool.pipe import Pipe
from poolmgr.pool.state import State
from poolmgr.telemetry.events import subscribers

SEEDS = range(1, 21)
SIZES = (4, 8, 15)
GOAL = 1.05
EVERY_SECONDS = 30.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.balance", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--quick", action="store_true", help="fewer seeds")
    options = parser.parse_args()
    subscribers.clear()
    seeds = list(SEEDS)[:4] if options.quick else list(SEEDS)
    rows = measured(seeds)
    if options.json:
        print(json.dumps({"schema": 1, "seeds": len(seeds), "figures": list[Json](rows)}))
    else:
        tell(rows)
    ours = [float(str(row["mean"])) for row in rows if row["rule"] == "ours"]
    return int(max(ours) > GOAL)


def measured(seeds: Sequence[int]) -> list[JsonObject]:
    rows: list[JsonObject] = []
    for family, arrivals in (("bursty, one-sided", bursty), ("drifting, costs 10 : 1", drifting)):
        for size in SIZES:
            for rule, make in RULES.items():
                ratios = [ratio(arrivals(seed), size, make) for seed in seeds]
                rows.append(
                    {
                        "family": family,
                        "readers": size,
                        "rule": rule,
                        "mean": round(statistics.mean(ratios), 4),
                        "worst": round(max(ratios), 4),
                    }
                )
    return rows


def ratio(arrivals: list[Arrival], readers: int, make: Callable[[], "Told"]) -> float:
    """Makespan over what nobody can beat, the load scaled to the readers so that they are the bottleneck."""
    factor = 1.15 * arrivals[-1].at * readers / sum(one.seconds for one in arrivals)
    scaled = [Arrival(at=one.at, kind=one.kind, seconds=one.seconds * factor) for one in arrivals]
    told = make()
    try:
        return makespan(scaled, readers, told.rule, told.done) / bound(scaled, readers)
    finally:
        told.close()


class Told:
    """A rule that decides every 30 s."""

    def __init__(self, share: Callable[[World, int], int]) -> None:
        self.share = share
        self.due = -math.inf

    def rule(self, world: World) -> None:
        if world.now >= self.due:
            self.due = world.now + EVERY_SECONDS
            index = self.share(world, len(world.readers))
            for number, reader in enumerate(world.readers):
                reader.claims = (KINDS[0],) if number < index else (KINDS[1],)

    def done(self, _reader: Reader, _job: Arrival, _at: float) -> None:
        """It does not learn."""

    def close(self) -> None:
        """It holds nothing."""


def by_count(world: World, readers: int) -> int:
    """The TypeScript pool's: round(pool x share of documents), at least one of each; half each when empty."""
    index, acte = (world.heard[kind] for kind in KINDS)
    wanted = math.floor(readers * index / (index + acte) + 0.5) if index + acte else readers // 2
    return min(max(wanted, 1), readers - 1)


def half(_: World, readers: int) -> int:
    return readers // 2


class Ours(Told):
    """The parent's own balance, on children that were never forked."""

    def __init__(self) -> None:
        super().__init__(half)
        self.folder = Path(tempfile.mkdtemp(prefix="registre-pool-bench-"))
        pool = PoolSettings(data_folder=str(self.folder), control_socket=str(self.folder / "c.sock"))
        server = ServerSettings(bookings_folder=str(self.folder))
        self.state = State.at_start(Settings(pool=pool, server=server))
        self.balance = Balance(self.state)
        self.children: dict[str, Child] = {}

    def rule(self, world: World) -> None:
        self.state.now = 1.0 + world.now
        if not self.children:
            self.place(world.readers)
        depths: list[Json] = [{"kind": kind, "ready": world.heard[kind]} for kind in KINDS]
        self.state.environments.hear_depths({"environment": "prod", "depths": depths})
        for reader in world.readers:
            child = self.children[reader.name]
            child.jobs.clear()
            if reader.job:
                kind = reader.job.kind
                child.jobs["t"] = HeldJob(environment="prod", kind=kind, row="", since=reader.since)
        self.balance.rebalance()
        for reader in world.readers:
            claims = self.children[reader.name].claims
            reader.claims = tuple(kind for kind in KINDS if kind in claims)

    def done(self, _reader: Reader, job: Arrival, _at: float) -> None:
        self.state.paces.see(job.kind, job.seconds, 1)

    def place(self, readers: Sequence[Reader]) -> None:
        specs = [spec(reader.name) for reader in readers]
        self.state.roster.rearrange(specs)
        for place in self.state.roster.places:
            place.child = self.children[place.spec.name] = child_of(place.spec, self.state.now)

    def close(self) -> None:
        self.state.resources.close()
        shutil.rmtree(self.folder)


def spec(name: str) -> ChildSpec:
    return ChildSpec(name=name, kind="ocr", claims=OCR_KINDS, target=lambda _: 0, boot_limit_seconds=10)


class Mute(Pipe):
    """Everything is heard at once, by the simulation itself."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        super().__init__(ours)
        theirs.close()
        ours.close()

    def send(self, word: str, **fields: Json) -> bool:  # noqa: ARG002
        return True


def child_of(one: ChildSpec, now: float) -> Child:
    return Child(
        spec=one,
        worker=WorkerId(one.name),
        pid=0,
        pidfd=-1,
        dump=-1,
        pipe=Mute(),
        started_at=now,
        heard_at=now,
        boot_limit_at=math.inf,
        ready_at=now,
        claims=one.claims,
    )


RULES: dict[str, Callable[[], Told]] = {
    "ours": Ours,
    "share of documents": lambda: Told(by_count),
    "half each": lambda: Told(half),
}


def tell(rows: Sequence[JsonObject]) -> None:
    print("seconds until all is read, of what nobody can beat; mean and worst of all seeds\n")
    for row in rows:
        head = f"{row['family']!s:<24} {row['readers']!s:>3} readers  {row['rule']!s:<20}"
        print(f"{head} {row['mean']} {row['worst']}")


if __name__ == "__main__":
    sys.exit(main())
