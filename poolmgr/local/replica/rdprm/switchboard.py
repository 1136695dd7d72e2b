"""The replica's own interface below `/_control/rdprm/`; the till is the one of the whole replica."""

from dataclasses import fields, replace

from starlette.routing import Route

from poolmgr.domain.json import JsonObject, record, text
from poolmgr.local.replica.accounts import SearchAccount
from poolmgr.local.replica.rdprm.paths import CONTROL
from poolmgr.local.replica.rdprm.site import Choices, RdprmFault, RdprmSite
from poolmgr.local.replica.rdprm.steps import VIEWERS
from poolmgr.local.replica.verbs import Verb, below, count_steps


def routes(site: RdprmSite) -> list[Route]:
    verbs: dict[tuple[str, str], Verb] = {
        ("POST", "faults"): lambda sent: set_fault(site, sent),
        ("DELETE", "faults"): lambda _: clear_faults(site),
        ("GET", "steps"): lambda _: count_steps(site.passage),
        ("POST", "release"): lambda _: release(site),
        ("POST", "settings"): lambda sent: choose(site, sent),
        ("POST", "restore"): lambda _: restore(site),
        ("POST", "reset"): lambda _: reset(site),
    }
    return below(CONTROL, verbs)


def set_fault(site: RdprmSite, sent: JsonObject) -> JsonObject:
    fault = RdprmFault.read(sent)
    site.faults.set(fault)
    return fault.values()


def clear_faults(site: RdprmSite) -> JsonObject:
    site.faults.clear()
    return {}


def release(site: RdprmSite) -> JsonObject:
    site.passage.release()
    return {}


def choose(site: RdprmSite, sent: JsonObject) -> JsonObject:
    """Sets what is named and leaves the rest. Raises ValueError for what cannot be chosen."""
    known = {one.name: type(getattr(site.choices, one.name)) for one in fields(Choices)}
    for name, value in sent.items():
        if name not in known:
            raise ValueError(f"settings are {', '.join(known)}")
        if name == "viewer" and value not in VIEWERS:
            raise ValueError(f"viewer is one of {', '.join(VIEWERS)}")
    account = record(sent, "account")
    if account:
        given = {name: text(account, name) for name in ("username", "password", "answer")}
        site.choices.account = SearchAccount(**given)
    plain = {name: known[name](value) for name, value in sent.items() if name != "account"}
    site.choices = replace(site.choices, **plain)
    return {}


def restore(site: RdprmSite) -> JsonObject:
    site.restore()
    return {}


def reset(site: RdprmSite) -> JsonObject:
    site.reset()
    return {}
