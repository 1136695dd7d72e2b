"""The way in and out: entry, login, welcome, logout."""

from html import escape

from starlette.responses import Response

from poolmgr.local.replica import notices
from poolmgr.local.replica.accounts import ACCOUNTS
from poolmgr.local.replica.markup import (
    SITE,
    answer,
    button,
    form,
    hidden,
    label,
    link,
    message,
    page,
    redirect,
    rows,
    text_field,
)
from poolmgr.local.replica.names import Look
from poolmgr.local.replica.paths import ACTE, BASE, IMAGES, INDEX, LOGIN, LOGOUT, PLAN, WELCOME
from poolmgr.local.replica.sessions import COOKIE, Session
from poolmgr.local.replica.site import Site
from poolmgr.local.replica.visit import Visit

REFUSALS = {
    "unknown": "Le code d'utilisateur ou le mot de passe est invalide.",
    "password": "Le code d'utilisateur ou le mot de passe est invalide.",
    "in_use": "Ce code d'utilisateur est déjà utilisé dans une autre session.",
    "locked": "Votre code d'utilisateur est verrouillé. Veuillez communiquer avec le service à la clientèle.",
}
PRODUCTS = (
    ("Consulter l'index des immeubles", INDEX),
    ("Consulter un acte, une radiation ou un avis d'adresse", ACTE),
    ("Consulter un plan cadastral", PLAN),
)


async def entry(site: Site, visit: Visit) -> Response:
    return await site.passage.through("entry", visit, lambda: answer(page(SITE, ENTRY)))


ENTRY = (
    f'<img src="{IMAGES}accueil.gif" alt="{SITE}" width="760" height="300" border="0" usemap="#carte">\n'
    '<map name="carte">\n'
    f'<area shape="rect" coords="40,120,340,220" href="{LOGIN.removeprefix(BASE)}" '
    'alt="Entrée des clients du Registre foncier" title="Entrée des clients du Registre foncier">\n'
    "</map>\n"
)


async def login(site: Site, visit: Visit) -> Response:
    if visit.request.method == "GET":
        told = notices.EXPIRED if visit.query.get("msg") == "expir" else ""
        return await site.passage.through("login_page", visit, lambda: login_page(visit.look, told))
    return await site.passage.through("login", visit, lambda: admit(site, visit))


def login_page(look: Look, told: str = "") -> Response:
    fields = rows(
        (
            (
                label(look, "txtVaCodeUtils", "Code d'utilisateur"),
                text_field(look, "txtVaCodeUtils", ""),
            ),
            (
                label(look, "txtMotPasse", "Mot de passe"),
                text_field(look, "txtMotPasse", "", kind="password"),
            ),
        )
    )
    kept = hidden(look, "txtEtat", "valdr") + hidden(look, "txtBoutn", "btnSoumt")
    kept += hidden(look, "txtInAfichQuestIdentPersn", "N")
    body = message(told) + form(LOGIN, kept + fields + button(look, "btnSoumt", "Soumettre"))
    return answer(page("Identification du client", body))


def admit(site: Site, visit: Visit) -> Response:
    """A login that is good ends the older session of its account, as it does on the site."""
    kept = (visit.value("txtEtat"), visit.value("txtBoutn"), visit.value("txtInAfichQuestIdentPersn"))
    if kept != ("valdr", "btnSoumt", "N"):
        return login_page(visit.look)
    username, password = visit.value("txtVaCodeUtils"), visit.value("txtMotPasse")
    why = refusal(site, username, password)
    site.till.login(username, ok=not why, why=why)
    if why:
        return login_page(visit.look, REFUSALS[why])
    if site.faults.meets("personal_question", username):
        return question_page(visit.look)
    for _ in range(site.sessions.evict(username, idle_seconds=site.choices.session_seconds)):
        site.till.evict(username)
    session = site.sessions.open(username)
    welcome = redirect(WELCOME)
    welcome.set_cookie(COOKIE, session.token, path="/", httponly=True)
    return welcome


def refusal(site: Site, username: str, password: str) -> str:
    if username not in site.choices.accounts:
        return "unknown"
    if site.faults.meets("account_lock", username):
        return "locked"
    if site.choices.accounts[username] != password:
        return "password"
    return "in_use" if site.faults.meets("account_in_use", username) else ""


def question_page(look: Look) -> Response:
    """A person who was never asked before is; what is answered here leads nowhere."""
    asked = label(look, "txtRepnsQuestIdentPersn", "Quel était le nom de votre premier animal ?")
    fields = rows(((asked, text_field(look, "txtRepnsQuestIdentPersn", "")),))
    body = form(LOGIN, hidden(look, "txtEtat", "quest") + fields + button(look, "btnSoumt", "Soumettre"))
    return answer(page("Question d'identification personnelle", body))


async def welcome(site: Site, visit: Visit, session: Session) -> Response:
    if visit.pressed("btnCommd"):
        site.till.press(session.account, "Commander", visit.path, None)
    return await site.passage.through("welcome", visit, lambda: welcome_page(visit.look, session))


def welcome_page(look: Look, session: Session) -> Response:
    name = next((a.name for a in ACCOUNTS if a.username == session.account), "")
    person = f"{name} ({session.account})" if name else session.account
    products = "".join(f"<tr><td>{link(path, look.says(title))}</td></tr>\n" for title, path in PRODUCTS)
    consult = form(INDEX, button(look, "btnConsl", "Consulter"))
    order = form(WELCOME, button(look, "btnCommd", "Commander"))
    body = (
        f"{bar(look, person)}<p>Choisissez un produit dans la barre de navigation.</p>\n"
        f'<table class="Cadre">\n{products}</table>\n'
        f"<table><tr><td>{consult}</td><td>{order}</td></tr></table>"
    )
    return answer(page(look.says("Bienvenue"), body))


def bar(look: Look, person: str) -> str:
    """The line of each inner page that says who is logged in, with the way out."""
    out = link(LOGOUT, look.says("Fermer la session"))
    return f'<table class="navgt"><tr><td class="nomUtils">{escape(person)}</td><td>{out}</td></tr></table>\n'


async def logout(site: Site, visit: Visit) -> Response:
    if visit.session is not None:
        site.sessions.end(visit.session)
    return redirect(BASE)
