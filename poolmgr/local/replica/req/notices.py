"""Pages that come instead of what was asked for."""

from collections.abc import Callable

from starlette.responses import Response

from poolmgr.local.replica.markup import redirect
from poolmgr.local.replica.req.markup import answer, page
from poolmgr.local.replica.req.vocabulary import SEARCH


def ban() -> Response:
    said = "L'accès à nos services vous est temporairement interdit en raison d'une utilisation excessive."
    return answer(page("Accès refusé", f"<p>{said}</p>"), 403)


def challenge() -> Response:
    """A bot wall's question, with a status of success as some have it."""
    return answer(
        "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>"
        "<h2>Verifying you are human.</h2><div id='challenge-platform'></div></body></html>"
    )


def error_500() -> Response:
    return answer(page("Erreur", "<p>Une erreur interne s'est produite.</p>"), 500)


def maintenance() -> Response:
    said = "Ce service est temporairement indisponible en raison de travaux d'entretien."
    return answer(page("Service non disponible", f"<p>{said}</p>"), 503)


def unknown_page() -> Response:
    return answer(page("Avis", "<p>La page que vous voyez ici ne fait partie d'aucun parcours.</p>"))


def expired() -> Response:
    """The server does not know what was searched for any more: it begins anew."""
    return redirect(SEARCH)


OF_FAULT: dict[str, Callable[[], Response]] = {
    "ban": ban,
    "challenge": challenge,
    "error_500": error_500,
    "maintenance": maintenance,
    "unknown_page": unknown_page,
    "session_expiry": expired,
}
