"""A set of documents to measure reading with: pages of every layout, scanned well and badly, and deeds."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from poolmgr.local.samples.acte import DRAFTS
from poolmgr.local.samples.damage import DAMAGES, scan_with
from poolmgr.local.samples.deed import draw_subject
from poolmgr.local.samples.filling import draw_form
from poolmgr.local.samples.flow import set_pages
from poolmgr.local.samples.forms import FORMS
from poolmgr.local.samples.index import draw_index, set_index
from poolmgr.local.samples.people import PLACES, draw_lot
from poolmgr.local.samples.sheet import Sheet, lay, save
from poolmgr.local.samples.truths import PageTruth, Truth, computed_truths

COMPUTED, ACTE = "modern_inscription", "acte"
LAYOUTS = (COMPUTED, *FORMS)
CLAUSES = 3
PRINTED = "text_layer"
CONDITIONS = (*DAMAGES, PRINTED)


@dataclass(frozen=True, kw_only=True)
class Paper:
    """An index of one page, or a deed. layout: one of LAYOUTS, or `acte`. condition: one of CONDITIONS."""

    seed: int
    layout: str
    condition: str

    @property
    def name(self) -> str:
        return f"{self.layout}-{self.condition}-{self.seed}"

    def compose(self) -> tuple[list[Sheet], Truth]:
        """The same pages in every condition."""
        rng = Random(f"{self.seed}/{self.layout}")
        place = rng.choice(PLACES)
        lot = draw_lot(rng, place)
        if self.layout == ACTE:
            subject = draw_subject(rng, place, lot, str(rng.randrange(10_400_000, 28_000_000)))
            sheets = set_pages(DRAFTS[rng.choice(sorted(DRAFTS))](rng, subject), CLAUSES)
            return sheets, Truth(kind="ocr_acte", pages=[PageTruth(text=sheet.truth) for sheet in sheets])
        if self.layout == COMPUTED:
            index = draw_index(rng, place, lot, 1)
            sheets, truths = set_index(index), computed_truths(index)
        else:
            sheet, truth = draw_form(rng, place, lot, self.layout)
            sheets, truths = [sheet], [truth]
        pages = [
            PageTruth(text=sheet.truth, index=truth) for sheet, truth in zip(sheets, truths, strict=True)
        ]
        return sheets, Truth(kind="ocr_index", pages=pages)

    def make(self) -> tuple[bytes, Truth]:
        """The PDF, and what it truly says."""
        sheets, truth = self.compose()
        if self.condition == PRINTED:
            return save(lay(sheets), self.name), truth
        rng = Random(f"{self.seed}/{self.layout}/{self.condition}")
        return save(scan_with(sheets, DAMAGES[self.condition], rng), self.name), truth


def draw_papers(
    seeds: range,
    layouts: tuple[str, ...] = (*LAYOUTS, ACTE),
    conditions: tuple[str, ...] = CONDITIONS,
) -> Iterator[Paper]:
    for seed in seeds:
        for layout in layouts:
            for condition in conditions:
                yield Paper(seed=seed, layout=layout, condition=condition)
