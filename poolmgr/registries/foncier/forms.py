"""Filling a search page: the choices are the page's own, and read back before anything is pressed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from poolmgr.domain.errors import OrderError, SessionEnded, SiteChanged
from poolmgr.domain.json import Json, JsonObject, records, strings, text
from poolmgr.domain.matching import Absent, Ambiguous, Found, match
from poolmgr.domain.names import is_blank
from poolmgr.domain.orders import LandOrder
from poolmgr.registries.browser.screen import MARK, Screen
from poolmgr.registries.foncier import names
from poolmgr.registries.foncier.session import ASKED_AGAIN
from poolmgr.registries.names import Name

OPTIONS = """(select) => ({
  options: [...select.options].map((one) => ({value: one.value, text: one.text.trim()})),
  chosen: select.selectedIndex, reloads: select.onchange !== null || select.hasAttribute("onchange")})"""
# The list shows the choice, on a page that was loaded since if it reloads, and the next list has its options.
CHOSEN = """({mark, reloads, list, text, next, blanks, user}) => {
  if (!document.documentElement || document.readyState === "loading") return null;
  if (reloads && document.documentElement.hasAttribute(mark)) return null;
  if (document.querySelector(user)) return {login: true};
  const select = document.querySelector(list);
  const option = select && select.options[select.selectedIndex];
  if (!option || option.text.trim() !== text) return null;
  const dependent = next && document.querySelector(next);
  if (next && !dependent) return {missing: true};
  if (dependent && ![...dependent.options].some((one) => !blanks.includes(one.value) && one.text.trim()))
    return null;
  return {};
}"""
READ_BACK = """(wanted) => wanted.map(({selector, blanks}) => {
  const found = document.querySelector(selector);
  if (!found) return "";
  if (found.tagName !== "SELECT") return found.value;
  const option = found.options[found.selectedIndex];
  return !option || blanks.includes(option.value) ? "" : option.text.trim();
})"""


@dataclass(frozen=True, kw_only=True)
class Form:
    """A search page: its address from the entry's, what else is on it, and the button that asks, and pays."""

    address: str
    title: str
    number: Name
    button: Name
    others: tuple[Name, ...] = ()


FORMS = {
    "index": Form(
        address=names.INDEX_PAGE,
        title="the search for an index",
        number=names.LOT,
        button=names.SUBMIT,
        others=names.ALSO_FOR_LOTS + names.ALSO_IN_INDEX,
    ),
    "acte": Form(
        address=names.ACTE_PAGE, title="the search for an acte", number=names.ACTE_NUMBER, button=names.SEARCH
    ),
    "plan_cadastraux": Form(
        address=names.PLAN_PAGE,
        title="the search for a plan",
        number=names.LOT,
        button=names.SUBMIT,
        others=names.ALSO_FOR_LOTS,
    ),
}


async def fill(screen: Screen, form: Form, order: LandOrder) -> LandOrder:
    """Fills the page that is open; the order with the site's own names of its places.

    Raises OrderError, SessionEnded, SiteChanged, SiteDown, BrowserLost.
    """
    await screen.need_all((form.number, form.button, *form.others))
    asked = await (fill_acte if order.source == "acte" else fill_lot)(screen, order)
    await screen.fill(form.number, order.number)
    await check(screen, held_by(form, asked))
    return asked


async def fill_acte(screen: Screen, order: LandOrder) -> LandOrder:
    return replace(
        order,
        circonscription=await choose(screen, names.CIRCONSCRIPTION, order.circonscription),
        acte_type=await choose(screen, names.ACTE_TYPE, order.acte_type),
    )


async def fill_lot(screen: Screen, order: LandOrder) -> LandOrder:
    asked = replace(
        order,
        circonscription=await choose(screen, names.CIRCONSCRIPTION, order.circonscription, names.CADASTRE),
        cadastre=await choose(screen, names.CADASTRE, order.cadastre),
    )
    if order.designation and await offers_designations(screen):
        return replace(asked, designation=await choose(screen, names.DESIGNATION, order.designation))
    await choose_no_designation(screen)
    return replace(asked, designation="")


