"""The print: a page of its own when it opens in one, the viewer, and the file."""

from html import escape

from starlette.responses import Response

from poolmgr.local.replica.connections import BrokenOff
from poolmgr.local.replica.papers import shorten
from poolmgr.local.replica.rdprm import notices, papers, paths
from poolmgr.local.replica.rdprm.consulting import application_page
from poolmgr.local.replica.rdprm.markup import answer, page
from poolmgr.local.replica.rdprm.site import Demand, RdprmSite
from poolmgr.local.replica.sessions import Session
from poolmgr.local.replica.visit import Visit


async def print_page(site: RdprmSite, visit: Visit, _: Session) -> Response:
    """The same application, which begins to print at once."""
    demand = site.demand_of(visit)
    return application_page(site, visit) if demand and demand.sale else notices.not_here()


async def viewer(site: RdprmSite, visit: Visit, _: Session) -> Response:
    demand = site.demand_of(visit)
    if demand is None or not demand.sale:
        return notices.not_here()
    return await site.passage.through("viewer", visit, lambda: viewed(site, demand))


def viewed(site: RdprmSite, demand: Demand) -> Response:
    mode, address = site.choices.viewer, escape(paths.numbered(paths.FILE, demand.number))
    match mode:
        case "file" | "inline":
            return file_of(site, demand, shown=mode == "inline")
        case "embed":
            body = f'<embed type="application/pdf" src="{address}" width="800" height="900">'
        case "iframe":
            body = f'<iframe src="{address}" width="800" height="900"></iframe>'
        case "blob":
            body = (
                '<embed type="application/pdf" width="800" height="900"><script>'
                f'fetch("{address}").then((one) => one.blob()).then((one) => '
                'document.querySelector("embed").src = URL.createObjectURL(one));</script>'
            )
        case _:
            body = (
                '<div id="visionneuse">Fiche complète</div>'
                f'<button id="download" title="Télécharger" onclick="location.href=\'{address}&piece=1\'">'
                "</button>"
            )
    return answer(page("Visionneuse", body))


async def file(site: RdprmSite, visit: Visit, _: Session) -> Response:
    demand = site.demand_of(visit)
    if demand is None or not demand.sale:
        return notices.not_here()
    shown = not visit.query.get("piece")
    return await site.passage.through("file", visit, lambda: file_of(site, demand, shown=shown))


def file_of(site: RdprmSite, demand: Demand, *, shown: bool) -> Response:
    """Of what was sold; to fetch it again sells nothing."""
    data = papers.extract(demand.name, large=demand.large)
    fault = site.faults.take_file()
    if fault == "cut":
        data = shorten(data)
    way = "inline" if shown else "attachment"
    headers = {"Content-Type": "application/pdf", "Content-Disposition": f'{way}; filename="fiche.pdf"'}
    return (BrokenOff if fault == "truncated" else Response)(data, headers=headers)
