"""`python -m bench.trivial CONFIG`: the real parent, with children that only answer its pipe.

They have no module but what the parent has itself, and no event loop; as light as gunicorn's sync worker.
"""

import sys
from functools import partial
from pathlib import Path

from poolmgr.config.loader import load
from poolmgr.config.settings import Settings
from poolmgr.domain.children import ChildSpec, ChildStart, Crew
from poolmgr.domain.jobs import OCR_KINDS
from poolmgr.domain.messages import Inbox, encode

GONE = 69


def main() -> int:
    from poolmgr.cli.service import Reloads
    from poolmgr.pool.supervisor import Supervisor

    path = Path(sys.argv[1])
    settings = load(path)
    return Supervisor(crew=crew, settings=settings, reload=Reloads(settings, lambda: load(path))).run()


def crew(settings: Settings) -> Crew:
    names = [f"ocr-{number}" for number in range(1, settings.ocr.children + 1)]
    return Crew(specs=[spec(name, settings) for name in names])


def spec(name: str, settings: Settings) -> ChildSpec:
    return ChildSpec(
        name=name,
        kind="ocr",
        claims=OCR_KINDS,
        target=partial(answer, settings.pool.beat_seconds),
        boot_limit_seconds=settings.ocr.boot_limit_seconds,
    )


def answer(beat_seconds: float, start: ChildStart) -> int:
    """Ready, a beat every so often, and gone when told."""
    inbox = Inbox()
    start.pipe.settimeout(beat_seconds)
    start.pipe.sendall(encode("ready"))
    while True:
        start.pipe.sendall(encode("beat", state="idle", jobs=0))
        try:
            data = start.pipe.recv(65_536)
        except TimeoutError:
            continue
        if not data:
            return GONE
        if any(message["word"] in ("drain", "stop") for message in inbox.feed(data)):
            return 0


if __name__ == "__main__":
    sys.exit(main())
