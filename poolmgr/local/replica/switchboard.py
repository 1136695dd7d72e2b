"""The replica's own interface below `/_control/`: faults, counts, the till, and what may be set."""

from starlette.routing import Route

from poolmgr.domain.json import JsonObject, number, record, text
from poolmgr.local.replica import asked
from poolmgr.local.replica.faults import Fault
from poolmgr.local.replica.paths import CONTROL
from poolmgr.local.replica.site import SAVE_MODES, Choices, Site
from poolmgr.local.replica.verbs import Verb, below, count_steps


def routes(site: Site) -> list[Route]:
    verbs: dict[tuple[str, str], Verb] = {
        ("POST", "faults"): lambda sent: set_fault(site, sent),
        ("DELETE", "faults"): lambda _: clear_faults(site),
        ("GET", "faults"): lambda _: {"faults": [fault.values() for fault in site.faults.all]},
        ("GET", "till"): lambda _: {kind: [*lines] for kind, lines in site.till.lines.items()},
        ("GET", "steps"): lambda _: count_steps(site.passage),
        ("POST", "release"): lambda _: release(site),
        ("POST", "settings"): lambda sent: choose(site, sent),
        ("POST", "documents"): lambda sent: add_document(site, sent),
        ("POST", "reset"): lambda _: reset(site),
    }
    return below(CONTROL, verbs)


def set_fault(site: Site, sent: JsonObject) -> JsonObject:
    fault = Fault.read(sent)
    site.faults.set(fault)
    return fault.values()


def clear_faults(site: Site) -> JsonObject:
    """What hangs goes on hanging: it is let go by `release`."""
    site.faults.clear()
    return {}


def release(site: Site) -> JsonObject:
    site.passage.release()
    return {}


def choose(site: Site, sent: JsonObject) -> JsonObject:
    """Sets what is named and leaves the rest."""
    choices = site.choices
    if "save_mode" in sent:
        if text(sent, "save_mode") not in SAVE_MODES:
            raise ValueError(f"save_mode is one of {', '.join(SAVE_MODES)}")
        choices.save_mode = text(sent, "save_mode")
    if "session_seconds" in sent:
        choices.session_seconds = number(sent, "session_seconds")
    if "blank_first_option" in sent:
        choices.blank_first_option = sent["blank_first_option"] is True
    if "accounts" in sent:
        given = record(sent, "accounts")
        choices.accounts = {username: text(given, username) for username in given}
    return {}


def add_document(site: Site, sent: JsonObject) -> JsonObject:
    site.register.add(asked.read(sent))
    return {}


def reset(site: Site) -> JsonObject:
    """As after a start: nobody is logged in and nothing is set. The till alone forgets nothing."""
    site.faults.clear()
    site.passage.release()
    site.passage.reached.clear()
    site.sessions.clear()
    site.register.forget_added()
    site.choices = Choices()
    site.req.reset()
    site.rdprm.reset()
    return {}
