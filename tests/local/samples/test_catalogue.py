from collections import Counter
from hashlib import sha256

import pymupdf
import pytest

from poolmgr.local.samples.catalogue import Form, Sample, catalogue
from poolmgr.local.samples.recall import recall


def of_form(form: Form, seed: int = 1) -> list[Sample]:
    return [sample for sample in catalogue(seed) if sample.form == form]


def hashes(seed: int) -> list[str]:
    """Of all documents but the scans, and of one scan."""
    samples = [sample for sample in catalogue(seed) if sample.form != "scanned"]
    return [sha256(sample.make() or b"").hexdigest() for sample in [*samples, of_form("scanned", seed)[0]]]


def test_the_default_mix_is_documents_to_read_plans_and_some_that_end_otherwise() -> None:
    samples = catalogue(1)
    good = [sample for sample in samples if sample.is_read]
    assert len(samples) == 19
    assert len(good) == 11
    assert 16 <= sum(sample.pages for sample in good) <= 24
    assert Counter(sample.form for sample in samples if sample.expected == "error") == Counter(
        ("encrypted", "missing", "missing", "ambiguous")
    )
    assert Counter(sample.form for sample in samples if sample.expected == "held") == Counter(
        ("corrupt", "empty")
    )
    assert {(sample.document_source, sample.form) for sample in good} == {
        ("index", "cut_once"),
        *((source, form) for source in ("index", "acte") for form in ("born_digital", "scanned")),
    }
    assert sum(sample.form == "scanned" for sample in samples) == 5
    assert sum(sample.document_source == "plan_cadastraux" for sample in samples) == 2


def test_what_does_not_exist_or_is_ambiguous_is_never_sold() -> None:
    unsold = [sample for sample in catalogue(1) if not sample.is_sold]
    assert Counter(sample.form for sample in unsold) == Counter(("missing", "missing", "ambiguous"))
    assert [sample.circonscription for sample in unsold if sample.form == "ambiguous"] == ["Bonaventure"]


def test_the_same_seed_is_the_same_bytes_and_another_is_not() -> None:
    first = hashes(7)
    assert hashes(7) == first
    # only the empty one, the missing two and the ambiguous one have nothing to differ in
    assert sum(a == b for a, b in zip(first, hashes(8), strict=True)) == 4


@pytest.mark.parametrize("seed", [1, 2])
def test_the_text_layer_of_a_born_digital_document_is_its_truth(seed: int) -> None:
    for sample in (one for one in of_form("born_digital", seed) if one.is_read):
        with pymupdf.open(stream=sample.make(), filetype="pdf") as document:
            texts = [page.get_text(sort=True) for page in document]
        assert len(texts) == sample.pages == len(sample.page_truths)
        for text, truth in zip(texts, sample.page_truths, strict=True):
            assert recall(text, truth) >= sample.least_recall == 0.99


@pytest.mark.parametrize("seed", [1, 2])
def test_what_an_index_tells_stands_in_its_truth(seed: int) -> None:
    for sample in catalogue(seed):
        if sample.document_source == "index" and sample.is_read:
            assert recall(sample.truth, sample.told) > 0.97
            assert recall(sample.told, sample.truth) < 1
        else:
            assert sample.told == sample.truth


def test_accents_quotes_and_ligatures_survive_the_text_layer() -> None:
    text = ""
    for sample in of_form("born_digital"):
        with pymupdf.open(stream=sample.make(), filetype="pdf") as document:
            text += "".join(page.get_text() for page in document)
    for char in "éèêçàôûÉ«»’$":
        assert char in text


def test_a_scanned_document_has_its_pages_and_no_text_layer() -> None:
    scans = of_form("scanned")
    assert {sample.pages for sample in scans} == {1, 2}
    for sample in scans[:3]:
        with pymupdf.open(stream=sample.make(), filetype="pdf") as document:
            assert document.page_count == sample.pages
            assert not "".join(page.get_text() for page in document).strip()
        assert sample.truth
        assert sample.least_recall == 0.95


def test_broken_documents_have_no_truth_and_a_missing_one_no_bytes() -> None:
    for sample in catalogue(1):
        if sample.expected != "done":
            assert (sample.pages, sample.truth, sample.least_recall) == (0, "", 0.0)
            assert (sample.make() is None) == (not sample.is_sold)
    assert of_form("empty")[0].make() == b""


def test_more_jobs_are_the_same_mix_with_other_content_and_the_first_stay() -> None:
    many = catalogue(1, jobs=57)
    assert many[:19] == catalogue(1)
    assert [sample.plan for sample in many[19:38]] == [sample.plan for sample in many[:19]]
    assert len({sample.name for sample in many}) == 57
    assert len({sample.document_number for sample in many}) == 57
    assert many[1].truth != many[20].truth


def test_a_corrupt_document_is_cut_off_in_one_turn_and_garbage_in_the_next() -> None:
    first, second = (sample for sample in catalogue(1, jobs=38) if sample.form == "corrupt")
    assert b"obj" in (first.make() or b"")
    assert b"obj" not in (second.make() or b"")


def test_the_words_of_a_job_are_those_of_the_queue() -> None:
    for sample in catalogue(1, jobs=57):
        if sample.document_source != "acte":
            assert sample.cadastre
            assert "’" not in sample.cadastre
            assert sample.acte_type is None
        else:
            assert sample.cadastre is sample.designation is None
            assert sample.acte_type in ("Acte", "Avis d'adresse", "Radiation", "Acte divers")


@pytest.mark.parametrize("seed", range(20))
def test_every_good_document_of_any_seed_has_its_pages(seed: int) -> None:
    for sample in catalogue(seed):
        assert len(sample.compose()) == sample.pages
