"""On which line of a TOML text each key stands.

tomllib gives no positions. But a TOML text is a sequence of statements, each of which starts on a line
of its own, and a piece of text parses by itself exactly when its statement is whole (inside an open
string, array or table it does not). So tomllib itself finds every statement, however it is written.
"""

import tomllib
from collections.abc import Iterator, Mapping
from typing import NamedTuple


class Statement(NamedTuple):
    """line: counted from 1; text: as written; values: what tomllib made of it, None = it never ends."""

    line: int
    text: str
    values: dict[str, object] | None


def statements(text: str) -> Iterator[Statement]:
    """Each statement of the text; the last one with `values` None when it never became whole."""
    start, waiting = 1, ""
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        start = start if waiting else number
        waiting += line + "\n"
        try:
            values = tomllib.loads(waiting)
        except (ValueError, RecursionError):
            continue
        yield Statement(start, waiting, values)
        waiting = ""
    if waiting:
        yield Statement(start, waiting, None)


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    """The line of every table and key, by its path; of a key written twice (arrays of tables) the first."""
    lines: dict[tuple[str, ...], int] = {}
    header: tuple[str, ...] = ()
    for statement in statements(text):
        if statement.values is None:
            continue
        paths = list(leaves(statement.values))
        if statement.text.lstrip().startswith("["):
            header, paths = paths[0], [()]
        for path in paths:
            whole = header + path
            for length in range(1, len(whole) + 1):
                lines.setdefault(whole[:length], statement.line)
    return lines


def leaves(values: Mapping[str, object]) -> Iterator[tuple[str, ...]]:
    """The path of every value that is no table, or an empty one; `[[a]]` has the path of `[a]`."""
    for key, value in values.items():
        inner = value[0] if isinstance(value, list) and value == [{}] else value
        if isinstance(inner, dict) and inner:
            yield from ((key, *path) for path in leaves(inner))
        else:
            yield (key,)


def broken_line(text: str, message: str) -> int:
    """The line that a message of tomllib speaks of; where it names none, the statement that never ends."""
    _, _, rest = message.rpartition("(at line ")
    number = rest.partition(",")[0]
    if number.isdigit():
        return int(number)
    last = 1
    for statement in statements(text):
        last = statement.line if statement.values is None or statement.values else last
    return last
