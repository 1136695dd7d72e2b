"""An index as the registry's own page: the same rows as its PDF, in an HTML table of eight columns."""

from collections.abc import Iterable
from html import escape

from poolmgr.local.samples.index import COLUMNS, Index
from poolmgr.local.samples.inscriptions import Inscription


def render_index(index: Index, encode: str = "iso-8859-1") -> str:
    """Heading and table. What `encode` has no letter for is written plainly: its ’ is an ordinary '."""
    heading = "".join(pair(name, value) for name, value in index.heading)
    stamps = "".join(pair(name, value) for name, value in index.stamps)
    titles = "".join(f"<th>{escape(title)}</th>" for title, _ in COLUMNS)
    body = "".join(render_row(row) for rows in index.parts for row in rows)
    html = (
        f'<table class="entete">\n{heading}</table>\n'
        f'<table class="dates" border="1">\n<tr><td colspan="2">Dates de mise à jour du Registre</td></tr>\n'
        f'{stamps}</table>\n<table class="fiche" border="1">\n<tr>{titles}</tr>\n{body}</table>\n'
    )
    return html.replace("’", "'") if encode == "iso-8859-1" else html


def pair(name: str, value: str) -> str:
    return f"<tr><td><b>{escape(name)}</b></td><td>{escape(value)}</td></tr>\n"


def render_row(row: Inscription) -> str:
    """One registration: its cells span a line for each party."""
    span = len(row.parties)
    number = f'<a href="#{row.number}">{row.number}</a>'
    before = spanning((row.day.isoformat(), number, escape(row.nature)), span)
    after = spanning((escape(row.remarks), escape(row.address_notice), escape(row.radiations)), span)
    first, *others = row.parties
    lines = [f"{before}{cells(first.role, first.name)}{after}"]
    lines += [cells(party.role, party.name) for party in others]
    return "".join(f"<tr>{line}</tr>\n" for line in lines)


def spanning(texts: Iterable[str], span: int) -> str:
    return "".join(f'<td rowspan="{span}">{text or "&nbsp;"}</td>' for text in texts)


def cells(role: str, name: str) -> str:
    return f"<td>{escape(role)}</td><td>{escape(name)}</td>"
