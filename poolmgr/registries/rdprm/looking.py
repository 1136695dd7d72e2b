"""What stands on a page of the RDPRM now: one script that knows all of its names, and runs until it sees one.

What can be pressed or filled is marked on the page, so that it is found again: `marked("confirm")`.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from playwright.async_api import Locator

from poolmgr.domain.errors import Outage, SiteDown, TurnedAway
from poolmgr.domain.json import Json, JsonObject, text
from poolmgr.registries.browser.screen import MARK, Screen
from poolmgr.registries.rdprm import names
from poolmgr.registries.words import plain

Sight: TypeAlias = Literal[
    "welcome", "login", "question", "error", "form", "confirm", "nothing", "print", "large", "download"
]
Key: TypeAlias = Sight | Literal["organisation", "reference"]
IS, PRESSED = "data-pool-is", "data-pool-pressed"
DRAWN_MILLISECONDS = 1000
"""A page that is still being drawn may speak of anything for so long."""

LOOK = """(names) => {
  const root = document.documentElement;
  if (!root || !document.body || document.readyState === "loading") return null;
  const plain = (words) => words.normalize("NFD").replace(/[\\u0300-\\u036f]/g, "").toLowerCase()
    .replace(/[^a-z0-9]+/g, " ").trim();
  const holds = (words, wanted) => ` ${words} `.includes(` ${wanted} `);
  const shown = (one) => one.getClientRects().length > 0 && getComputedStyle(one).visibility !== "hidden";
  const label = (one) => plain((one.tagName === "INPUT" ? one.value : one.innerText)
    || one.getAttribute("aria-label") || one.title || "");
  const all = (selector, within = document) => [...within.querySelectorAll(selector)].filter(shown);
  const words = plain(document.body.innerText);
  const boxes = all(names.dialogs);
  // What costs money is said beside the button, not somewhere on the page.
  const around = (one) => {
    let place = one.closest(names.dialogs);
    for (let up = one.parentElement; !place && up; up = up.parentElement)
      if (up.innerText.includes("$")) place = up;
    return (place || document.body).innerText.replace(/\\s+/g, " ").trim();
  };
  const mark = (one, key) => {
    document.querySelectorAll(`[${names.is}="${key}"]`).forEach((old) => old.removeAttribute(names.is));
    one.setAttribute(names.is, key);
    return {label: one.innerText || one.value || "", text: around(one)};
  };
  // The button that was pressed, drawn anew or not, is not the next one.
  const again = (one) => (window.poolPressed || []).some((old) => old.label === label(one)
    && (/\\d/.test(old.label) || old.around === around(one) || one.hasAttribute(names.pressed)));
  const pressable = (key) => {
    const can = (one) => !one.disabled && one.getAttribute("aria-disabled") !== "true" && !again(one);
    const found = [...boxes, document].map((place) => all(names.buttons, place).filter(can));
    const fit = (test) => found.map((some) => some.find((one) =>
      names.labels[key].some((wanted) => test(label(one), wanted)))).find((one) => one);
    const one = fit((said, wanted) => said === wanted) || fit(holds);
    return one ? mark(one, key) : null;
  };
  const field = (key) => {
    const [wanted, part] = names.fields[key];
    const typed = (one) => ["text", "search", ""].includes(one.getAttribute("type") || "");
    const inputs = all("input").filter((one) => typed(one) && !one.disabled);
    const named = all("label").filter((one) => holds(plain(one.innerText), wanted)).map((one) =>
      one.control || one.querySelector("input") || (one.parentElement || one).querySelector("input"));
    let found = [...new Set(named)].filter((one) => inputs.includes(one));
    if (!found.length) found = inputs.filter((one) =>
      plain([one.id, one.name, one.placeholder, one.getAttribute("aria-label")].join(" ")
        .replace(/([a-z])([A-Z])/g, "$1 $2")).includes(part));
    if (found.length) mark(found[0], key);
    return found.length;
  };
  // Scrolled to its end, at rest, and the same for long enough: what was not drawn by now does not come.
  const ended = () => {
    const last = document.body.lastElementChild;
    const end = [...document.querySelectorAll("body *")].filter(shown).pop() || last;
    if (end) end.scrollIntoView({block: "end"});
    const now = performance.now(), before = window.poolEnd;
    const busy = all(names.busy).length > 0 || names.waiting.some((one) => words.includes(one));
    if (!before || busy || before.words !== words) window.poolEnd = {words, since: now};
    return now - window.poolEnd.since >= names.settle;
  };
  const login = all("input[type=password]").length > 0;
  const question = names.questions.some((one) => holds(words, one));
  const looks = {
    welcome: () => holds(words, names.welcome) && !login && !question,
    login: () => login && !question && !root.hasAttribute(names.mark),
    question: () => question && !root.hasAttribute(names.mark),
    error: () => (login || question)
      && all(names.errors).map((one) => one.innerText.trim()).find((one) => one),
    form: () => field("organisation") && {fields: field("organisation"), reference: field("reference")},
    confirm: () => pressable("confirm"),
    print: () => pressable("print"),
    nothing: () => ended() && holds(words, names.nothing) && !pressable("print"),
    large: () => holds(words, names.large) && pressable("large"),
    download: () => pressable("download"),
  };
  if (names.press) {
    const one = document.querySelector(`[${names.is}="${names.press}"]`);
    if (!one) return null;
    one.setAttribute(names.pressed, "1");
    window.poolPressed = [...(window.poolPressed || []), {label: label(one), around: around(one)}];
    return {};
  }
  const found = {};
  for (const key of names.wanted) {
    const seen = looks[key]();
    if (seen) found[key] = seen;
  }
  if (Object.keys(found).length) return found;
  window.poolFirst = window.poolFirst || performance.now();
  if (performance.now() - window.poolFirst < names.drawn) return null;
  const says = document.body.innerText.slice(0, 300);
  const wall = names.walls.some((one) => plain(document.title).startsWith(one) || words.includes(one));
  if (wall || names.refusals.some((one) => words.includes(one))) return {refused: says};
  if (!names.late && names.closed.some((one) => words.includes(one))) return {closed: says};
  return null;
}"""

LABELS = {
    "confirm": names.CONFIRM,
    "print": names.PRINT,
    "large": names.LARGE_PRINT,
    "download": names.DOWNLOAD,
}
FIELDS = {
    "organisation": (names.ORGANISATION_LABEL, names.ORGANISATION_WORD),
    "reference": (names.REFERENCE_LABEL, names.REFERENCE_WORD),
}


def what_to_look_for(
    wanted: Sequence[Sight], *, late: bool = False, settle_seconds: float = 0.0
) -> JsonObject:
    """late: what was paid is being shown, and may speak of anything. settle_seconds: that something is not
    shown counts when the page was the same for so long."""
    return {
        "wanted": [*wanted],
        "late": late,
        "mark": MARK,
        "is": IS,
        "pressed": PRESSED,
        "drawn": DRAWN_MILLISECONDS,
        "settle": settle_seconds * 1000,
        "busy": names.BUSY,
        "waiting": plained(names.WAITING),
        "buttons": names.BUTTONS,
        "dialogs": names.DIALOGS,
        "errors": names.LOGIN_ERRORS,
        "welcome": plain(names.WELCOME),
        "questions": plained(names.QUESTIONS),
        "nothing": plain(names.NOTHING_FOUND),
        "large": plain(names.LARGE),
        "labels": {key: plained(name.label.split("|")) for key, name in LABELS.items()},
        "fields": {key: plained(words) for key, words in FIELDS.items()},
        "refusals": plained(names.REFUSALS),
        "walls": plained(names.WALLS),
        "closed": plained(names.CLOSED),
    }


def plained(words: Sequence[str]) -> list[Json]:
    return [plain(one) for one in words]


async def see(
    screen: Screen,
    what: str,
    *wanted: Sight,
    seconds: float | None = None,
    late: bool = False,
    settle_seconds: float = 0.0,
) -> JsonObject:
    """Those of the wanted that are shown, as soon as one is.

    Raises SiteDown when none comes in time or the site says that it is closed, TurnedAway, BrowserLost.
    """
    names_of_page = what_to_look_for(wanted, late=late, settle_seconds=settle_seconds)
    try:
        found = await screen.until(LOOK, names_of_page, what, seconds)
    except SiteDown as error:
        shown = await screen.evidence()
        said = " ".join(text(shown, "text").split())[:200] or "nothing"
        raise SiteDown(f"{error.sentence} The page {shown['page']} shows « {said} ».") from None
    if trouble := trouble_of(what, found):
        raise trouble
    return found


async def glance(screen: Screen, *wanted: Sight) -> JsonObject:
    """Those of the wanted that are shown now."""
    found = await screen.read(LOOK, what_to_look_for(wanted, late=True))
    return found if isinstance(found, dict) else {}


def trouble_of(what: str, found: JsonObject) -> Outage | None:
    if "refused" in found:
        return TurnedAway(f"{what}: the site turns us away: « {text(found, 'refused')} »")
    if "closed" in found:
        return SiteDown(f"{what}: the site says that it is closed: « {text(found, 'closed')} »")
    return None


def marked(screen: Screen, key: Key) -> Locator:
    """What the last look has found under this key."""
    return screen.page.locator(f'[{IS}="{key}"]')


async def note_pressed(screen: Screen, key: Key) -> None:
    """So that later looks do not take what the last one found for a new button."""
    await screen.read(LOOK, what_to_look_for((), late=True) | {"press": key})
