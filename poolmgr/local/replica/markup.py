"""HTML as the site writes it: tables, upper-case habits of its years, ISO-8859-1 to the last byte."""

from collections.abc import Iterable, Sequence
from html import escape

from starlette.responses import Response

from poolmgr.local.replica.names import Look
from poolmgr.local.replica.paths import IMAGES
from poolmgr.local.replica.places import Option

CHARSET = "iso-8859-1"
SITE = "Registre foncier du Québec en ligne"


def encode(text: str) -> bytes:
    """What ISO-8859-1 has no byte for becomes a numbered entity."""
    return text.encode(CHARSET, "xmlcharrefreplace")


def answer(html: str, status: int = 200) -> Response:
    headers = {"Content-Type": f"text/html; charset={CHARSET.upper()}", "Cache-Control": "private, no-cache"}
    return Response(encode(html), status, headers)


def redirect(location: str) -> Response:
    return Response(status_code=302, headers={"Location": location, "Cache-Control": "private, no-cache"})


def page(title: str, body: str, head: str = "") -> str:
    """A whole page; `title` stands above its body and in its head."""
    return (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">\n'
        f'<html lang="fr"><head><title>{escape(title)} - {SITE}</title>\n'
        f'<meta http-equiv="Content-Type" content="text/html; charset={CHARSET}">\n{head}</head>\n'
        f'<body bgcolor="#FFFFFF">\n<table width="760" border="0" cellspacing="0" cellpadding="2">\n'
        f'<tr><td class="titrePage"><b>{escape(title)}</b></td></tr></table>\n{body}\n</body></html>\n'
    )


def message(text: str) -> str:
    """What the site has to say about the last try; nothing when it has nothing to say."""
    if not text:
        return ""
    return (
        f'<table class="Cadre" border="1"><tr><td><img src="{IMAGES}image_message.gif" alt="Message"></td>'
        f'<td class="contValErr">{escape(text)}</td></tr></table>\n'
    )


def script(lines: str) -> str:
    return f'<script type="text/javascript">\n{lines}\n</script>\n'


def form(action: str, body: str) -> str:
    return (
        f'<form name="frmSirf" id="frmSirf" method="post" action="{escape(action)}" '
        f'accept-charset="{CHARSET}">\n{body}</form>\n'
    )


def rows(lines: Iterable[tuple[str, str]]) -> str:
    """A table of labels and their fields."""
    cells = "".join(
        f'<tr><td class="contLibl">{left}</td><td class="contVal">{right}</td></tr>\n'
        for left, right in lines
    )
    return f'<table class="Cadre" border="0">\n{cells}</table>\n'


def label(look: Look, name: str, text: str) -> str:
    return f'<label for="{escape(look.name(name))}">{escape(look.says(text))}</label>'


def hidden(look: Look, name: str, value: str) -> str:
    return f'<input {named(look, name)} type="hidden" value="{escape(value)}">\n'


def named(look: Look, name: str) -> str:
    known = escape(look.name(name))
    return f'name="{known}" id="{known}"'


def text_field(look: Look, name: str, value: str, *, kind: str = "text", events: str = "") -> str:
    return f'<input {named(look, name)} type="{kind}" value="{escape(value)}" size="30" {events}>'


def button(look: Look, name: str, text: str, *, accesskey: str = "") -> str:
    key = f' accesskey="{accesskey}"' if accesskey else ""
    return (
        f'<input {named(look, name)} type="submit" class="BoutnStand" value="{escape(look.says(text))}"{key}>'
    )


def radio(look: Look, name: str, value: str, *, checked: bool = False, number: int = 0) -> str:
    """The first of a group has the name for its id, the others count on."""
    known = escape(look.name(name))
    identity = f"{known}{number or ''}"
    mark = " checked" if checked else ""
    return f'<input type="radio" name="{known}" id="{identity}" value="{escape(value)}"{mark}>'


def select(
    look: Look, name: str, options: Sequence[Option], chosen: str, *, nothing: Option | None, events: str = ""
) -> str:
    """A list whose first option is `nothing`, blank when the site is set so."""
    first = [] if nothing is None else [nothing]
    if first and look.blank_first_option:
        first = [Option(value="", text="")]
    lines = "".join(
        f'<option value="{escape(option.value)}"{" selected" if option.value == chosen else ""}>'
        f"{escape(option.text)}</option>\n"
        for option in (*first, *options, *(options if look.duplicate_options else ()))
    )
    return f'<select {named(look, name)} size="1" {events}>\n{lines}</select>'


def link(href: str, text: str) -> str:
    return f'<a href="{escape(href)}">{escape(text)}</a>'
