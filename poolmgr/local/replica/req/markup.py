"""HTML as the site writes it: UTF-8, lists of labels and values, notices in boxes."""

from collections.abc import Iterable, Sequence
from html import escape

from starlette.responses import Response

from poolmgr.local.replica.names import Look

SITE = "Registre des entreprises du Québec"


def answer(html: str, status: int = 200) -> Response:
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "private, no-store"}
    return Response(html.encode("utf-8"), status, headers)


def page(title: str, body: str) -> str:
    """With the furniture that stands on every page: a link, a search and a notice of another kind."""
    return (
        '<!DOCTYPE html>\n<html lang="fr"><head><meta charset="utf-8">'
        f"<title>{escape(title)} - {SITE}</title></head>\n<body>\n"
        "<form role='search' action='#site'><input type='text' name='q'>"
        "<button type='submit' value='ok'>Rechercher</button></form>\n"
        "<div class='alert' role='alert'>Aucune interruption de service n'est prévue.</div>\n"
        "<nav><a href='#registre'>Consulter le registre</a> <a href='#aide'>Aide</a></nav>\n"
        f'<main id="content">\n<h1>{escape(title)}</h1>\n{body}\n</main>\n'
        "<footer>© Gouvernement du Québec (invention)</footer>\n</body></html>\n"
    )


def notice(text: str) -> str:
    return f'<div class="alert alert-info"><div class="kx-alert-text">{escape(text)}</div></div>\n'


def pairs(items: Iterable[tuple[str, Sequence[str]]]) -> str:
    """A list of labels, each with the lines of its value."""
    lines = "".join(
        f'<li class="kx-display"><span class="kx-display-label">{escape(label)}</span> '
        f'<span class="kx-display-field">{"<br>".join(map(escape, value))}</span></li>\n'
        for label, value in items
    )
    return f'<ul class="kx-synthese">\n{lines}</ul>\n'


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in headers)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
    return f'<table class="table"><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>\n'


def heading(look: Look, level: int, text: str) -> str:
    return f"<h{level}>{escape(look.says(text))}</h{level}>\n"
