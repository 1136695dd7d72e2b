from html.parser import HTMLParser
from random import Random

import pytest

from poolmgr.local.samples.index import Index, draw_index
from poolmgr.local.samples.index_table import render_index
from poolmgr.local.samples.people import PLACES


class Rows(HTMLParser):
    """The cells of each row of the last table, those that span rows repeated in every one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[int, str]] = []
        self.spans: dict[int, tuple[int, str]] = {}
        self.span = 1
        self.open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.rows = []
        elif tag == "tr":
            self.rows.append({column: text for column, (_, text) in self.spans.items()})
            self.spans = {c: (left - 1, text) for c, (left, text) in self.spans.items() if left > 1}
        elif tag in ("td", "th"):
            self.span = int(dict(attrs).get("rowspan") or 1)
            self.column = next(c for c in range(9) if c not in self.rows[-1])
            self.rows[-1][self.column] = ""
            self.open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.open = False
            if self.span > 1:
                self.spans[self.column] = (self.span - 1, self.rows[-1][self.column])

    def handle_data(self, data: str) -> None:
        if self.open:
            self.rows[-1][self.column] += data.replace("\xa0", "")


def read(index: Index) -> list[list[str]]:
    rows = Rows()
    rows.feed(render_index(index))
    return [[row[column] for column in sorted(row)] for row in rows.rows]


@pytest.mark.parametrize("seed", range(4))
def test_the_table_has_a_line_for_each_party_with_the_eight_columns(seed: int) -> None:
    index = draw_index(Random(seed), PLACES[seed], "1358-176", 2)
    titles, *lines = read(index)
    assert titles[:2] == ["Date de présentation", "Numéro d'inscription"]
    expected = [
        [
            row.day.isoformat(),
            str(row.number),
            row.nature,
            party.role,
            party.name,
            row.remarks,
            row.address_notice,
            row.radiations,
        ]
        for rows in index.parts
        for row in rows
        for party in row.parties
    ]
    assert lines == [[text.replace("’", "'") for text in line] for line in expected]


def test_the_heading_has_the_place_and_both_stamps() -> None:
    index = draw_index(Random(1), PLACES[3], "1358-176", 1)
    html = render_index(index)
    for words in ("Shefford", "Canton d&#x27;Ely", "1358-176", "Liste des plans", "14:32", "09:05"):
        assert words in html.replace("Canton d'Ely", "Canton d&#x27;Ely")
