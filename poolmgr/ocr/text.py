"""The result of a reading as the queue stores it: text that PostgreSQL takes, and takes whole."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.jobs import JobKind
from poolmgr.domain.json import Json, JsonObject, storable
from poolmgr.ocr.boost.document import Boosted, Sheet, boost, sheets
from poolmgr.ocr.folding import folded
from poolmgr.ocr.index import text_form
from poolmgr.ocr.index.shape import as_json
from poolmgr.ocr.lexemes import Allowance
from poolmgr.ocr.reading import Page, Reading

LINE_ENDS = re.compile("\r\n|[\r\f\v\x85\u2028\u2029]")
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
PIECE = re.compile(r"\s*\S{1,1000}")
NAMES = {"ocr_index": "de l'index", "ocr_acte": "de l'acte"}


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Where file_content ends before the document does. bound: bytes, words, lexemes."""

    pages_kept: int
    pages: int
    inside_page: bool
    bound: str

    def sentence(self, kind: JobKind) -> str:
        name = NAMES.get(kind, "du document")
        where = "dans" if self.inside_page else "après"
        return (
            f"[Texte coupé ici, {where} la page {self.pages_kept} sur {self.pages} : la suite {name} dépasse "
            "ce que la base de données peut indexer ; le texte complet est conservé page par page.]"
        )


def result(reading: Reading, kind: JobKind, settings: OcrSettings) -> JsonObject:
    """The `result` of an OCR outcome.

    file_content: what was read with page markers, an index row by row where its rows are known; cut where a
    row can hold no more, the cut said in its last line and in `cut` (null when whole). boosted_file_content:
    the same corrected by rules; null where nothing was. searchable_file_content: what file_content says, for
    searching. pages: every page, whole, with what was corrected on it.
    """
    shown_pages = [Sheet(number=page.number, text=shown(page), index=page.index) for page in reading.pages]
    content, body, cut = column([(sheet.number, sheet.text) for sheet in shown_pages], kind, settings)
    boosted = boost(shown_pages, kind) if settings.boost else None
    notes = [reading.note, *(boosted.notes if boosted else ())]
    return {
        "file_content": content,
        "boosted_file_content": column(boosted.pages, kind, settings)[0] if boosted else None,
        "searchable_file_content": folded("\n".join(map(without_marker, body))),
        "pages": [record(page) | {"kind": kind} | corrected(page.number, boosted) for page in reading.pages],
        "note": safe("; ".join(note for note in notes if note)),
        "cut": noted(cut),
    }


def shown(page: Page) -> str:
    """A page in file_content: its rows where they are known, else its text."""
    return safe(text_form.write(page.index) if page.index else page.text)


def column(
    pages: Sequence[tuple[int, str]], kind: JobKind, settings: OcrSettings
) -> tuple[str, list[str], Cut | None]:
    """What a column of a row takes, its pages as far as they fit, and where it was cut."""
    allowance = Allowance(settings.text_bytes, settings.text_words)
    allowance.take(longest_sentence(len(pages), kind))
    body, cut = fitted(pages, allowance)
    return "\n\n".join([*body, cut.sentence(kind)] if cut else body), body, cut


def longest_sentence(pages: int, kind: JobKind) -> str:
    """What a cut may need, kept free from the start."""
    cut = Cut(pages_kept=pages, pages=pages, inside_page=False, bound="")
    return f"\n\n{cut.sentence(kind)}"


def record(page: Page) -> JsonObject:
    """One page, whole, as it was read."""
    rows = page.index
    index: JsonObject = {}
    if rows is not None:
        index = {"index": storable(as_json(rows)), "confidences": [row.confidence for row in rows.rows]}
    return {
        "page": page.number,
        "engine": page.engine,
        "text": safe(page.text),
        "confidence": page.confidence,
        "note": safe(page.note),
        "model": page.model or None,
        "prompt_version": page.prompt or None,
    } | index


def corrected(number: int, boosted: Boosted | None) -> JsonObject:
    """What was corrected on a page, by which version of the rules; nothing where none were applied."""
    if boosted is None or number not in boosted.corrections:
        return {}
    return {
        "corrections": storable(list[Json](boosted.corrections[number])),
        "rules_version": boosted.version,
    }


@dataclass(frozen=True, kw_only=True)
class Again:
    """A stored text corrected. text: for boosted_file_content; pages: of `pool_boost`, in their order."""

    text: str
    pages: list[JsonObject]
    corrections: int


def corrected_again(content: str, kind: JobKind, settings: OcrSettings) -> Again | None:
    """What the rules make of the text that a row holds; None where they have nothing to speak of."""
    boosted = boost(sheets(content, kind), kind)
    if boosted is None:
        return None
    pages: list[JsonObject] = [{"page": number} | corrected(number, boosted) for number, _ in boosted.pages]
    return Again(
        text=column(boosted.pages, kind, settings)[0],
        pages=pages,
        corrections=sum(map(len, boosted.corrections.values())),
    )


def noted(cut: Cut | None) -> Json:
    if cut is None:
        return None
    return {
        "pages_kept": cut.pages_kept,
        "pages": cut.pages,
        "inside_page": cut.inside_page,
        "bound": cut.bound,
    }


def safe(text: str) -> str:
    """Without NUL, lone surrogates, and all control characters but newline and tab."""
    return FORBIDDEN.sub("", LINE_ENDS.sub("\n", text))


def marker(number: int) -> str:
    return f"--- Page {number} ---"


def without_marker(block: str) -> str:
    return block.partition("\n")[2]


def fitted(pages: Sequence[tuple[int, str]], allowance: Allowance) -> tuple[list[str], Cut | None]:
    """As many pages as a row can hold, each below its marker; of a first page too long, its beginning."""
    blocks: list[str] = []
    for number, text in pages:
        block = f"{marker(number)}\n{text}"
        bound = allowance.take(f"\n\n{block}")
        if bound and not blocks:
            block, bound = beginning(text, allowance, f"{marker(number)}\n")
            return [block], Cut(pages_kept=number, pages=len(pages), inside_page=True, bound=bound)
        if bound:
            return blocks, Cut(pages_kept=number - 1, pages=len(pages), inside_page=False, bound=bound)
        blocks.append(block)
    return blocks, None


def beginning(text: str, allowance: Allowance, start: str) -> tuple[str, str]:
    """As many words as are allowed, and what ended them; a word of over 1,000 letters may be cut itself."""
    allowance.take(start)
    kept = [start]
    bound = ""
    for piece in PIECE.findall(text):
        bound = allowance.take(piece)
        if bound:
            break
        kept.append(piece)
    return "".join(kept), bound
