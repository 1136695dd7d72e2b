"""Values of a text form replaced where they stand: its lines, its rows and all the rest stay as they are."""

from collections.abc import Iterable
from dataclasses import dataclass

from poolmgr.ocr.index import forms, text_form
from poolmgr.ocr.index.model import Column

LABEL_OF = dict(text_form.LABELS)


@dataclass(frozen=True, kw_only=True)
class Amendment:
    """row: from 1. value: what the column says then, parties as `text_form.names` writes them."""

    row: int
    column: Column
    value: str


def amended(body: str, amendments: Iterable[Amendment]) -> str:
    """A page's text with the amendments; a row that has no line for a column gets one at its end.

    An amendment of a row that is not there changes nothing.
    """
    lines = body.split("\n")
    blocks = forms.blocks(lines)
    added: dict[int, list[str]] = {}
    for one in amendments:
        if not 0 < one.row <= len(blocks):
            continue
        block = blocks[one.row - 1]
        written = block.fields.get(one.column)
        if written is None:
            added.setdefault(block.end, []).append(text_form.line(LABEL_OF[one.column], one.value))
        else:
            lines[written.place] = replaced(lines[written.place], one.value)
    for place in sorted(added, reverse=True):
        lines[place:place] = added[place]
    return "\n".join(lines)


def replaced(line: str, value: str) -> str:
    """The line with its label as it was written and another value."""
    label, _, _ = line.partition(":")
    closing = "**" if label.count("**") % 2 else ""
    return f"{label}:{closing} {text_form.one_line(value) or text_form.NOTHING}"
