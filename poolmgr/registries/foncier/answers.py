"""What stands on the page after something was asked: looked for in all its frames at once."""

from dataclasses import dataclass, field

from poolmgr.domain.json import Json, JsonObject, records, text
from poolmgr.registries.browser.screen import MARK, Screen
from poolmgr.registries.foncier import names

LOOK = """(names) => {
  if (!document.documentElement || document.documentElement.hasAttribute(names.mark)) return null;
  if (document.readyState === "loading") return null;
  const documents = [];
  const walk = (view) => {
    try { documents.push(view.document); } catch (strange) { return; }
    for (let i = 0; i < view.frames.length; i++) walk(view.frames[i]);
  };
  walk(window);
  if (documents.some((one) => one.readyState === "loading")) return null;
  const words = (one) => (one ? one.innerText || one.textContent || "" : "").replace(/\\s+/g, " ").trim();
  const first = (selector) => documents.map((one) => one.querySelector(selector)).find((one) => one);
  const found = {message: words(first(names.error)), login: !!first(names.user), choice: [],
    confirm: !!first(names.confirm) || documents.some((one) => one.location.href.includes(names.large)),
    document: !!first(names.save)};
  for (const one of documents) {
    const offers = words(one.body).includes(names.results) || one.location.href.includes(names.plans);
    if (!offers) continue;
    one.querySelectorAll("input[type=radio], input[type=checkbox]").forEach((input, place) => {
      const row = input.closest("tr");
      const images = [...(row || input).querySelectorAll("img")].map((image) => image.src.toUpperCase());
      found.choice.push({place, text: words(row), paper: images.some((src) => src.includes(names.paper))});
    });
  }
  const known = found.message || found.login || found.choice.length || found.confirm || found.document;
  return known ? found : null;
}"""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One row to choose from. paper: an office has it, and no screen shows it."""

    place: int
    text: str
    paper: bool


@dataclass(frozen=True, kw_only=True)
class Answer:
    """message: what the error cell says; document: the link that saves it is here."""

    message: str = ""
    login: bool = False
    confirm: bool = False
    document: bool = False
    choice: list[Offer] = field(default_factory=list)


async def wait_for_answer(screen: Screen, what: str, seconds: float) -> Answer:
    """Of the page after the one that was left. Raises SiteDown, BrowserLost."""
    found = await screen.until(LOOK, what_to_look_for(), what, seconds)
    return answer_of(found)


def what_to_look_for() -> Json:
    return {
        "mark": MARK,
        "error": names.ERROR_CELL,
        "user": names.USER.selector,
        "confirm": names.CONFIRM.selector,
        "large": names.CONFIRM_PAGE,
        "save": names.SAVE.selector,
        "results": names.RESULTS_TEXT,
        "plans": names.PLAN_CHOICE_PAGE,
        "paper": names.PAPER_IMAGE,
    }


def answer_of(found: JsonObject) -> Answer:
    offers = [
        Offer(place=number, text=text(one, "text"), paper=one.get("paper") is True)
        for number, one in enumerate(records(found, "choice"))
    ]
    return Answer(
        message=text(found, "message"),
        login=found.get("login") is True,
        confirm=found.get("confirm") is True,
        document=found.get("document") is True,
        choice=offers,
    )
