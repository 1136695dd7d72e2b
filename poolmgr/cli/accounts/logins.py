"""Logins as people write them down. No error shows what stands there: it says which line, and why."""

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from poolmgr.domain.errors import PoolError

USERNAMES, PASSWORDS = ("username", "utilisateur"), ("password", "mot_de_passe")
HEADER = "username,password (or utilisateur,mot_de_passe)"
DELIMITERS = (",", ";", "\t")
"""A French Excel separates by semicolons."""

LINE_ENDS = re.compile("\r\n|\r|\n")
UNPRINTABLE = ("Cc", "Cs")
"""Control characters, and the surrogates that stand for bytes which are no UTF-8."""


class NoHeader(PoolError):
    """The first line does not say which column is which."""


@dataclass(frozen=True, kw_only=True)
class Login:
    """line: where it stands, from 1."""

    line: int
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class BadLine:
    line: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Header:
    delimiter: str
    username: int
    password: int
    width: int


def read(data: bytes) -> Iterator[Login | BadLine]:
    """The logins of a CSV file in their order, each name once; lines that are none say why. Raises NoHeader.

    A field never goes on in the next line: a quote that somebody forgot spoils one line, not the rest.
    """
    written = [(number, line) for number, line in enumerate(lines_of(data), 1) if line.strip(" ,;\t")]
    if not written:
        raise NoHeader("The file is empty.", advice=f"Its first line is {HEADER}.")
    header = header_of(*written[0])
    known: dict[str, Login] = {}
    for number, line in written[1:]:
        found = login_of(number, fields_of(line, header.delimiter), header)
        if isinstance(found, Login):
            before = known.setdefault(found.username, found)
            if before is found:
                yield found
            elif before.password != found.password:
                yield BadLine(line=number, why=f"the name of line {before.line}, with another password")
        else:
            yield found


def lines_of(data: bytes) -> list[str]:
    """Whatever system wrote them; the end of the last one begins no other."""
    lines = LINE_ENDS.split(data.decode("utf-8-sig", "surrogateescape"))
    return lines[:-1] if not lines[-1] else lines


def header_of(number: int, line: str) -> Header:
    """Raises NoHeader, without a word of the line: in a file without header a password stands there."""
    for delimiter in DELIMITERS:
        titles = [title.strip().casefold() for title in fields_of(line, delimiter) or ()]
        username, password = place(titles, USERNAMES), place(titles, PASSWORDS)
        if username is not None and password is not None:
            return Header(delimiter=delimiter, username=username, password=password, width=len(titles))
    raise NoHeader(
        f"Line {number} does not say which column is which.",
        advice=f"It has to be {HEADER}; the file is a CSV in UTF-8.",
    )


def place(titles: Sequence[str], names: Sequence[str]) -> int | None:
    """Of the one column with one of these names."""
    found = [number for number, title in enumerate(titles) if title in names]
    return found[0] if len(found) == 1 else None


def fields_of(line: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return None


def login_of(number: int, fields: Sequence[str] | None, header: Header) -> Login | BadLine:
    if fields is None:
        return BadLine(line=number, why="a quote is not closed, or something follows it")
    if len(fields) != header.width:
        why = f"{len(fields)} fields instead of {header.width}; one that holds a separator stands in quotes"
        return BadLine(line=number, why=why)
    username, password = fields[header.username].strip(), fields[header.password]
    if why := flaw(username, password):
        return BadLine(line=number, why=why)
    if password != password.strip():
        return BadLine(line=number, why="the password begins or ends with a space; `accounts add` takes such")
    return Login(line=number, username=username, password=password)


def flaw(username: str, password: str) -> str:
    """Why this can be no login; "" when it can."""
    if not username:
        return "it has no name"
    if not password:
        return "it has no password"
    if any(unicodedata.category(letter) in UNPRINTABLE for letter in username + password):
        return "it holds a control character, or is not UTF-8"
    return ""
