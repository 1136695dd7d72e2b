"""A paid document on its way home: however the site gives it, and whatever befalls it."""

import asyncio
import hashlib
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pymupdf
import pytest
from PIL import Image
from playwright.async_api import Route

from poolmgr.domain.errors import SiteDown, Unreadable, WrongDocument
from poolmgr.domain.json import records
from poolmgr.registries.browser.driver import Browser
from poolmgr.registries.files import pages_of
from poolmgr.registries.foncier.fetching import facts
from tests.registries.foncier.buyer import Buyer, buying, file_of
from tests.replicas import acte, index, plan

ACTE = acte("12345681")


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("save_mode", ["inline", "popup", "popup_inline"])
async def test_a_document_comes_whole_however_it_is_given(buyer: Buyer, save_mode: str) -> None:
    windows = len(buyer.page.context.pages)
    buyer.replica.settings(save_mode=save_mode)
    document = await buyer.buy(ACTE)
    (sale,) = buyer.sold
    assert document.pdf == file_of(sale)
    assert len(buyer.page.context.pages) == windows
    assert names_in(buyer.folder) == []


@pytest.mark.parametrize("save_mode", ["attachment", "popup"])
async def test_a_file_that_came_cut_is_fetched_again_without_paying(buyer: Buyer, save_mode: str) -> None:
    buyer.replica.settings(save_mode=save_mode)
    buyer.replica.fault("cut", times=2)
    document = await buyer.buy(ACTE)
    (sale,) = buyer.sold
    assert document.pdf == file_of(sale)
    tries = [entry for entry in records({"trail": document.trail}, "trail") if "save" in entry]
    assert len(tries) == 2
    found_as = {
        "source": "acte",
        "number": "12345681",
        "circonscription": "Montréal",
        "acte_type": "Acte",
    }
    assert facts(document) == {
        "pages": 1,
        "converted": False,
        "found_as": found_as,
        "trail": document.trail,
    }


async def test_a_download_that_breaks_off_twice_comes_whole_without_paying(buyer: Buyer) -> None:
    """Chromium itself asks for a file again when its connection breaks off."""
    buyer.replica.fault("truncated", times=2)
    document = await buyer.buy(ACTE)
    (sale,) = buyer.sold
    assert document.pdf == file_of(sale)
    assert buyer.reached("save") == 3


async def test_a_download_that_breaks_off_each_time_is_unreadable(buyer: Buyer) -> None:
    buyer.replica.fault("truncated", times=None)
    error = await buyer.fails(ACTE, Unreadable)
    assert "The download broke off" in str(error)
    assert len(buyer.sold) == len(buyer.pressed) == 1


@pytest.mark.parametrize(("fault", "tries"), [("no_download", 2), ("html", 1)])
async def test_a_file_that_never_comes_is_unreadable_after_its_tries(
    buyer: Buyer, fault: str, tries: int
) -> None:
    buyer.hurry(step_seconds=1, save_tries=tries)
    buyer.replica.fault(fault, "save", times=None)
    error = await buyer.fails(ACTE, Unreadable)
    assert f"unreadable after {tries} tries: Saving the document: no file came" in str(error)
    assert len(buyer.sold) == len(buyer.pressed) == 1
    assert buyer.reached("save") == tries


async def deliver(buyer: Buyer, data: bytes, headers: dict[str, str]) -> None:
    """What the save link gives from now on."""

    async def give(route: Route) -> None:
        await route.fulfill(body=data, headers=headers)

    await buyer.page.route("**/*docmn_pdf.asp*", give)


async def test_a_file_larger_than_allowed_is_not_taken(buyer: Buyer) -> None:
    buyer.hurry(save_tries=1, max_file_megabytes=1)
    large = b"%PDF-1.4\n" + b"0" * 1_000_001 + b"%%EOF\n"
    headers = {"Content-Type": "application/pdf", "Content-Disposition": "attachment; filename=a.pdf"}
    await deliver(buyer, large, headers)
    error = await buyer.fails(ACTE, Unreadable)
    assert "registre.max_file_megabytes" in str(error)


async def test_a_tiff_of_several_pages_becomes_a_pdf_and_is_kept_as_it_came(buyer: Buyer) -> None:
    out = BytesIO()
    pages = [Image.new("1", (170, 220), color=number) for number in (0, 1, 0)]
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])
    headers = {"Content-Type": "image/tiff", "Content-Disposition": "attachment; filename=a.tif"}
    await deliver(buyer, out.getvalue(), headers)
    document = await buyer.buy(ACTE)
    assert document.original == ("tif", out.getvalue())
    assert document.pages == pages_of(document.pdf) == 3
    said = facts(document)
    assert said["converted"] is True
    assert said["original_sha256"] == hashlib.sha256(out.getvalue()).hexdigest()


