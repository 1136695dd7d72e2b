"""The search, and the list of what it found."""

from collections.abc import Sequence
from html import escape

from poolmgr.local.replica.names import Look
from poolmgr.local.replica.req.companies import Entry
from poolmgr.local.replica.req.markup import notice, page
from poolmgr.local.replica.req.vocabulary import CONSULT, RESULTS, SEARCH

DOMAIN = "?choixdomaine=RegistreEntreprisesQuebec"
NOTHING = "Aucun résultat ne correspond à votre recherche."
NO_TERMS = "Vous devez accepter les conditions d'utilisation."
NO_WORDS = "Vous devez inscrire l'objet de la recherche."
TERMS = "Je reconnais avoir lu, compris et accepté les conditions d'utilisation du service en ligne."
# covers the form until it is closed
COVER = (
    '<div class="modal show" role="dialog" style="position:fixed;inset:0;background:#fff">'
    "<p>Un sondage vous est offert.</p>"
    "<button type='button' onclick=\"this.closest('.modal').remove()\">Fermer</button></div>\n"
)
# the rows come after the page, a few at a time
LATE_ROWS = """<script>
const body = document.querySelector("tbody"), rows = [...body.children];
body.replaceChildren();
const more = () => { body.append(...rows.splice(0, 7)); if (rows.length) setTimeout(more, 20); };
setTimeout(more, 60);
</script>
"""


def search_page(look: Look, query: str = "", said: str = "", *, covered: bool = False) -> str:
    terms = look.name("ConditionUtilisationCochee")
    body = (
        f"{notice(said) if said else ''}"
        f'<form method="post" action="{SEARCH}{DOMAIN}" accept-charset="utf-8">\n'
        f"<label>Objet de la recherche "
        f'<input type="text" id="{look.name("Objet")}" name="{look.name("objetRecherche")}" '
        f'value="{escape(query)}"></label>\n'
        f'<label><input type="checkbox" id="{terms}" name="{terms}" value="true"> {TERMS}</label>\n'
        f'<button type="submit" name="commande" value="1">'
        f"{escape(look.says('Rechercher'))}</button>\n</form>\n"
        f"{COVER if covered else ''}"
    )
    return page("Rechercher une entreprise au registre", body)


def nothing_page(look: Look, query: str) -> str:
    return search_page(look, query, NOTHING)


def results_page(look: Look, entries: Sequence[Entry], number: int, size: int, *, late: bool = False) -> str:
    """The list's page of that number, from 1, with `size` results."""
    first = (number - 1) * size
    rows = "".join(
        row(look, place, entry) for place, entry in enumerate(entries[first : first + size], first)
    )
    body = (
        f"<p>{len(entries)} résultats</p>\n"
        f'<div id="kx-datalist-container3"><div id="{look.name("entreprise")}">\n'
        "<table><thead><tr><th>Nom</th><th>NEQ</th><th>Statut</th><th></th></tr></thead>\n"
        f"<tbody>\n{rows}</tbody></table>\n</div></div>\n{turning(look, -(-len(entries) // size), number)}"
        f"{LATE_ROWS if late else ''}"
    )
    return page("Résultats de la recherche", body)


def row(look: Look, place: int, entry: Entry) -> str:
    return (
        f"<tr><td>{escape(entry.name)}</td><td>{entry.company.neq}</td><td>Immatriculée</td>"
        f'<td><form method="post" action="{CONSULT}"><input type="hidden" name="rang" value="{place}">'
        f'<button type="submit">{escape(look.says("Consulter"))}</button></form></td></tr>\n'
    )


def turning(look: Look, last: int, number: int) -> str:
    """Ways to the page before and the next; a way that leads nowhere is shown and cannot be pressed."""
    if last < 2:
        return ""

    def way(text: str, to: int) -> str:
        off = "" if 1 <= to <= last else ' class="disabled"'
        return f'<li{off}><a href="{RESULTS}?page={to}">{escape(look.says(text))}</a></li>'

    return f'<ul class="pagination">{way("Précédent", number - 1)}{way("Suivant", number + 1)}</ul>\n'
