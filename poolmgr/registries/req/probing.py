"""The pages of the register of companies. A search costs nothing, so the probe makes a few, unhurried."""

from urllib.parse import urljoin

from poolmgr.config.settings import ReqSettings
from poolmgr.domain.errors import SiteChanged
from poolmgr.registries.browser.screen import Screen
from poolmgr.registries.probing import Probing, Verdict
from poolmgr.registries.req import names
from poolmgr.registries.req.answers import Answer
from poolmgr.registries.req.parsing import Company
from poolmgr.registries.req.searching import Pace, Searching
from poolmgr.registries.words import plain

HEADINGS = (
    """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((one) => one.innerText.trim())"""
)


async def probe(probing: Probing, req: ReqSettings) -> None:
    """Raises TurnedAway."""
    pace = Pace(req.pause_seconds)
    async with probing.looking_at("search"):
        await look_at_search(probing, Searching(probing.screen, names.PROBED, req, pace))
    company = None
    async with probing.looking_at("results"):
        company = await look_at_results(probing, Searching(probing.screen, names.PROBED, req, pace))
    if company is not None:
        await look_at_company(probing, company, req, pace)
    async with probing.looking_at("nothing found"):
        answer = await Searching(probing.screen, names.PROBED_IN_VAIN, req, pace).ask()
        compare_kind(probing, "what a search that finds nothing brings", "nothing", answer)


async def look_at_search(probing: Probing, searching: Searching) -> None:
    async with searching.explained():
        await probing.screen.open(urljoin(searching.req.url, names.SEARCH_PAGE), "Opening the search page")
        await probing.compare(names.QUERY, names.TERMS)
        await probing.compare(names.SEARCH, any_of=True)
        await probing.compare(names.COVER, may_lack=True)
        await probing.note_new()


async def look_at_results(probing: Probing, searching: Searching) -> Company | None:
    """The first company of the list, opened; None where there is no list."""
    try:
        answer = await searching.ask()
    except SiteChanged:
        await probing.compare(names.CONSULT, any_of=True)
        raise
    compare_kind(probing, f"what the search for « {names.PROBED} » brings", "results", answer)
    if answer.kind != "results":
        return None
    await probing.compare(names.CONSULT, any_of=True)
    await probing.compare(names.NEXT, any_of=True, may_lack=not answer.more)
    probing.page = "company"
    company = await searching.open_result(1, 0, answer.rows[0])
    await look_at_headings(probing, probing.screen)
    return company


async def look_at_headings(probing: Probing, screen: Screen) -> None:
    """A company that has nothing to say in a section may lack its heading."""
    await probing.compare(names.COMPANY)
    found = await screen.read(HEADINGS)
    shown = {plain(str(one)) for one in found} if isinstance(found, list) else set()
    for heading in names.SECTIONS:
        must = heading == plain(names.IDENTIFICATION)
        verdict: Verdict = "same" if heading in shown else "changed" if must else "unseen"
        why = "" if verdict == "same" else "not on this company's page"
        probing.note("heading", verdict, expected=heading, found=why)


async def look_at_company(probing: Probing, company: Company, req: ReqSettings, pace: Pace) -> None:
    """That its number alone leads to it."""
    verdict: Verdict = "same" if company.neq else "changed"
    probing.note("number of the company", verdict, expected=names.NEQ_LABEL, found=company.neq)
    if company.neq:
        async with probing.looking_at("search by number"):
            answer = await Searching(probing.screen, company.neq, req, pace).ask()
            compare_kind(probing, "what the search for a number brings", "company", answer)


def compare_kind(probing: Probing, what: str, expected: str, answer: Answer) -> None:
    same = answer.kind == expected
    found = answer.said if same else f"{answer.kind} {answer.said}".strip()
    probing.note(what, "same" if same else "changed", expected=expected, found=found)
