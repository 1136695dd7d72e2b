"""What is kept of failed jobs, for people: their pages as pictures and as HTML, and what was done there.

<data folder>/failures/<time>-<environment>-<kind>-<row id>-<4 letters>/
    story.json    the job, its error, the steps until then
    page.png      } of the newest page; page-2, … of the ones before
    page.html     }
"""

import os
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

DAY_SECONDS = 86_400
BYTES_A_MEGABYTE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Failures:
    """days: so long each is kept, 0 = none is. megabytes: of all; the oldest go first."""

    folder: Path
    days: float
    megabytes: float

    def keep(self, environment: str, kind: str, row_id: str, files: Mapping[str, bytes]) -> Path:
        """Where they are now, for their owner alone. Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        place = self.folder / f"{now}-{bare(environment)}-{bare(kind)}-{bare(row_id)}-{token_hex(2)}"
        place.mkdir(mode=0o700)
        for name, data in files.items():
            handle = os.open(place / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
        return place

    def of(self, row_id: str) -> list[Path]:
        """All files that were kept of a row, the newest failure first; none where they are not ours."""
        try:
            places = sorted(self.folder.glob(f"*-{bare(row_id)}-????"), reverse=True)
            return [file for place in places for file in sorted(place.iterdir())]
        except OSError:
            return []

    def sweep(self) -> int:
        """How many were removed: too old, or too much together. Several may sweep at once."""
        oldest = time.time() - self.days * DAY_SECONDS
        left, removed = self.megabytes * BYTES_A_MEGABYTE, 0
        for place, changed, size in reversed(self.kept()):
            left -= size
            if changed < oldest or left < 0:
                shutil.rmtree(place, ignore_errors=True)
                removed += 1
        return removed

    def kept(self) -> list[tuple[Path, float, int]]:
        """Each with its time and its bytes, the oldest first."""
        found = []
        for place in sorted(self.folder.glob("*Z-*")):
            try:
                sizes = [file.stat().st_size for file in place.iterdir()]
                found.append((place, place.stat().st_mtime, sum(sizes)))
            except OSError:
                continue  # another sweep was quicker
        return found


def bare(word: str) -> str:
    return re.sub(r"[^\w-]", "_", word)
