"""What lies over a button, such as a notice about cookies, and is closed by a button of its own."""

from playwright.async_api import Locator

from poolmgr.registries.browser.screen import Named, Screen
from poolmgr.registries.browser.steps import step

# A cover is fixed to the window, or a dialog. The page itself presses its button, which may be covered, too.
UNCOVER = """(one, labels) => {
  one.scrollIntoView({block: "nearest"});
  const box = one.getBoundingClientRect();
  const view = one.ownerDocument;
  let over = view.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  if (!over || one.contains(over) || over.contains(one)) return {};
  const covers = (some) => view.defaultView.getComputedStyle(some).position === "fixed"
    || some.matches("dialog, [role=dialog], .modal");
  while (over && !covers(over)) over = over.parentElement;
  if (!over) return {};
  const says = (some) => (some.value || some.innerText || "").trim().toLowerCase();
  const button = [...over.querySelectorAll("button, a, [role=button], input[type=button]")]
    .find((some) => labels.includes(says(some)));
  if (button) button.click();
  return {};
}"""


async def uncover(screen: Screen, button: Locator, cover: Named) -> None:
    """Closes what lies over it, if something does that a button of exactly such a label closes; what may ask
    for more than to be closed is left, and what it covers is then not pressed."""
    labels = [one.lower() for one in cover.label.split("|")]
    async with step(f"Uncovering a button ({cover.what})", screen.seconds):
        await button.evaluate(UNCOVER, labels)
