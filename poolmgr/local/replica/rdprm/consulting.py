"""The consultation: one page, whose application asks for the search, its two confirmations and the print."""

import json
from importlib.resources import files

from starlette.responses import JSONResponse, Response

from poolmgr.local.replica.rdprm import notices, papers, paths
from poolmgr.local.replica.rdprm.markup import answer, page
from poolmgr.local.replica.rdprm.site import Demand, RdprmSite
from poolmgr.local.replica.rdprm.steps import FIELDS, LABELS
from poolmgr.local.replica.sessions import Session
from poolmgr.local.replica.visit import Visit


async def consultation(site: RdprmSite, visit: Visit, _: Session) -> Response:
    return await site.passage.through("consultation", visit, lambda: application_page(site, visit))


def application_page(site: RdprmSite, visit: Visit) -> Response:
    told = {
        "mots": {word: visit.look.says(word) for word in LABELS},
        "champs": {name: visit.look.name(name) for name in FIELDS},
        "ajout": bool(site.faults.standing("extra_field")),
        "reference": site.choices.has_reference,
        "prix": site.choices.shows_price,
        "onglet": site.choices.prints_in_tab,
        "tard": int(site.choices.rows_seconds * 1000),
    }
    data = json.dumps(told).replace("<", "\\u003c")
    head = f'<script>window.SITE = {data};</script><script src="{paths.SCRIPT}" defer></script>'
    return answer(page("Consultation du registre", "<app-root></app-root>", head))


async def script(_: RdprmSite, __: Visit) -> Response:
    source = files("poolmgr.local.replica.rdprm").joinpath("application.js").read_text()
    return Response(source, media_type="text/javascript")


async def pulse(_: RdprmSite, __: Visit, ___: Session) -> Response:
    """Asked for again and again: the page's network never rests."""
    return JSONResponse({})


async def search(site: RdprmSite, visit: Visit, _: Session) -> Response:
    return await site.passage.through("search", visit, lambda: offer(site, visit))


def offer(site: RdprmSite, visit: Visit) -> Response:
    """Free where the site asks: it only says what the search would cost."""
    if not visit.value("nom"):
        return JSONResponse({"erreur": "Le nom de l'organisme est obligatoire."})
    demand = site.demand(visit)
    if not site.choices.asks:
        return sold(site, demand)
    return JSONResponse({"noDemande": demand.number, "prix": price(demand.price_cents)})


def price(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02d} $"


async def confirmation(site: RdprmSite, visit: Visit, _: Session) -> Response:
    demand = site.demand_of(visit)
    if demand is None:
        return notices.not_here()
    if visit.value("etape") == "2":
        return await site.passage.through("confirm_again", visit, lambda: confirm_again(site, demand))
    return await site.passage.through("confirm", visit, lambda: confirm(site, demand))


def confirm(site: RdprmSite, demand: Demand) -> Response:
    site.till.press(demand.account, "Confirmer", paths.CONFIRMATION, None)
    if not site.choices.second_confirmation:
        return sold(site, demand)
    demand.asked_twice = True
    cents = site.choices.second_price_cents
    return JSONResponse({"encore": True, "prix": price(cents) if cents else ""})


def confirm_again(site: RdprmSite, demand: Demand) -> Response:
    site.till.press(demand.account, "Confirmer encore", paths.CONFIRMATION, None)
    return sold(site, demand) if demand.asked_twice else notices.not_here()


def sold(site: RdprmSite, demand: Demand) -> Response:
    site.sell(demand)
    rows = papers.rows_of(demand.name, large=demand.large) if demand.found else []
    return JSONResponse(
        {
            "noDemande": demand.number,
            "nom": demand.name,
            "certification": papers.CERTIFIED,
            "inscriptions": rows,
        }
    )


async def preparation(site: RdprmSite, visit: Visit, _: Session) -> Response:
    demand = site.demand_of(visit)
    if demand is None or not demand.sale:
        return notices.not_here()
    if visit.value("debut"):
        return await site.passage.through("print", visit, lambda: begun(demand, warned=visit.value("averti")))
    return await site.passage.through("preparation", visit, lambda: progress(site, demand))


def begun(demand: Demand, *, warned: str) -> Response:
    demand.looks = 0
    return JSONResponse({"volumineuse": demand.large and not warned})


def progress(site: RdprmSite, demand: Demand) -> Response:
    demand.looks += 1
    looks = site.choices.looks
    return JSONResponse(
        {"pourcent": min(99, 100 * demand.looks // max(looks, 1)), "pret": demand.looks >= looks}
    )
