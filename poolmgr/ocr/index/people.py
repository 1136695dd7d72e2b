"""Who stands in a registration, from the lines of its cells."""

from collections.abc import Sequence

from poolmgr.ocr.index.entries import Entry
from poolmgr.ocr.index.layouts import Content
from poolmgr.ocr.index.lines import DITTO, Line
from poolmgr.ocr.index.model import Party

INDENTED_POINTS = 4.5
DITTO_MARK = '"'
SIDES: tuple[tuple[Content, str], ...] = (("giver", "Donor, vendor"), ("taker", "Donee, purchaser"))
"""Columns of the English form and what is printed over them, which is the role of all below."""


def read(entry: Entry) -> tuple[Party, ...]:
    sides = [(role, whole(entry.lines(side))) for side, role in SIDES]
    if any(names for _, names in sides):
        return tuple(Party(name=name, role=role) for role, names in sides for name in names)
    if entry.lines("role"):
        return paired(entry.lines("role"), entry.lines("name"))
    return tuple(Party(name=name) for name in whole(entry.lines("name")))


def whole(lines: Sequence[Line]) -> list[str]:
    """One name a line; a line further to the right goes on with the one above."""
    names: list[str] = []
    margin = min((line.left for line in lines), default=0.0)
    for line in lines:
        if names and line.left - margin > INDENTED_POINTS:
            names[-1] = f"{names[-1]} {line.text}"
        else:
            names.append(DITTO_MARK if DITTO.fullmatch(line.text) else line.text)
    return names


def paired(roles: Sequence[Line], names: Sequence[Line]) -> tuple[Party, ...]:
    """A party begins where a role and a name stand side by side; a name alone and a role in small
    letters go on with it."""
    found: list[tuple[list[str], list[str]]] = []
    left = list(names)
    for role in roles:
        above = [name for name in left if name.middle < role.middle and not name.beside(role)]
        beside = next((name for name in left if name.beside(role)), None)
        left = [name for name in left if name not in above and name is not beside]
        if found:
            found[-1][1].extend(name.text for name in above)
        elif above:
            found.append(([], [name.text for name in above]))
        if beside is None and found and not role.text[:1].isupper():
            found[-1][0].append(role.text)
        else:
            found.append(([role.text], [beside.text] if beside else []))
    if found:
        found[-1][1].extend(name.text for name in left)
    return tuple(Party(role=" ".join(role), name=" ".join(name)) for role, name in found)
