from http.client import IncompleteRead

import pymupdf
import pytest

from poolmgr.local.replica import paths
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.till import Receipts
from poolmgr.local.samples.catalogue import catalogue
from tests.local.replica.visitor import TWO, Visitor


def pages(data: bytes) -> list[str]:
    with pymupdf.open(stream=data, filetype="pdf") as document:
        return [page.get_text() for page in document]


def test_an_index_is_a_table_with_spanning_rows_and_a_heading(client: Visitor) -> None:
    frames, _ = client.follow(client.search_lot("2274178"))
    menu, document = (frame["src"] for frame in frames.page.attributes("frame"))
    assert "Docmn" in document
    table = client.get(document).page
    for words in ("Dates de mise à jour du Registre", "Droits", "Radiations", "Liste des plans", "2274178"):
        assert words in table.words
    assert "Numéro d'inscription" in table.words
    assert {cell.get("rowspan") for cell in table.attributes("td")} > {None, "3"}
    (link, _) = client.get(menu).page.attributes("a")
    assert link["title"] == "Sauvegarder ou imprimer le document"
    assert "fRechrDocmnPDF()" in link["onmouseup"]


def test_the_table_of_an_index_has_the_registrations_of_its_file(client: Visitor) -> None:
    frames, _ = client.follow(client.search_lot("2274179"))
    table = client.get(frames.page.attributes("frame")[1]["src"]).page
    numbers = [link["href"].removeprefix("#") for link in table.attributes("a")]
    (text,) = pages(client.save(frames).body)
    assert numbers
    assert all(number in text for number in numbers)


def test_the_page_of_an_acte_is_an_image(client: Visitor) -> None:
    frames, _ = client.follow(client.search_acte("12345679"))
    document = client.get(frames.page.attributes("frame")[1]["src"]).page
    assert document.attributes("img")
    assert "12345679" in pages(client.save(frames).body)[0]


def test_saving_again_gives_the_same_bytes_and_sells_nothing(
    replica: Replica, before: Receipts, client: Visitor
) -> None:
    frames, _ = client.follow(client.search_lot("1234567", path=paths.PLAN))
    assert client.save(frames).body == client.save(frames).body
    assert "Plan cadastral" in pages(client.save(frames).body)[0]
    assert len(replica.till().since(before).sales) == 1


def test_a_sample_is_delivered_as_storage_would_hold_it(client: Visitor) -> None:
    sample = next(s for s in catalogue(1) if s.form == "born_digital" and s.document_source == "acte")
    answer = client.search_acte(sample.document_number, sample.acte_type or "", sample.circonscription)
    assert client.save(client.follow(answer)[0]).body == sample.make()


def test_a_sample_without_a_file_does_not_exist(client: Visitor) -> None:
    sample = next(s for s in catalogue(1) if s.form == "missing")
    page = client.search_acte(sample.document_number, sample.acte_type or "", sample.circonscription)
    assert "inexistant" in page.page.messages[0]


@pytest.mark.parametrize(
    ("mode", "disposition", "opens"),
    [
        ("attachment", "attachment", False),
        ("inline", "inline", False),
        ("popup", "attachment", True),
        ("popup_inline", "inline", True),
    ],
)
def test_the_save_link_delivers_as_it_is_set_to(
    replica: Replica, client: Visitor, mode: str, disposition: str, opens: bool
) -> None:
    replica.settings(save_mode=mode)
    frames, _ = client.follow(client.search_lot("2274180"))
    saved = client.save(frames)
    assert saved.headers["content-type"] == "application/pdf"
    assert saved.headers["content-disposition"] == f'{disposition}; filename="index_2274180.pdf"'
    menu = client.get(frames.page.attributes("frame")[0]["src"])
    assert ("window.open" in menu.html) is opens


def test_a_file_that_is_always_cut_arrives_in_full_without_its_end(client: Visitor) -> None:
    frames, _ = client.follow(client.search_lot("1234666"))
    for _ in range(2):
        saved = client.save(frames)
        assert len(saved.body) == int(saved.headers["content-length"])
        assert saved.body.startswith(b"%PDF-")
        assert b"%%EOF" not in saved.body


def test_a_file_that_breaks_off_once_is_whole_the_second_time(client: Visitor) -> None:
    frames, _ = client.follow(client.search_lot("1234777"))
    with pytest.raises(IncompleteRead):
        client.save(frames)
    assert pages(client.save(frames).body)


def test_what_one_session_bought_no_other_can_open(replica: Replica, client: Visitor) -> None:
    frames, _ = client.follow(client.search_lot("2274178"))
    other = Visitor(replica.url)
    other.login(TWO)
    assert other.save(frames).status == 404
    client.login()
    assert client.save(frames).status == 404