async def test_an_index_keeps_its_table_although_its_frame_is_late(buyer: Buyer) -> None:
    buyer.replica.fault("slow", "page", seconds=0.5)
    document = await buyer.buy(index("2784201"))
    assert document.html is not None
    html = document.html.decode()
    assert "Numéro d'inscription" in html
    assert "Radiations" in html


async def test_an_index_whose_table_never_comes_is_bought_all_the_same(buyer: Buyer) -> None:
    buyer.hurry(step_seconds=1.5)
    buyer.replica.fault("hang", "page", times=None)
    document = await buyer.buy(index("2784201"))
    (sale,) = buyer.sold
    assert document.html is None
    assert document.pdf == file_of(sale)


async def test_a_slow_site_is_waited_for(buyer: Buyer) -> None:
    """A click within its seconds may be answered much later."""
    buyer.hurry(step_seconds=1)
    buyer.replica.fault("slow", "submit", seconds=1.5)
    document = await buyer.buy(ACTE)
    (sale,) = buyer.sold
    assert document.pdf == file_of(sale)


async def test_a_paid_answer_that_never_comes_ends_with_its_time_and_tells_what_is_shown(
    buyer: Buyer,
) -> None:
    buyer.hurry(answer_seconds=1)
    buyer.replica.fault("unknown_page", "redirect_2")
    error = await buyer.fails(plan("2784203"), SiteDown)
    assert "nothing came within 1 s" in error.sentence
    assert "La fenêtre que vous voyez ici" in error.sentence
    assert len(buyer.sold) == len(buyer.pressed) == 1


async def test_two_sessions_of_one_browser_do_not_take_each_others_files(
    browser: Browser, buyer: Buyer, tmp_path: Path
) -> None:
    rows, two = [ACTE, plan("2784203")], tmp_path / "two"
    two.mkdir()
    async with buying(browser, buyer.replica, two, number=2) as other:
        buyers = (buyer, other)
        both = await asyncio.gather(*(one.buy(row) for one, row in zip(buyers, rows, strict=True)))
        sales = buyer.replica.till().since(buyer.before).sales
    expected = {sale.asked.number: file_of(sale) for sale in sales}
    assert [document.pdf for document in both] == [expected["12345681"], expected["2784203"]]


TIMES_TEN = "Nature de l'acte : Hypothèque. " * 10


def typed(said: str) -> bytes:
    """A PDF with a text layer."""
    with pymupdf.open() as document:
        page = document.new_page()
        for line, words in enumerate((said, *TIMES_TEN.split(". "))):
            page.insert_text((72, 72 + 14 * line), words)
        return bytes(document.tobytes())


def zipped(**files: bytes) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(f"{name}.pdf", data)
    return out.getvalue()


ZIP = {"Content-Type": "application/zip", "Content-Disposition": "attachment; filename=a.zip"}
PDF = {"Content-Type": "application/pdf", "Content-Disposition": "attachment; filename=a.pdf"}


async def test_the_one_document_of_a_zip_is_taken_and_the_zip_kept_as_it_came(buyer: Buyer) -> None:
    inside = typed("Numéro d'inscription : 12 345 681")
    archive = zipped(acte=inside)
    await deliver(buyer, archive, ZIP)
    document = await buyer.buy(ACTE)
    assert (document.pdf, document.original) == (inside, ("zip", archive))


async def test_a_zip_of_several_documents_is_kept_and_tells_their_names(buyer: Buyer) -> None:
    buyer.hurry(save_tries=1)
    archive = zipped(acte=typed("12345681"), annexe=typed("12345681"))
    await deliver(buyer, archive, ZIP)
    error = await buyer.fails(ACTE, Unreadable)
    assert isinstance(error, Unreadable)
    assert "« acte.pdf », « annexe.pdf »" in error.sentence
    assert error.data == archive
    assert len(buyer.sold) == 1


async def test_a_document_whose_text_names_another_number_is_kept_and_fetched_no_second_time(
    buyer: Buyer,
) -> None:
    other = typed("Numéro d'inscription : 12 345 682")
    await deliver(buyer, other, PDF)
    error = await buyer.fails(ACTE, WrongDocument)
    assert isinstance(error, WrongDocument)
    assert "does not name 12345681" in error.sentence
    assert error.data == other
    assert len(buyer.sold) == 1


async def test_an_operator_may_have_it_delivered_all_the_same_and_its_trail_says_so(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    lenient = buyer.session.foncier.model_copy(update={"hold_unnamed": False})
    monkeypatch.setattr(buyer.session, "foncier", lenient)
    other = typed("Numéro d'inscription : 12 345 682")
    await deliver(buyer, other, PDF)
    document = await buyer.buy(ACTE)
    assert document.pdf == other
    assert "does not name 12345681" in str(document.trail[-1])
