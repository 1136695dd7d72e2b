"""Pages between a search and its document: similar numbers, a choice of plans, and a last question."""

from html import escape

from starlette.responses import Response

from poolmgr.local.replica import paths
from poolmgr.local.replica.doors import bar
from poolmgr.local.replica.markup import answer, button, form, hidden, message, page, radio, redirect
from poolmgr.local.replica.names import Look
from poolmgr.local.replica.register import Choice, Paper
from poolmgr.local.replica.searching import back, choose, departing, ordered, sell
from poolmgr.local.replica.sessions import Demand
from poolmgr.local.replica.site import Site
from poolmgr.local.replica.visit import Visit

SIMILAR = "Nous vous proposons une liste de document(s) dont le numéro est semblable"
PLANS = "Sélectionnez le plan à consulter puis cliquez sur le bouton « {} »."
LARGE = (
    "Le document demandé est volumineux et son affichage peut prendre plusieurs minutes. "
    "Désirez-vous poursuivre ?"
)
ON_PAPER = "Ce document est conservé sur support papier et ne peut être consulté à distance."


async def similar(site: Site, visit: Visit, demand: Demand) -> Response:
    if visit.request.method == "GET":
        return await site.passage.through("similar", visit, lambda: similar_page(visit.look, demand))
    return await chosen(site, visit, demand, "rdDocmn", "choose_similar")


async def plans(site: Site, visit: Visit, demand: Demand) -> Response:
    if visit.request.method == "GET":
        return await site.passage.through("plan_choice", visit, lambda: plans_page(visit.look, demand))
    return await chosen(site, visit, demand, "rdPlan", "choose_plan")


async def chosen(site: Site, visit: Visit, demand: Demand, field: str, step: str) -> Response:
    pressed = "Commander" if visit.pressed("btnCommd") else "Soumettre"
    site.till.press(visit.account, pressed, visit.path, demand.asked)
    if pressed == "Commander":
        return ordered()
    return await departing(site, visit, step, lambda: take(site, visit, demand, visit.value(field)))


def take(site: Site, visit: Visit, demand: Demand, number: str) -> Response:
    offered = demand.offered.papers if demand.offered else ()
    paper = next((paper for position, paper in enumerate(offered) if str(position) == number), None)
    if paper is None or paper.on_paper:
        told = ON_PAPER if paper else "Vous devez sélectionner un document."
        make = similar_page if demand.asked.source == "acte" else plans_page
        return make(visit.look, demand, told)
    return choose(site, visit, demand, paper)


def similar_page(look: Look, demand: Demand, told: str = "") -> Response:
    lines = [
        f"<td>{radio(look, 'rdDocmn', str(position), number=position)}</td>"
        f"<td>{escape(paper.asked.number)}</td><td>{escape(paper.asked.acte_type or '')}</td>"
        f"<td>{escape(paper.asked.circonscription or '')}</td><td>{medium(paper)}</td>"
        for position, paper in enumerate(papers(demand))
    ]
    titles = ("", "Numéro", "Type de document", "Circonscription foncière", "Support")
    heads = "".join(f"<th>{escape(look.says(title))}</th>" for title in titles)
    above = f"{message(told)}{message(SIMILAR)}<h2>{escape(look.says('Résultat de la recherche'))}</h2>\n"
    return choice_page(look, paths.SIMILAR, demand, above, [heads, *lines], "Documents semblables")


def plans_page(look: Look, demand: Demand, told: str = "") -> Response:
    lines = [
        f"<td>{radio(look, 'rdPlan', str(position), number=position)}</td><td>{escape(paper.title)}</td>"
        for position, paper in enumerate(papers(demand))
    ]
    said = demand.offered.message if demand.offered else ""
    hint = f"<p>{escape(PLANS.format(look.says('Soumettre')))}</p>\n"
    above = message(told) + message(said) + hint
    return choice_page(look, paths.PLAN_CHOICE, demand, above, lines, "Sélection d'un plan cadastral")


def papers(demand: Demand) -> tuple[Paper, ...]:
    return demand.offered.papers if isinstance(demand.offered, Choice) else ()


def medium(paper: Paper) -> str:
    if paper.on_paper:
        return f'<img src="{paths.IMAGES}BPD.GIF" alt="Bureau de la publicité des droits">'
    return f'<img src="{paths.IMAGES}ecran.gif" alt="Consultable">'


def choice_page(look: Look, path: str, demand: Demand, above: str, lines: list[str], title: str) -> Response:
    table = "".join(f"<tr>{line}</tr>\n" for line in lines)
    buttons = button(look, "btnSoumt", "Soumettre") + button(look, "btnCommd", "Commander")
    fields = f'{hidden(look, "txtEtat", "valdr")}<table class="Cadre" border="1">\n{table}</table>\n{buttons}'
    body = above + form(paths.numbered(path, demand.number), fields) + back(demand)
    return answer(page(title, body))


async def confirm(site: Site, visit: Visit, demand: Demand) -> Response:
    if visit.request.method == "GET":
        return await site.passage.through("confirm", visit, lambda: confirm_page(visit, demand))
    if visit.pressed("btnAnnul"):
        return redirect(paths.WELCOME)
    site.till.press(visit.account, "Confirmer", visit.path, demand.asked)
    return await departing(site, visit, "confirmed", lambda: sell(site, visit, demand))


def confirm_page(visit: Visit, demand: Demand) -> Response:
    look = visit.look
    buttons = button(look, "btnConfr", "Confirmer", accesskey="C") + button(look, "btnAnnul", "Annuler")
    fields = f"{hidden(look, 'txtEtat', 'valdr')}<p>{escape(LARGE)}</p>\n{buttons}"
    body = bar(look, visit.account) + form(paths.numbered(paths.CONFIRM, demand.number), fields)
    return answer(page("Confirmation de la demande", body))