def held_by(form: Form, asked: LandOrder) -> list[tuple[Name, str]]:
    """What each field of the page has to hold before anything is pressed: nothing where nothing is asked,
    for a site may keep what an earlier job chose."""
    held = [(names.CIRCONSCRIPTION, asked.circonscription), (form.number, asked.number)]
    if asked.source == "acte":
        return [*held, (names.ACTE_TYPE, asked.acte_type)]
    period = [(names.PERIOD, "")] if asked.source == "index" else []
    return [*held, (names.CADASTRE, asked.cadastre), (names.DESIGNATION, asked.designation), *period]


async def choose(screen: Screen, name: Name, wanted: str, dependent: Name | None = None) -> str:
    """The text of the option that was chosen. `dependent`: the list that this choice fills."""
    select = await screen.need(name)
    shown = await screen.element(select, OPTIONS, name.what)
    options = records(shown, "options")
    place = place_of(name, wanted, [text(one, "text") for one in options])
    chosen = text(options[place], "text")
    if place != shown.get("chosen"):
        await screen.leave()
        await screen.select(select, text(options[place], "value"), name.what)
    await settled(
        screen, name, chosen, dependent, reloads=place != shown.get("chosen") and shown.get("reloads") is True
    )
    return chosen


async def choose_no_designation(screen: Screen) -> None:
    """Where the list has a way to say so; `check` sees the rest."""
    name = names.DESIGNATION
    select = await screen.need(name)
    shown = await screen.element(select, OPTIONS, name.what)
    options = records(shown, "options")
    blank = next((place for place, option in enumerate(options) if is_nothing(option)), None)
    if blank is None or blank == shown.get("chosen"):
        return
    await screen.leave()
    await screen.select(select, text(options[blank], "value"), name.what)
    said = text(options[blank], "text")
    await settled(screen, name, said, None, reloads=shown.get("reloads") is True)


def is_nothing(option: JsonObject) -> bool:
    return is_blank(text(option, "text")) or text(option, "value") in names.NO_DESIGNATION


async def settled(screen: Screen, name: Name, chosen: str, dependent: Name | None, *, reloads: bool) -> None:
    found = await screen.until(
        CHOSEN,
        {
            "mark": MARK,
            "reloads": reloads,
            "list": name.selector,
            "text": chosen,
            "next": dependent.selector if dependent else None,
            "blanks": [*names.NOTHING_CHOSEN],
            "user": names.USER.selector,
        },
        f"Choosing {chosen} in {name.what}",
    )
    if found.get("login"):
        raise SessionEnded(ASKED_AGAIN)
    if dependent and found.get("missing"):
        raise screen.lacks(dependent)


def place_of(name: Name, wanted: str, options: Sequence[str]) -> int:
    """Raises OrderError when no option, or more than one, is meant."""
    match match(wanted, options):
        case Found(index=index):
            return index
        case Ambiguous(indices=indices):
            several = ", ".join(f"« {options[one]} »" for one in indices)
            raise OrderError(
                f"« {wanted} » is ambiguous in the {name.what}: it may be {several}.",
                advice="Write in the row which one is meant, then: registre-pool jobs retry ID",
            )
        case Absent(nearest=nearest):
            close = ", ".join(f"« {options[one]} »" for one in nearest)
            raise OrderError(
                f"The {name.what} has no « {wanted} »." + (f" Nearest: {close}." if close else ""),
                advice="Correct the row, then: registre-pool jobs retry ID",
            )


async def offers_designations(screen: Screen) -> bool:
    name = names.DESIGNATION
    shown = await screen.element(await screen.need(name), OPTIONS, name.what)
    return not all(is_nothing(option) for option in records(shown, "options"))


async def check(screen: Screen, wanted: Sequence[tuple[Name, str]]) -> None:
    """The page holds what was meant: a wrong choice buys the wrong document. Raises SiteChanged."""
    asked: list[Json] = [
        {"selector": name.selector, "blanks": [] if value else [*names.NO_DESIGNATION]}
        for name, value in wanted
    ]
    held = await screen.read(READ_BACK, asked)
    values = strings({"held": held}, "held")
    for (name, value), found in zip(wanted, values, strict=True):
        if bare(found) != bare(value):
            raise SiteChanged(
                f"The {name.what} holds « {found} » where « {value} » was meant.",
                advice=f"If the site has changed, {names.WHERE} is the one file to change.",
            )


def bare(value: str) -> str:
    """A number's spaces are the page's own matter."""
    return "".join(value.split()).upper()
