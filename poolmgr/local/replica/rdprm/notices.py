"""Pages that come instead of what was asked for."""

from collections.abc import Callable

from starlette.responses import Response

from poolmgr.local.replica.rdprm.markup import answer, page


def error_500() -> Response:
    return answer(page("Erreur", "<p>500 - Erreur interne du serveur.</p>"), 500)


def maintenance() -> Response:
    body = "<p>Les services en ligne du RDPRM ne sont pas disponibles en raison de travaux d'entretien.</p>"
    return answer(page("Service non disponible", body), 503)


def challenge() -> Response:
    """A bot wall's page, with a status of success."""
    body = "<p>Just a moment...</p><script>/* /cdn-cgi/challenge-platform/ */</script>"
    return answer(page("Just a moment...", body))


def html_instead() -> Response:
    """An error page where a file is expected, with a status of success."""
    return answer(page("Erreur", "<p>La fiche ne peut être affichée pour le moment.</p>"))


def nothing() -> Response:
    return Response(status_code=204)


def not_here() -> Response:
    return answer(page("Page introuvable", "<p>La page demandée n'existe pas dans cette session.</p>"), 404)


OF_FAULT: dict[str, Callable[[], Response]] = {
    "error_500": error_500,
    "maintenance": maintenance,
    "challenge": challenge,
    "html": html_instead,
    "no_download": nothing,
}
