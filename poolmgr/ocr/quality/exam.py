"""Documents read and compared with what they truly say. Needs numpy; imported late."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from poolmgr.domain.errors import PoolError
from poolmgr.domain.jobs import JobKind
from poolmgr.domain.json import JsonObject
from poolmgr.ocr.boost.index import boost
from poolmgr.ocr.quality.cost import measured
from poolmgr.ocr.quality.tally import Tally
from poolmgr.ocr.quality.truth import Truth
from poolmgr.ocr.reading import Page, Reading

Read: TypeAlias = Callable[[bytes, JobKind], Reading]


@dataclass(frozen=True, kw_only=True)
class Question:
    """group: figures are told for each, as for one layout in one condition."""

    name: str
    group: str
    data: bytes
    truth: Truth


@dataclass(kw_only=True)
class Marks:
    """What one group of documents came to. failures: documents that gave an error, and which."""

    tally: Tally = field(default_factory=Tally)
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    peak_megabytes: float | None = None
    failures: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        """Shares 0 to 1, None where there was nothing; times a page."""
        tally, pages = self.tally, max(1, self.tally.pages)
        return {
            "pages": tally.pages,
            "field_f1": rounded(tally.f1),
            "fields": {name: rounded(hits.f1) for name, hits in tally.fields.items()},
            "cer": share(tally.char_edits, tally.characters),
            "wer": share(tally.word_edits, tally.words),
            "word_recall": share(tally.words_found, tally.page_words),
            "row_recall": share(tally.rows_found, tally.rows),
            "rows": tally.rows,
            "rows_invented": tally.rows_invented,
            "layouts_right": tally.layouts_right,
            "hidden_rows_noticed": share(tally.noticed, tally.hidden),
            "pages_overcounted": tally.overcounted,
            "nature_accuracy": share(tally.natures_right, tally.natures),
            "nature_accuracy_boosted": share(tally.boosted_right, tally.natures),
            "cpu_seconds_a_page": round(self.cpu_seconds / pages, 2),
            "pages_a_minute": round(60 * pages / self.wall_seconds, 1) if self.wall_seconds else None,
            "peak_megabytes": self.peak_megabytes,
            "failures": dict(self.failures),
        }


def examine(questions: Iterable[Question], read: Read, say: Callable[[str], None]) -> dict[str, Marks]:
    """Marks by group, in order. A document that cannot be read counts as if nothing stood on it."""
    marks: dict[str, Marks] = {}
    for question in questions:
        mark = marks.setdefault(question.group, Marks())
        say(question.name)
        answer(question, read, mark)
    return marks


def answer(question: Question, read: Read, mark: Marks) -> None:
    truth = question.truth
    try:
        reading, cost = measured(lambda: read(question.data, truth.kind))
    except PoolError as failure:
        mark.failures[question.name] = failure.sentence
        pages: list[Page] = []
    else:
        mark.cpu_seconds += cost.cpu_seconds
        mark.wall_seconds += cost.wall_seconds
        if cost.peak_megabytes is not None:
            mark.peak_megabytes = max(mark.peak_megabytes or 0.0, cost.peak_megabytes)
        pages = list(reading.pages)
    corrected = boost([page.index for page in pages if page.index])
    boosted = {page.number: page for page in corrected.pages}
    for number, true in enumerate(truth.pages, 1):
        page = next((page for page in pages if page.number == number), None)
        page = page or Page(number=number, text="", engine="tesseract")
        mark.tally.compare(page, true, boosted.get(number))


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
