"""From the sale to the file: redirects, the frames, the document's page and what the save link gives."""

from collections.abc import Collection
from html import escape

from starlette.responses import Response

from poolmgr.local.replica import notices, papers, paths
from poolmgr.local.replica.connections import BrokenOff
from poolmgr.local.replica.markup import SITE, answer, page, redirect, script
from poolmgr.local.replica.names import SAVE_TITLE, Look
from poolmgr.local.replica.register import Paper
from poolmgr.local.replica.sessions import Demand
from poolmgr.local.replica.site import Site
from poolmgr.local.replica.visit import Visit

# what fRechrDocmnPDF does: the frame of the document goes to the file, or a new window does
OPENERS = {
    "popup": "window.open('{url}', '_blank');",
    "": "(parent.frames['page'] || window).location.href = '{url}';",
}


async def onward(site: Site, visit: Visit, demand: Demand) -> Response:
    """The second to the fourth redirect."""
    stage = visit.query.get("etape", "")
    if not demand.sale or stage not in ("2", "3", "4"):
        return notices.not_here()
    here = paths.numbered(paths.REDIRECT, demand.number)
    target = paths.numbered(paths.FRAMES, demand.number) if stage == "4" else f"{here}&etape={int(stage) + 1}"
    return await site.passage.through(f"redirect_{stage}", visit, lambda: redirect(target))


async def frames(site: Site, visit: Visit, demand: Demand) -> Response:
    missing = {fault.field for fault in site.faults.standing("frame_missing")}
    return await site.passage.through("document", visit, lambda: frames_page(demand, missing))


def frames_page(demand: Demand, missing: Collection[str]) -> Response:
    menu, document = (escape(paths.numbered(path, demand.number)) for path in (paths.MENU, paths.PAGE))
    frames = {
        "menu": f'<frame name="menu" src="{menu}" scrolling="no">',
        "page": f'<frame name="page" src="{document}">',
    }
    shown = "\n".join(frame for name, frame in frames.items() if name not in missing)
    return answer(
        f"<html><head><title>Document - {SITE}</title></head>\n"
        f'<frameset rows="60,*" frameborder="0">\n{shown}\n</frameset></html>\n'
    )


async def menu(site: Site, visit: Visit, demand: Demand) -> Response:
    mode = site.choices.save_mode
    return await site.passage.through("menu", visit, lambda: menu_page(visit.look, demand, mode))


def menu_page(look: Look, demand: Demand, mode: str) -> Response:
    url = paths.numbered(paths.PDF, demand.number)
    opener = OPENERS["popup" if mode.startswith("popup") else ""].format(url=url)
    title = escape(look.says(SAVE_TITLE))
    toolbar = (
        f'<table class="menu"><tr><td class="menuBoutnCentr"><a href="#impri_sauvg" title="{title}" '
        f'onmouseup="fRechrDocmnPDF()" onclick="return false">Sauvegarder</a></td>'
        f'<td class="menuBoutnCentr"><a href="{paths.SEARCHES[demand.asked.source]}" target="_top" '
        'title="Effectuer une nouvelle recherche">Nouvelle recherche</a></td></tr></table>'
    )
    head = script(f"function fRechrDocmnPDF() {{ {opener} }}")
    return answer(page("Document", toolbar, head))


async def document(site: Site, visit: Visit, demand: Demand) -> Response:
    return await site.passage.through("page", visit, lambda: document_page(demand))


def document_page(demand: Demand) -> Response:
    paper = demand.paper
    if paper is None:
        return notices.not_here()
    if paper.asked.source == "index":
        return answer(page("Index des immeubles", papers.table_of(paper)))
    body = f'<img src="{paths.IMAGES}document.gif" width="612" height="792" alt="{escape(paper.title)}">'
    return answer(page("Document", body))


async def save(site: Site, visit: Visit, demand: Demand) -> Response:
    return await site.passage.through("save", visit, lambda: file_of(site, demand))


def file_of(site: Site, demand: Demand) -> Response:
    """The file of what was sold; saving it again sells nothing."""
    paper = demand.paper
    if paper is None or not demand.sale:
        return notices.not_here()
    fault = site.faults.take_file()
    data = papers.bytes_of(paper)
    first, demand.was_saved = not demand.was_saved, True
    if fault == "cut" or paper.flaw == "cut" or (paper.flaw == "cut_once" and first):
        data = papers.shorten(data)
    broken_off = fault == "truncated" or (paper.flaw == "once" and first)
    return (BrokenOff if broken_off else Response)(data, headers=file_headers(paper, site.choices.save_mode))


def file_headers(paper: Paper, mode: str) -> dict[str, str]:
    shown = "inline" if mode.endswith("inline") else "attachment"
    name = f"{paper.asked.source}_{paper.asked.number}.pdf"
    return {"Content-Type": "application/pdf", "Content-Disposition": f'{shown}; filename="{name}"'}
