"""`python -m bench.trivial CONFIG`: the real parent, with children that only answer its pipe.

They have no module but what the parent has itself, and no event loop, like gunicorn's sync worker. The parent
has only what supervising takes: settings, telemetry, `poolmgr.pool`.
"""

import sys
from functools import partial
from pathlib import Path

from poolmgr.config.loader import load
from poolmgr.config.settings import Settings
from poolmgr.domain.children import ChildSpec, ChildStart, Crew
from poolmgr.domain.jobs import OCR_KINDS
from poolmgr.domain.messages import Inbox, encode
from poolmgr.pool.reloads import Reloaded
from poolmgr.pool.supervisor import Supervisor
from poolmgr.telemetry import logs

GONE = 69


def main() -> int:
    path = Path(sys.argv[1])
    settings = load(path)
    logs.configure(settings.log, secrets=())
    return Supervisor(crew=crew, settings=settings, reload=partial(renewed, path)).run()


def renewed(path: Path) -> Reloaded:
    """Whatever was written, all children are replaced."""
    return Reloaded(settings=load(path), recycled=("ocr.dpi",))


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
