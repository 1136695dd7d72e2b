"""A company's page taken apart: its headings, and under each its lists of labels and values, its tables, its
notice. Where they stand in the page's boxes does not count, only their order."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from poolmgr.domain.json import plain as storable
from poolmgr.registries.req import names
from poolmgr.registries.words import plain

HEADINGS = {f"h{level}": level for level in range(1, 7)}
LINES = frozenset({"br", "p", "div", "li", "ul", "ol", "tr", "table", "dl", "dt", "dd", *HEADINGS})
UNSEEN = frozenset({"script", "style", "template", "-comment"})
BREAK = "\0"
"""Stands for an element that begins a line; a text that holds it lost it before."""


@dataclass
class Section:
    """blocks: of each list the labels and their values, in order; rows: of its tables, by their headers."""

    key: str
    level: int
    blocks: list[list[tuple[str, str]]] = field(default_factory=list)
    rows: list[dict[str, str]] = field(default_factory=list)
    alert: str = ""


@dataclass(frozen=True, kw_only=True)
class Page:
    """dated: what follows « Renseignements en date du », None where that does not stand."""

    sections: list[Section]
    dated: str | None


def read(html: str) -> Page:
    root = LexborHTMLParser(storable(html)).root
    if root is None:
        return Page(sections=[], dated=None)
    reader = Reader()
    for node in root.traverse():
        reader.see(node)
    return Page(sections=reader.sections, dated=dated(text_of(root)))


def dated(text: str) -> str | None:
    for line in text.splitlines():
        _, found, after = line.partition(names.DATED)
        if found and after.strip():
            return after.strip(" :.")
    return None


class Reader:
    """Sees the elements in the order of the page. current: the section they belong to."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.current: Section | None = None

    def see(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in HEADINGS:
            self.enter(text_of(node), HEADINGS[tag])
        elif self.current is None:
            return
        elif tag == "table" and not is_within(node, "table"):
            self.current.rows += rows_of(node)
        elif classes := classes_of(node):
            self.see_marked(self.current, node, classes)

    def see_marked(self, section: Section, node: LexborNode, classes: frozenset[str]) -> None:
        if names.LIST in classes:
            section.blocks.append([])
        elif names.ITEM in classes:
            if pair := pair_of(node):
                if not section.blocks:
                    section.blocks.append([])
                section.blocks[-1].append(pair)
        elif names.ALERTS & classes:
            section.alert = section.alert or text_of(node.css_first(names.ALERT_TEXT) or node)
        elif classes >= names.STOP and section.key not in names.LONG and not node.css_first(names.PAIR):
            self.current = None

    def enter(self, heading: str, level: int) -> None:
        """A heading that nobody here knows ends the section before it, unless it stands below that one's."""
        key = names.SECTIONS.get(plain(heading))
        if self.current and level > self.current.level and (key is None or self.current.key in names.LONG):
            return
        self.current = Section(key=key, level=level) if key else None
        if self.current:
            self.sections.append(self.current)


def pair_of(node: LexborNode) -> tuple[str, str] | None:
    label, value = node.css_first(names.LABEL), node.css_first(names.FIELD)
    if label is None or value is None:
        return None
    said = " ".join(text_of(label).split()).rstrip(" :")
    return (said, text_of(value)) if said else None


def rows_of(table: LexborNode) -> list[dict[str, str]]:
    lines = [cells_of(row) for row in table.css("tr") if not is_hidden_row(row, table)]
    if len(lines) < 2:
        return []
    headers = [" ".join(one.split()) for one in lines[0]]
    return [
        row
        for line in lines[1:]
        if any((row := {head: cell for head, cell in zip(headers, line, strict=False) if head}).values())
    ]


def is_hidden_row(row: LexborNode, table: LexborNode) -> bool:
    """Of a table inside this one."""
    parent = row.parent
    while parent is not None and parent.tag != "table":
        parent = parent.parent
    return parent is None or parent.mem_id != table.mem_id


def cells_of(row: LexborNode) -> list[str]:
    return [text_of(cell) for cell in row.iter() if cell.tag in ("th", "td")]


def is_within(node: LexborNode, tag: str) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.tag == tag:
            return True
        parent = parent.parent
    return False


def classes_of(node: LexborNode) -> frozenset[str]:
    return frozenset((node.attributes.get("class") or "").split())


def text_of(node: LexborNode) -> str:
    """As a reader sees it: one space between words, a line where the page begins one, no empty lines."""
    text = "".join(pieces(node))
    lines = (" ".join(line.split()) for line in text.split(BREAK))
    return "\n".join(line for line in lines if line)


def pieces(node: LexborNode) -> Iterator[str]:
    for one in node.traverse(include_text=True):
        if one.tag in LINES:
            yield BREAK
        elif one.tag == "-text" and not (one.parent and one.parent.tag in UNSEEN):
            yield (one.text_content or "").replace(BREAK, "")
