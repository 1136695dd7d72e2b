"""Pages that come instead of what was asked for."""

from collections.abc import Callable

from starlette.responses import Response

from poolmgr.local.replica.markup import answer, link, message, page, redirect
from poolmgr.local.replica.paths import BASE, LOGIN

EXPIRED = "Votre session est expirée. Veuillez vous identifier de nouveau."


def expired() -> Response:
    return redirect(f"{LOGIN}?msg=expir")


def error_500() -> Response:
    body = "<p>500 - Erreur interne du serveur.</p><p>Une erreur s'est produite lors du traitement.</p>"
    return answer(page("Erreur de serveur", body), 500)


def maintenance() -> Response:
    body = (
        "<p>Le Registre foncier du Québec en ligne n'est pas disponible pour le moment en raison de travaux "
        "d'entretien. Veuillez réessayer plus tard.</p>"
    )
    return answer(page("Service non disponible", body), 503)


def ban() -> Response:
    said = "L'accès à nos services vous est temporairement interdit en raison d'une utilisation excessive."
    return answer(page("Accès refusé", f"<p>{said}</p>"), 403)


def challenge() -> Response:
    """A bot wall's question, with a status of success as some have it."""
    body = "<h2>Verifying you are human.</h2><div id='challenge-platform'></div>"
    return answer(f"<html><head><title>Just a moment...</title></head><body>{body}</body></html>")


def unknown_page() -> Response:
    body = "<p>La fenêtre que vous voyez ici ne fait partie d'aucun parcours.</p>"
    return answer(page("Avis", body))


def html_instead() -> Response:
    """An error page where a file is expected, with a status of success."""
    return answer(page("Erreur", message("Le document ne peut être affiché pour le moment.")))


def nothing() -> Response:
    return Response(status_code=204)


def not_here() -> Response:
    body = message("La page demandée n'existe pas dans cette session.")
    return answer(page("Page introuvable", body + link(BASE, "Retour à l'accueil")), 404)


OF_FAULT: dict[str, Callable[[], Response]] = {
    "error_500": error_500,
    "maintenance": maintenance,
    "ban": ban,
    "challenge": challenge,
    "unknown_page": unknown_page,
    "html": html_instead,
    "no_download": nothing,
}
