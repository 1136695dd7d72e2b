"""What is asked of a page inside the browser."""

# A list counts when it has as many rows as at the look before: scripts may still be writing it. What was
# there before the last press counts only on a page that came since, and its notices nowhere.
LOOK = """(known) => {
  const page = document.documentElement;
  if (!page || document.readyState === "loading") return null;
  const plain = (text) => text.normalize("NFD").replace(/[\\u0300-\\u036f]/g, "").toLowerCase()
    .replace(/[^a-z0-9]+/g, " ").trim();
  const line = (one) => (one ? one.innerText || "" : "").replace(/\\s+/g, " ").trim();
  const says = (one) => plain((one.tagName === "INPUT" ? one.value : one.innerText || one.title) || "");
  const shown = (one) => one.getClientRects().length > 0 && !one.disabled
    && !one.closest(".disabled, [aria-disabled=true]");
  const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);

  const wanted = plain(known.label);
  let buttons = all(known.consult).filter((one) => says(one).split(" ").includes(wanted));
  for (const selector of known.elsewhere)
    if (!buttons.length) buttons = all(selector).filter((one) => says(one) === wanted);
  const rows = buttons.map((one) => line(one.closest("tr, li") || one.parentElement));
  const notes = all(known.notices).map(line).filter((one) => one);
  const isNothing = (one) => known.nothing.some((words) => ` ${plain(one)} `.includes(` ${words} `));
  const none = document.querySelector(known.pair) ? undefined
    : notes.find((one) => !known.notes.includes(one) && isNothing(one));

  const company = document.querySelector(known.company);
  const kind = company ? "company" : rows.length ? "results" : none ? "nothing" : "";
  const state = JSON.stringify([kind, kind === "results" ? rows : [], kind === "nothing" ? none : ""]);
  if (known.before === null) return {state, notes};
  if (page.hasAttribute(known.mark) && state === known.before) return null;
  const settled = page.dataset.poolRows === String(rows.length);
  page.dataset.poolRows = String(rows.length);
  if (!kind && known.bans.some((words) => page.outerHTML.includes(words))) return {kind: "ban"};
  if (!kind || (kind === "results" && !settled)) return null;

  buttons.forEach((one, place) => one.setAttribute(known.row, String(place)));
  document.querySelectorAll(`[${known.onward}]`).forEach((one) => one.removeAttribute(known.onward));
  const onwards = known.nextLabel.split("|").map(plain);
  const way = all(known.next).find((one) => onwards.includes(says(one)));
  if (way) way.setAttribute(known.onward, "1");
  return {kind, rows, more: !!way, said: none || "", state};
}"""

PAGE_OF_COMPANY = """({contents, company}) => {
  const page = document.querySelector(company);
  for (const selector of contents) {
    const box = document.querySelector(selector);
    if (box && box.contains(page)) return box.innerHTML;
  }
  return page ? page.outerHTML : "";
}"""

IS_ANOTHER = """(mark) => document.readyState !== "loading" && !document.documentElement.hasAttribute(mark)"""
