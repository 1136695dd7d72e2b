"""HTML of the RDPRM's pages, in UTF-8."""

from html import escape

from starlette.responses import HTMLResponse, Response

TITLE = "Registre des droits personnels et réels mobiliers"
STYLE = (
    "body{font-family:sans-serif} .inscription{height:110px;border-bottom:1px solid #ccc}"
    "[role=dialog]{position:fixed;top:20%;left:20%;background:#fff;border:1px solid;padding:2em;z-index:9}"
    ".temoins{position:fixed;bottom:0;background:#eee;width:100%;padding:1em;z-index:8}"
)


def page(title: str, body: str, head: str = "") -> str:
    return (
        '<!DOCTYPE html>\n<html lang="fr"><head><meta charset="utf-8">'
        f"<title>{escape(title)} - {TITLE}</title><style>{STYLE}</style>{head}</head>\n"
        f"<body>\n{body}\n</body></html>\n"
    )


def answer(html: str, status: int = 200) -> Response:
    return HTMLResponse(html, status, {"Cache-Control": "no-store"})


def form(action: str, body: str, button: str) -> str:
    return (
        f'<form method="post" action="{escape(action)}">{body}'
        f'<button type="submit">{escape(button)}</button></form>'
    )


def error(text: str) -> str:
    return f'<div class="alert alert-danger" role="alert">{escape(text)}</div>' if text else ""
