"""Filling a search page: the choices are the page's own, and read back before anything is pressed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from poolmgr.domain import fallbacks
from poolmgr.domain.errors import OrderError, SessionEnded, SiteChanged
from poolmgr.domain.json import Json, JsonObject, records, strings, text
from poolmgr.domain.matching import Absent, Ambiguous, Found, Match, match, same
from poolmgr.domain.names import is_blank
from poolmgr.domain.orders import CADASTRE_DU_QUEBEC, LandOrder, is_renovated
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


async def fill(screen: Screen, form: Form, order: LandOrder, tried: Sequence[LandOrder]) -> LandOrder | None:
    """Fills the page that is open; the order with the site's own names of its places and its type, the best
    that were not tried yet. None: all were.

    Raises OrderError, SessionEnded, SiteChanged, SiteDown, BrowserLost.
    """
    await screen.need_all((form.number, form.button, *form.others))
    asked = await (fill_acte if order.source == "acte" else fill_lot)(screen, order, tried)
    if asked is not None:
        await screen.fill(form.number, order.number)
        await check(screen, held_by(form, asked))
    return asked


async def fill_acte(screen: Screen, order: LandOrder, tried: Sequence[LandOrder]) -> LandOrder | None:
    asked = replace(order, circonscription=await choose(screen, names.CIRCONSCRIPTION, order.circonscription))
    options = [text(one, "text") for one in await options_of(screen, names.ACTE_TYPE)]
    first = options[place_of(names.ACTE_TYPE, order.acte_type, options)]
    types = meant(names.ACTE_TYPE, (first, *fallbacks.acte_types(order)), options)
    untried = next((one for one in types if replace(asked, acte_type=one) not in tried), None)
    if untried is None:
        return None
    return replace(asked, acte_type=await choose(screen, names.ACTE_TYPE, untried))


async def fill_lot(screen: Screen, order: LandOrder, tried: Sequence[LandOrder]) -> LandOrder | None:
    """A pair of cadastre and désignation that was tried is left out as that pair alone."""
    asked = replace(
        order,
        circonscription=await choose(screen, names.CIRCONSCRIPTION, order.circonscription, names.CADASTRE),
    )
    options = [text(one, "text") for one in await options_of(screen, names.CADASTRE)]
    wrong: OrderError | None = None
    for cadastre in cadastres_of(order, options):
        asked = replace(asked, cadastre=await choose(screen, names.CADASTRE, cadastre))
        try:
            designations = await designations_of(screen, order)
        except OrderError as error:
            wrong = wrong or error
            continue
        for designation in designations:
            pair = replace(asked, designation=designation)
            if pair not in tried:
                await choose_designation(screen, designation)
                return pair
    if wrong and not tried:
        raise wrong
    return None


def cadastres_of(order: LandOrder, options: Sequence[str]) -> list[str]:
    """Options that the order names. Raises OrderError."""
    found = meant(names.CADASTRE, fallbacks.cadastres(order), options)
    # check() of the order has seen to it that its lot fits its cadastre: no other name may change that.
    fitting = [one for one in found if same(one, CADASTRE_DU_QUEBEC) == is_renovated(order)]
    if not fitting:
        raise refusal(names.CADASTRE, order.cadastre, Absent(), options)
    return fitting


async def designations_of(screen: Screen, order: LandOrder) -> list[str]:
    """Of the cadastre that is chosen; an empty text: none is asked for, or the list has none.

    Raises OrderError.
    """
    wanted = fallbacks.designations(order)
    offered = await options_of(screen, names.DESIGNATION)
    options = [text(one, "text") for one in offered if not is_nothing(one)]
    return meant(names.DESIGNATION, wanted, options) if wanted and options else [""]


async def choose_designation(screen: Screen, designation: str) -> None:
    if designation:
        await choose(screen, names.DESIGNATION, designation)
    else:
        await choose_no_designation(screen)


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


async def options_of(screen: Screen, name: Name) -> list[JsonObject]:
    return records(await screen.element(await screen.need(name), OPTIONS, name.what), "options")


def place_of(name: Name, wanted: str, options: Sequence[str]) -> int:
    """Raises OrderError when no option, or more than one, is meant."""
    found = match(wanted, options)
    if isinstance(found, Found):
        return found.index
    raise refusal(name, wanted, found, options)


def meant(name: Name, wanted: Sequence[str], options: Sequence[str]) -> list[str]:
    """Options, each meant by one of the wanted texts, in their order. Raises OrderError when there is none,
    or the first that means any may mean several."""
    found: list[str] = []
    for text_wanted in wanted:
        answer = match(text_wanted, options)
        if isinstance(answer, Ambiguous) and not found:
            raise refusal(name, text_wanted, answer, options)
        if isinstance(answer, Found) and options[answer.index] not in found:
            found.append(options[answer.index])
    if not found:
        raise refusal(name, wanted[0], match(wanted[0], options), options)
    return found


def refusal(name: Name, wanted: str, answer: Match, options: Sequence[str]) -> OrderError:
    """Why none of the options is chosen for what was wanted."""
    if isinstance(answer, Ambiguous):
        several = ", ".join(f"« {options[one]} »" for one in answer.indices)
        return OrderError(
            f"« {wanted} » is ambiguous in the {name.what}: it may be {several}.",
            advice="Write in the row which one is meant, then: registre-pool jobs retry ID",
        )
    nearest = answer.nearest if isinstance(answer, Absent) else ()
    close = ", ".join(f"« {options[one]} »" for one in nearest)
    return OrderError(
        f"The {name.what} has no « {wanted} »." + (f" Nearest: {close}." if close else ""),
        advice="Correct the row, then: registre-pool jobs retry ID",
    )


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
