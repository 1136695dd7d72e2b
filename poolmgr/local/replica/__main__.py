"""`python -m poolmgr.local.replica --folder F`: starts the replica of a folder and returns."""

import argparse
from pathlib import Path

from poolmgr.local.replica import service
from poolmgr.local.samples.catalogue import DEFAULT_JOBS

DEFAULT_SEED = 1


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m poolmgr.local.replica", description=__doc__)
    words.add_argument("--folder", type=Path, required=True)
    words.add_argument("--seed", type=int, default=DEFAULT_SEED)
    words.add_argument("--jobs", type=int, default=DEFAULT_JOBS)
    words.add_argument("--port", type=int, default=0)
    given = words.parse_args()
    folder = given.folder.absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    service.run(folder, seed=given.seed, jobs=given.jobs, port=given.port)


if __name__ == "__main__":
    main()
