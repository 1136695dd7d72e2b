"""A deed's blocks set on portrait letter pages."""

from random import Random

from poolmgr.local.samples.deed import Block, Deed, Heading, Paragraph, Signatures, Table
from poolmgr.local.samples.sheet import PADDING, Sheet, Stroke, Style, measure, wrap

WIDTH, HEIGHT = 612.0, 792.0
LEFT, RIGHT, TOP, BOTTOM = 76.0, 540.0, 76.0, 730.0
BODY = Style(face="tiro", size=12, leading=1.3)
STRONG = Style(face="tibo", size=12, leading=1.3)
TITLE = Style(face="tibo", size=17)
STAMP = Style(face="helv", size=9.5, leading=1.3)
CELL = Style(face="tiro", size=11.5)
CELL_STRONG = Style(face="tibo", size=11.5)
ROW = CELL.line + 2 * PADDING
SIGNATURE = 54.0


class Flow:
    """Pages filled from the top; a block that must stay whole moves to the next page."""

    def __init__(self, deed: Deed) -> None:
        self.sheets: list[Sheet] = []
        self.turn()
        self.y = open_first(self.sheet, deed)

    @property
    def sheet(self) -> Sheet:
        return self.sheets[-1]

    def turn(self) -> None:
        self.sheets.append(Sheet(width=WIDTH, height=HEIGHT))
        self.y = TOP

    def keep(self, height: float) -> None:
        if self.y + height > BOTTOM:
            self.turn()

    def add(self, block: Block) -> None:
        match block:
            case Heading(text=text):
                # a title never stands alone at the foot of a page
                self.keep(4 * BODY.line)
                self.y = self.sheet.write([text.upper()], (LEFT, self.y + 8), STRONG) + 2
            case Paragraph():
                self.add_paragraph(block)
            case Table():
                self.add_table(block)
            case Signatures():
                self.add_signatures(block)

    def add_paragraph(self, block: Paragraph) -> None:
        left = LEFT + block.indent
        lines = wrap(block.text, BODY, RIGHT - left)
        self.keep(2 * BODY.line)
        if block.number:
            self.sheet.write([block.number], (LEFT, self.y), BODY)
        while lines:
            room = max(1, int((BOTTOM - self.y) / BODY.line) + 1)
            self.y = self.sheet.write(lines[:room], (left, self.y), BODY)
            lines = lines[room:]
            if lines:
                self.turn()
        self.y += 6

    def add_table(self, block: Table) -> None:
        columns = len(block.rows[0])
        widths = [
            max(measure(row[c], CELL_STRONG) for row in block.rows) + 6 * PADDING for c in range(columns)
        ]
        edges = [LEFT + sum(widths[:column]) for column in range(columns + 1)]
        height = ROW * len(block.rows)
        self.keep(height + 3 * BODY.line)
        self.add(Heading(text=block.heading))
        top = self.y - 4
        for number, row in enumerate(block.rows):
            baseline = top + number * ROW + PADDING + CELL.size
            for text, left in zip(row, edges, strict=False):
                self.sheet.write([text], (left + 2 * PADDING, baseline), CELL if number else CELL_STRONG)
            self.sheet.rule((LEFT, top + number * ROW), (edges[-1], top + number * ROW))
        self.sheet.box(LEFT, top, edges[-1], top + height)
        for x in edges[1:-1]:
            self.sheet.rule((x, top), (x, top + height))
        self.y = top + height + 26

    def add_signatures(self, block: Signatures) -> None:
        """A line and a name for each, two side by side, a pen's stroke over the line."""
        rows = (len(block.names) + 1) // 2
        self.keep(rows * SIGNATURE + 3 * BODY.line)
        self.add(Paragraph(text=block.closing))
        middle = (LEFT + RIGHT) / 2 + 10
        rng = Random(block.closing)
        for number, name in enumerate(block.names):
            x = middle if number % 2 else LEFT
            line = self.y + SIGNATURE * (number // 2) + 34
            self.sheet.rule((x, line), (x + 205, line))
            self.sheet.strokes.append(sign(rng, x + 14, line - 6))
            self.sheet.write([name], (x, line + 14), BODY)
        self.y += rows * SIGNATURE


def sign(rng: Random, x: float, y: float) -> Stroke:
    """A scribble of about 130 x 20 points that starts at x, y and spells nothing."""
    points = [(x, y)]
    for step in range(1, 26):
        swing = -1 if step % 2 else 1
        points.append((x + step * 5 + rng.uniform(-4, 4), y - 8 + swing * rng.uniform(1, 9)))
    return Stroke(points=tuple(points), width=0.9)


def open_first(sheet: Sheet, deed: Deed) -> float:
    """The register's stamp, the minute, the title; the first baseline below."""
    width = max(measure(line, STAMP) for line in deed.published) + 20
    sheet.box(RIGHT - width, 40, RIGHT, 40 + 3 * STAMP.line + 10)
    y = 40 + 6 + STAMP.size * 0.9
    for line in deed.published:
        y = sheet.write([line], (RIGHT - width + 10, y), STAMP)
    sheet.write([deed.minute], (LEFT, 56), BODY)
    sheet.centre(deed.title.upper(), 124, TITLE)
    return 154


def set_pages(deed: Deed, taken: int) -> list[Sheet]:
    flow = Flow(deed)
    for block in deed.blocks(taken):
        flow.add(block)
    for number, sheet in enumerate(flow.sheets, 1):
        sheet.centre(f"Document fictif, page {number} de {len(flow.sheets)}", 756, STAMP)
    return flow.sheets


def compose_acte(deed: Deed, pages: int) -> list[Sheet]:
    """The deed on exactly `pages` pages, with as many clauses as they hold; ValueError if none fit."""
    for taken in range(len(deed.further), -1, -1):
        sheets = set_pages(deed, taken)
        if len(sheets) == pages:
            return sheets
    raise ValueError(f"« {deed.title} » cannot be set on {pages} pages")
