"""Companies' pages as tests write them, and what is to be read from them."""

from html import escape
from pathlib import Path

SAVED = Path(__file__).with_name("saved_company.html")


def pairs(*written: tuple[str, str]) -> str:
    """A list of labels and their values, both as HTML."""
    items = "".join(
        f'<li class="kx-display"><span class="kx-display-label">{label}</span>'
        f'<span class="kx-display-field">{value}</span></li>'
        for label, value in written
    )
    return f'<ul class="kx-synthese">{items}</ul>'


def company(*extra: str, neq: str = "1140000017", name: str = "Essai inc.") -> str:
    """A page that identifies a company, and whatever else is given as HTML."""
    known = pairs(("Numéro d'entreprise du Québec (NEQ)", neq), ("Nom", escape(name)))
    return f"<div id=etatRenseignements><h4>Identification de l'entreprise</h4>{known}{''.join(extra)}</div>"
