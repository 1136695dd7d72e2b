"""How long a job of each kind takes of a child: assumed at first, then as it was lately."""

from poolmgr.domain.json import JsonObject, number

ASSUMED_SECONDS = {"land": 60.0, "req": 60.0, "rdprm": 120.0, "ocr_index": 20.0, "ocr_acte": 10.0}
"""Guesses, good for an order of magnitude: an index is an image with a table, an acte has a text layer more
often. A few jobs replace them."""

WEIGHT = 0.1
SHORTEST_SECONDS, LONGEST_SECONDS = 0.01, 3600.0


class Paces:
    """`seconds`: by kind of job, for one child that does nothing else."""

    def __init__(self) -> None:
        self.seconds = dict(ASSUMED_SECONDS)
        self.known: set[str] = set()

    @classmethod
    def from_json(cls, kept: JsonObject) -> "Paces":
        """Whatever makes no sense counts as never measured."""
        paces = cls()
        for kind in ASSUMED_SECONDS:
            if SHORTEST_SECONDS <= (seconds := number(kept, kind)) <= LONGEST_SECONDS:
                paces.seconds[kind] = seconds
                paces.known.add(kind)
        return paces

    def as_json(self) -> JsonObject:
        """What was measured."""
        return {kind: round(self.seconds[kind], 3) for kind in sorted(self.known)}

    def see(self, kind: str, seconds: float, at_once: int) -> None:
        """A job that was done. at_once: so many its child had in hand: they shared it."""
        if kind not in self.seconds:
            return
        seen = min(max(seconds / max(1, at_once), SHORTEST_SECONDS), LONGEST_SECONDS)
        before = self.seconds[kind]
        self.seconds[kind] = before + WEIGHT * (seen - before) if kind in self.known else seen
        self.known.add(kind)
