"""The way in: the home page with its notice about cookies, the services, the login and its question."""

from html import escape
from secrets import token_hex

from starlette.responses import RedirectResponse, Response

from poolmgr.local.replica.names import Look
from poolmgr.local.replica.rdprm import paths
from poolmgr.local.replica.rdprm.markup import TITLE, answer, error, form, page
from poolmgr.local.replica.rdprm.site import COOKIE, RdprmSite
from poolmgr.local.replica.visit import Visit

COOKIES = (
    '<div class="temoins">Ce site utilise des témoins. '
    '<button type="button" onclick="document.cookie=\'temoins=1;path=/\';this.parentNode.remove()">'
    "Fermer</button></div>"
)
REFUSED = "Le code d'utilisateur ou le mot de passe est invalide."
WRONG_ANSWER = "La réponse à la question de sécurité est invalide."
LOCKED = "Votre compte est verrouillé. Veuillez communiquer avec le service à la clientèle."


async def home(site: RdprmSite, visit: Visit) -> Response:
    body = f"<h1>{TITLE}</h1>" + ("" if visit.request.cookies.get("temoins") else COOKIES)
    body += f'<p><a href="{paths.SERVICES}">Mes services en ligne</a></p>'
    return await site.passage.through("home", visit, lambda: answer(page("Accueil", body)))


async def services(site: RdprmSite, visit: Visit) -> Response:
    """Who is logged in is welcome, everybody else gets the login."""

    def shown() -> Response:
        if visit.session is None:
            told = "Votre session est expirée." if visit.query.get("expir") else ""
            return login_page(visit.look, told)
        return answer(page("Mes services", welcome(visit.look)))

    return await site.passage.through("services", visit, shown)


def welcome(look: Look) -> str:
    return (
        f"<h1>{escape(look.says('Bienvenue'))}</h1><ul>"
        '<li><a href="/Inscription/">Inscription</a></li>'
        f'<li><a href="{paths.CONSULTATION}">Consultation du registre</a></li></ul>'
        f'<a href="{paths.LOGOUT}">Quitter</a>'
    )


def login_page(look: Look, told: str = "") -> Response:
    body = (
        '<label for="code">Code d\'utilisateur</label><input type="text" id="code" name="code">'
        '<label for="mdp">Mot de passe</label><input type="password" id="mdp" name="mdp">'
    )
    return answer(page("Connexion", error(told) + form(paths.LOGIN, body, look.says("Entrer"))))


async def login(site: RdprmSite, visit: Visit) -> Response:
    return await site.passage.through("login", visit, lambda: admit(site, visit))


def admit(site: RdprmSite, visit: Visit) -> Response:
    known, code = site.choices.account, visit.value("code")
    why = ""
    if site.faults.meets("account_lock", code):
        why = "locked"
    elif (code, visit.form.get("mdp", "")) != (known.username, known.password):
        why = "password"
    if why or not site.choices.asks_question:
        site.till.login(code, ok=not why, why=why)
    if why:
        return login_page(visit.look, LOCKED if why == "locked" else REFUSED)
    if not site.choices.asks_question:
        return opened(site, code)
    token = token_hex(16)
    site.half_in.add(token)
    asked = RedirectResponse(paths.QUESTION, 302)
    asked.set_cookie(COOKIE, token, path="/", httponly=True)
    return asked


def opened(site: RdprmSite, username: str) -> Response:
    """A login that is good ends the older session of its account."""
    for _ in range(site.sessions.evict(username, idle_seconds=site.choices.session_seconds)):
        site.till.evict(username)
    session = site.sessions.open(username)
    inside = RedirectResponse(paths.SERVICES, 302)
    inside.set_cookie(COOKIE, session.token, path="/", httponly=True)
    return inside


async def question(site: RdprmSite, visit: Visit) -> Response:
    """The question, and what was answered to it."""
    token = visit.request.cookies.get(COOKIE, "")
    if token not in site.half_in:
        return RedirectResponse(paths.SERVICES, 302)
    if visit.request.method == "GET":
        return await site.passage.through("question", visit, lambda: question_page(visit.look))
    return await site.passage.through("answer", visit, lambda: judge(site, visit, token))


def judge(site: RdprmSite, visit: Visit, token: str) -> Response:
    account = site.choices.account
    good = visit.form.get("reponse", "").strip() == account.answer
    site.till.login(account.username, ok=good, why="" if good else "answer")
    if not good:
        return question_page(visit.look, WRONG_ANSWER)
    site.half_in.discard(token)
    return opened(site, account.username)


def question_page(look: Look, told: str = "") -> Response:
    body = (
        "<h1>Confirmer votre identité</h1><p>Dans quelle ville êtes-vous né ?</p>"
        '<input type="text" name="reponse" id="reponse" autocomplete="off">'
    )
    return answer(page("Identité", error(told) + form(paths.QUESTION, body, look.says("Poursuivre"))))


async def logout(site: RdprmSite, visit: Visit) -> Response:
    if visit.session is not None:
        site.sessions.end(visit.session)
    return RedirectResponse(paths.HOME, 302)
