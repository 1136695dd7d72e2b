from poolmgr.domain.errors import DocumentError
from poolmgr.domain.jobs import JobKind
from poolmgr.ocr.index.model import Header, IndexPage, Row
from poolmgr.ocr.quality.exam import Question, examine
from poolmgr.ocr.quality.truth import PageTruth, Truth
from poolmgr.ocr.reading import Page, Reading

INDEX = IndexPage(
    number=1, layout="old_1", header=Header(), rows=(Row(number="48200", date="1986-03-14", nature="Vente"),)
)


def question(name: str, kind: JobKind = "ocr_index") -> Question:
    page = PageTruth(text="Vente 48200", index=INDEX if kind == "ocr_index" else None)
    return Question(name=name, group=kind, data=name.encode(), truth=Truth(kind=kind, pages=(page,)))


def read(data: bytes, kind: JobKind) -> Reading:
    if data == b"broken":
        raise DocumentError("The PDF is corrupt.")
    index = INDEX if kind == "ocr_index" else None
    return Reading(pages=(Page(number=1, text="Vente 48201", engine="tesseract", index=index),))


def test_each_group_has_its_marks_and_a_document_that_fails_counts_as_empty() -> None:
    said: list[str] = []
    marks = examine([question("good"), question("broken"), question("deed", "ocr_acte")], read, said.append)
    assert said == ["good", "broken", "deed"]
    index, acte = marks["ocr_index"].as_json(), marks["ocr_acte"].as_json()
    assert (index["pages"], index["row_recall"], index["field_f1"]) == (2, 0.5, 0.6667)
    assert index["failures"] == {"broken": "The PDF is corrupt."}
    assert (acte["cer"], acte["wer"], acte["field_f1"]) == (round(1 / 11, 4), 0.5, None)


def test_what_it_took_is_told() -> None:
    taken = examine([question("good")], read, lambda _: None)["ocr_index"]
    assert taken.peak_megabytes is not None
    assert taken.peak_megabytes > 10
    assert taken.wall_seconds >= 0
