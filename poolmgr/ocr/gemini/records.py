"""An answer as it comes in: one JSON object whose last key is a list of records.

Whole records are taken out as soon as they are there, so that a cut answer loses one record at most and a
loop is seen while it is still being paid for.
"""

import json
import re
from collections.abc import Sequence

from poolmgr.domain.json import Json, JsonObject

DECODER = json.JSONDecoder()
BETWEEN = re.compile(r"[\s,]*")
SAME_ROWS, LONGEST_CYCLE, CYCLES = 5, 12, 3
"""So many equal records in a row are a loop, and so are so many rounds of a longer pattern."""

TAIL, LONGEST_PERIOD, ROUNDS = 480, 120, 4
"""Characters of a record under way that repeat with a period this long, at least so many rounds."""


class Records:
    """listed: the name of the last key. position: of a record among its like, which a loop counts up."""

    def __init__(self, listed: str, position: str = "line") -> None:
        self.start = re.compile(rf'"{listed}"\s*:\s*\[')
        self.position = position
        self.buffer = ""
        self.head: JsonObject | None = None
        self.rows: list[JsonObject] = []
        self.marks: list[str] = []
        self.whole = False
        self.malformed = False
        self.characters = 0

    def restore(
        self, rows: list[JsonObject], *, head: JsonObject | None, whole: bool, malformed: bool
    ) -> None:
        """As it was when everything had come."""
        self.head, self.whole, self.malformed = head, whole, malformed
        self.rows, self.marks = rows, [self.mark(row) for row in rows]

    def feed(self, chunk: str) -> None:
        self.characters += len(chunk)
        self.buffer += chunk
        if self.head is None:
            self.take_head()
        if self.head is not None and not self.whole:
            self.take_rows()

    def take_head(self) -> None:
        """What stands before the list; fences of Markdown around the object are passed over."""
        found = self.start.search(self.buffer)
        if not found:
            return
        before = self.buffer[: found.start()]
        opened = before.find("{")
        head = self.decoded(before[opened:].rstrip().rstrip(",") + "}") if opened >= 0 else None
        self.malformed = head is None
        self.head = head or {}
        self.buffer = self.buffer[found.end() :]

    def take_rows(self) -> None:
        while True:
            place = BETWEEN.match(self.buffer)
            at = place.end() if place else 0
            if self.buffer.startswith("]", at):
                self.whole = self.buffer[at + 1 :].lstrip().startswith("}")
                return
            try:
                row, end = DECODER.raw_decode(self.buffer, at)
            except ValueError:
                return
            self.buffer = self.buffer[end:]
            if isinstance(row, dict):
                self.rows.append(row)
                self.marks.append(self.mark(row))
            else:
                self.malformed = True

    def decoded(self, text: str) -> JsonObject | None:
        try:
            value = DECODER.decode(text)
        except ValueError:
            return None
        return value if isinstance(value, dict) else None

    def mark(self, row: JsonObject) -> str:
        """What the record says, apart from where it stands."""
        said: dict[str, Json] = {key: value for key, value in row.items() if key != self.position}
        return json.dumps(said, sort_keys=True)

    @property
    def repeats(self) -> bool:
        return self.looping_from < len(self.marks) or repeats_itself(self.buffer[-TAIL:])

    @property
    def looping_from(self) -> int:
        """The first record of a loop's second round: from there on nothing is real. Else the length."""
        for period in range(1, LONGEST_CYCLE + 1):
            rounds = SAME_ROWS if period == 1 else CYCLES
            if goes_round(self.marks, period, rounds):
                first = len(self.marks) - period
                while first >= period and self.marks[first - period : first] == self.marks[first:][:period]:
                    first -= period
                return first + period
        return len(self.marks)

    @property
    def real_rows(self) -> list[JsonObject]:
        """Without what a loop made up."""
        return self.rows[: self.looping_from]


def goes_round(marks: Sequence[str], period: int, rounds: int) -> bool:
    needed = period * rounds
    last = marks[-needed:]
    return len(last) == needed and last[period:] == last[:-period]


def repeats_itself(text: str) -> bool:
    """Whether it is nothing but one short piece again and again."""
    if len(text) < TAIL:
        return False
    return any(
        text[period:] == text[:-period] for period in range(1, min(LONGEST_PERIOD, len(text) // ROUNDS) + 1)
    )
