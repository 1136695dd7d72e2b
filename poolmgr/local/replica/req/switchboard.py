"""The stand-in's own interface below `/_control/req/`."""

from starlette.routing import Route

from poolmgr.domain.json import JsonObject, strings, text, whole
from poolmgr.local.replica.req.companies import Company
from poolmgr.local.replica.req.faults import ReqFault
from poolmgr.local.replica.req.site import ReqSite
from poolmgr.local.replica.req.vocabulary import CONTROL
from poolmgr.local.replica.verbs import Verb, below, count_steps


def routes(site: ReqSite) -> list[Route]:
    verbs: dict[tuple[str, str], Verb] = {
        ("POST", "faults"): lambda sent: set_fault(site, sent),
        ("DELETE", "faults"): lambda _: clear_faults(site),
        ("GET", "visits"): lambda _: visits(site),
        ("POST", "release"): lambda _: release(site),
        ("POST", "companies"): lambda sent: add_company(site, sent),
        ("POST", "page_size"): lambda sent: set_page_size(site, sent),
        ("POST", "reset"): lambda _: reset(site),
    }
    return below(CONTROL, verbs)


def set_fault(site: ReqSite, sent: JsonObject) -> JsonObject:
    fault = ReqFault.read(sent)
    site.faults.set(fault)
    return fault.values()


def clear_faults(site: ReqSite) -> JsonObject:
    site.faults.clear()
    return {}


def visits(site: ReqSite) -> JsonObject:
    """What was done on the site since the last reset, and how many requests hang at each step now."""
    return {"asked": [*site.asked], "consulted": [*site.consulted], **count_steps(site.passage)}


def release(site: ReqSite) -> JsonObject:
    site.passage.release()
    return {}


def add_company(site: ReqSite, sent: JsonObject) -> JsonObject:
    number, name = text(sent, "neq"), text(sent, "name")
    if len(number) != 10 or not number.isdecimal() or not name:
        raise ValueError("a company has ten digits under neq, and a name")
    others, broken = tuple(strings(sent, "others")), sent.get("broken") is True
    site.register.add(Company(neq=number, name=name, others=others, is_broken=broken))
    return {}


def set_page_size(site: ReqSite, sent: JsonObject) -> JsonObject:
    if (size := whole(sent, "results")) < 1:
        raise ValueError("a page has one result or more")
    site.page_size = size
    return {}


def reset(site: ReqSite) -> JsonObject:
    site.reset()
    return {}
