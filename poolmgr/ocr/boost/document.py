"""A document's pages corrected, as text: the same work on a fresh reading and on what a row holds already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from poolmgr.domain.jobs import JobKind
from poolmgr.domain.json import Json
from poolmgr.ocr.boost import acte, index
from poolmgr.ocr.boost.corrections import of_page
from poolmgr.ocr.index import forms
from poolmgr.ocr.index.amending import amended
from poolmgr.ocr.index.model import IndexPage


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One page as file_content shows it. index: its rows, where they are known."""

    number: int
    text: str
    index: IndexPage | None = None


@dataclass(frozen=True, kw_only=True)
class Boosted:
    """pages: number and corrected text. corrections: by page. version: of the rules. notes: in English."""

    pages: tuple[tuple[int, str], ...]
    corrections: Mapping[int, list[Json]]
    version: str
    notes: tuple[str, ...] = ()


def sheets(content: str, kind: JobKind) -> list[Sheet]:
    """The pages of a text that a row holds; those of an index with their rows where it is a form."""
    return [
        Sheet(number=number, text=body, index=rows_of(number, body) if kind == "ocr_index" else None)
        for number, body in forms.split(content)
    ]


def rows_of(number: int, body: str) -> IndexPage | None:
    return forms.read(number, body) if forms.is_form(body) else None


def boost(pages: Sequence[Sheet], kind: JobKind) -> Boosted | None:
    """None where there is nothing that rules could speak of: an index whose rows are not known."""
    return boost_index(pages) if kind == "ocr_index" else boost_acte(pages)


def boost_index(pages: Sequence[Sheet]) -> Boosted | None:
    known = [page.index for page in pages if page.index is not None]
    if not known:
        return None
    boosted = index.boost(known)
    # By its place: an old text may number two pages alike.
    corrected = iter(boosted.pages)
    texts = []
    for page in pages:
        text = page.text
        if page.index is not None:
            text = amended(page.text, index.amendments(page.index, next(corrected)))
        texts.append((page.number, text))
    return Boosted(
        pages=tuple(texts),
        corrections={page.number: of_page(boosted.corrections, page.number) for page in known},
        version=boosted.version,
        notes=boosted.notes,
    )


def boost_acte(pages: Sequence[Sheet]) -> Boosted:
    texts: list[tuple[int, str]] = []
    made: list[acte.TextCorrection] = []
    for page in pages:
        text, here = acte.boost_page(page.number, page.text)
        texts.append((page.number, text))
        made += here
    if texts and (closing := acte.closing(made)):
        number, text = texts[-1]
        texts[-1] = (number, f"{text}\n\n{closing}")
    return Boosted(
        pages=tuple(texts),
        corrections={
            page.number: [one.as_json() for one in made if one.page == page.number] for page in pages
        },
        version=acte.acte_rules().version,
    )
