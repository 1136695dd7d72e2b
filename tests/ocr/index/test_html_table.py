from random import Random

import pytest

from poolmgr.local.samples.index import draw_index
from poolmgr.local.samples.index_table import render_index
from poolmgr.local.samples.people import PLACES
from poolmgr.ocr.index import html_table
from poolmgr.ocr.index.model import Party, Row

TITLES = (
    "<tr><th>Date de présentation</th><th>Numéro d’inscription</th><th>Nature de l’acte</th><th>Qualité</th>"
    "<th>Nom des parties</th><th>Remarques</th><th>Avis d’adresse</th><th>Radiations</th></tr>"
)


def rows(lines: str) -> tuple[Row, ...]:
    (page,) = html_table.read(f"<table>{TITLES}{lines}</table>".encode())
    return page.rows


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-8"])
@pytest.mark.parametrize("seed", range(4))
def test_every_row_of_the_registrys_page_comes_back_as_it_was_drawn(seed: int, encoding: str) -> None:
    index = draw_index(Random(seed), PLACES[seed % len(PLACES)], "1358-176", 2)
    html = render_index(index, encoding)
    (page,) = html_table.read(html.encode(encoding, "xmlcharrefreplace"))
    drawn = [row for part in index.parts for row in part]
    assert len(page.rows) == page.rows_counted == len(drawn)

    def plain(text: str) -> str:
        return text.replace("’", "'") if encoding == "iso-8859-1" else text

    for row, truth in zip(page.rows, drawn, strict=True):
        assert (row.date, row.number) == (truth.day.isoformat(), str(truth.number))
        assert (row.nature, row.remarks) == (plain(truth.nature), plain(truth.remarks))
        assert (row.address_notice, row.radiations) == (truth.address_notice, truth.radiations)
        assert row.parties == tuple(Party(name=plain(p.name), role=plain(p.role)) for p in truth.parties)
    assert page.layout == "modern_inscription"
    assert page.header.lot == "1358-176"
    assert page.header.rights == f"{index.rights} 14:32"
    assert page.header.radiations == f"{index.discharges} 09:05"


def test_a_party_on_a_line_of_its_own_belongs_to_the_row_above() -> None:
    first, second = rows(
        "<tr><td>1986-02-03<td><a href='#'>770 292</a><td>Vente<td>Vendeur<td>A<td><td><td></tr>"
        "<tr><td>&nbsp;<td><td><td>Acquéreur<td>B<td><td><td></tr>"
        "<tr><td>1987-02-03<td>770 293<td>Bail<td>Locateur<td>B<td><td><td></tr>"
    )
    assert first.parties == (Party(name="A", role="Vendeur"), Party(name="B", role="Acquéreur"))
    assert (first.number, second.number) == ("770 292", "770 293")


def test_parties_between_line_breaks_are_several() -> None:
    (row,) = rows("<tr><td>d<td>1<td>Vente<td>Vendeur<br>Acquéreur<td>A<br/>B<td>x<br>y<td><td></tr>")
    assert [party.name for party in row.parties] == ["A", "B"]
    assert row.remarks == "x y"


def test_a_row_without_any_party_stays() -> None:
    (row,) = rows("<tr><td>d<td>1<td>Avis d'adresse<td><td><td><td><td></tr>")
    assert (row.number, row.parties) == ("1", ())


def test_the_distinct_section_is_a_page_of_its_own() -> None:
    section = (
        "<table><tr><th>Numéro d'inscription</th><th>Remarques</th><th>Avis d'adresse</th><th>Radiations</th>"
        "</tr><tr><td>770 292<td><td>6 012 000<td>T 811 204</tr></table>"
    )
    inscriptions = f"<table>{TITLES}<tr><td>d<td>1<td>Vente<td><td><td><td><td></tr></table>"
    first, last = html_table.read((inscriptions + section).encode())
    assert (first.layout, last.layout) == ("modern_inscription", "modern_radiation")
    assert last.rows == (
        Row(number="770 292", address_notice="6 012 000", radiations="T 811 204", confidence=1.0),
    )


@pytest.mark.parametrize(
    "html",
    [
        b"",
        b"<p>Just a moment</p>",
        b"<table><tr><td>a</table>",
        b"\x00\xff<table rowspan=9>",
        b"<table><tr><td rowspan=99999999999 colspan=9999999>x</table>",
    ],
)
def test_a_page_without_the_table_gives_nothing(html: bytes) -> None:
    assert html_table.read(html) == ()


def test_tables_inside_cells_are_not_taken_for_rows() -> None:
    (row,) = rows(
        "<tr><td>d<td>1<td>Vente<td>q<td>n<td><table><tr><td>125 000 $</td></tr></table><td><td></tr>"
    )
    assert row.remarks == "125 000 $"
