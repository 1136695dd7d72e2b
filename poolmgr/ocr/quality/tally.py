"""What is counted when a reading is compared with the truth. Needs numpy; imported late."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from poolmgr.ocr.index.model import IndexPage, Row
from poolmgr.ocr.quality.alignment import Pair, align
from poolmgr.ocr.quality.distance import edits, even
from poolmgr.ocr.quality.truth import HEADER_TEXTS, PageTruth
from poolmgr.ocr.reading import Page

FIELDS = ("number", "date", "nature", "name", "role", "remarks", "address_notice", "radiations")


@dataclass(kw_only=True)
class Hits:
    """right: fields that are exactly as they truly are. read, true: fields that say something."""

    right: int = 0
    read: int = 0
    true: int = 0

    def add(self, read: str, true: str) -> None:
        read, true = even(read), even(true)
        self.read += bool(read)
        self.true += bool(true)
        self.right += bool(true) and read == true

    @property
    def f1(self) -> float | None:
        """2 x right / (read + true), None where there was nothing to read."""
        return 2 * self.right / (self.read + self.true) if self.read + self.true else None


@dataclass(kw_only=True)
class Tally:
    """char_edits of characters: of an index those of its rows, of a deed those of its text.

    words_found of words: on the whole page, in any order. hidden: true rows, each kept from the result once;
    noticed: those whose absence the count of rows told. overcounted: pages where the count told of too many.
    natures, boosted: right ones of true ones, before and after the rules.
    """

    pages: int = 0
    characters: int = 0
    char_edits: int = 0
    words: int = 0
    word_edits: int = 0
    page_words: int = 0
    words_found: int = 0
    rows: int = 0
    rows_found: int = 0
    rows_invented: int = 0
    hidden: int = 0
    noticed: int = 0
    overcounted: int = 0
    layouts_right: int = 0
    natures: int = 0
    natures_right: int = 0
    boosted_right: int = 0
    fields: dict[str, Hits] = field(default_factory=lambda: {name: Hits() for name in (*FIELDS, "header")})

    @property
    def f1(self) -> float | None:
        """Over all fields of all rows; the heading is counted by itself."""
        whole = Hits(
            right=sum(self.fields[name].right for name in FIELDS),
            read=sum(self.fields[name].read for name in FIELDS),
            true=sum(self.fields[name].true for name in FIELDS),
        )
        return whole.f1

    def compare(self, page: Page, truth: PageTruth, boosted: IndexPage | None) -> None:
        """boosted: the page's rows after the rules, None where none were applied."""
        self.pages += 1
        read_words, true_words = Counter(even(page.text).split()), Counter(even(truth.text).split())
        self.page_words += true_words.total()
        self.words_found += (read_words & true_words).total()
        if truth.index is None:
            self.compare_texts(page.text, truth.text)
        else:
            self.compare_rows(page.index, truth.index, boosted)

    def compare_texts(self, read: str, true: str) -> None:
        read, true = even(read), even(true)
        self.characters += len(true)
        self.char_edits += edits(read, true)
        self.words += len(true.split())
        self.word_edits += edits(read.split(), true.split())

    def compare_rows(self, read: IndexPage | None, true: IndexPage, boosted: IndexPage | None) -> None:
        rows = read.rows if read else ()
        pairs = align(rows, true.rows)
        self.rows += len(true.rows)
        self.rows_found += sum(mine is not None and theirs is not None for mine, theirs in pairs)
        self.rows_invented += sum(theirs is None for _, theirs in pairs)
        self.layouts_right += read is not None and read.layout == true.layout
        counted = read.rows_counted if read else None
        self.hidden += len(true.rows)
        self.noticed += len(true.rows) if counted is not None and counted >= len(true.rows) else 0
        self.overcounted += counted is not None and counted > len(true.rows)
        for mine, theirs in pairs:
            self.compare_fields(cells(mine), cells(theirs))
            self.compare_texts(line(mine), line(theirs))
        for name in HEADER_TEXTS:
            self.fields["header"].add(getattr(read.header, name) if read else "", getattr(true.header, name))
        self.natures += sum(bool(row.nature) for row in true.rows)
        self.natures_right += natures_right(pairs)
        self.boosted_right += natures_right(align(boosted.rows, true.rows) if boosted else pairs)

    def compare_fields(self, read: Mapping[str, str], true: Mapping[str, str]) -> None:
        for name in read.keys() | true.keys():
            self.fields[name.partition(" ")[0]].add(read.get(name, ""), true.get(name, ""))


def natures_right(pairs: Iterable[Pair]) -> int:
    return sum(
        bool(true.nature) and even(read.nature) == even(true.nature) for read, true in pairs if read and true
    )


def cells(row: Row | None) -> dict[str, str]:
    """A row's fields; of each party, by its place, `name 0` and `role 0`."""
    if row is None:
        return {}
    texts = {name: str(getattr(row, name)) for name in FIELDS if name not in ("name", "role")}
    for number, party in enumerate(row.parties):
        texts |= {f"name {number}": party.name, f"role {number}": party.role}
    return texts


def line(row: Row | None) -> str:
    return " ".join(filter(None, cells(row).values()))
