"""The jobs that the embedded stack starts with: mostly good documents, some that must end otherwise."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

from poolmgr.local.samples.acte import DRAFTS
from poolmgr.local.samples.broken import cut, encrypt, fill_with_garbage
from poolmgr.local.samples.deed import draw_subject
from poolmgr.local.samples.flow import compose_acte
from poolmgr.local.samples.index import compose_index, draw_index
from poolmgr.local.samples.people import PLACES, Place, draw_designation, draw_lot
from poolmgr.local.samples.plan import compose_plan
from poolmgr.local.samples.scan import scan
from poolmgr.local.samples.sheet import Sheet, lay, save

Source = Literal["index", "acte", "plan_cadastraux"]
Form = Literal["born_digital", "scanned", "cut_once", "corrupt", "encrypted", "empty", "missing", "ambiguous"]
Expected = Literal["done", "error", "held"]
DEFAULT_JOBS = 19
# corrupt, empty: bought, and never whole; encrypted: bought, and never read; the rest: never bought
EXPECTED: dict[Form, Expected] = {
    "corrupt": "held",
    "empty": "held",
    "encrypted": "error",
    "missing": "error",
    "ambiguous": "error",
}
UNSOLD: tuple[Form, ...] = ("missing", "ambiguous")
# there are Bonaventure 1 and Bonaventure 2
AMBIGUOUS = "Bonaventure"
# what a reading has to find: the whole text layer; all but 5 % of a scan's words
LEAST_RECALL: dict[Form, float] = {"born_digital": 0.99, "cut_once": 0.99, "scanned": 0.95}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One turn of the mix; a broken document has no pages."""

    source: Source
    form: Form
    pages: int = 0
    acte_type: str | None = None


# 11 good documents to read, of 18 pages (5 of them scanned, 6 pages), 2 plans, and 6 that end otherwise
MIX = (
    Plan(source="acte", form="missing", acte_type="Acte"),
    Plan(source="index", form="born_digital", pages=2),
    Plan(source="acte", form="scanned", pages=1, acte_type="Radiation"),
    Plan(source="index", form="scanned", pages=1),
    Plan(source="acte", form="born_digital", pages=3, acte_type="Acte"),
    Plan(source="index", form="corrupt"),
    Plan(source="acte", form="scanned", pages=2, acte_type="Acte"),
    Plan(source="index", form="born_digital", pages=3),
    Plan(source="acte", form="encrypted", acte_type="Acte"),
    Plan(source="index", form="scanned", pages=1),
    Plan(source="acte", form="born_digital", pages=2, acte_type="Acte divers"),
    Plan(source="index", form="empty"),
    Plan(source="index", form="born_digital", pages=1),
    Plan(source="acte", form="scanned", pages=1, acte_type="Avis d'adresse"),
    Plan(source="plan_cadastraux", form="born_digital", pages=1),
    Plan(source="index", form="cut_once", pages=1),
    Plan(source="index", form="missing"),
    Plan(source="plan_cadastraux", form="born_digital", pages=1),
    Plan(source="index", form="ambiguous"),
)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One job and the document behind it; pages, truth and bytes are made when they are asked for."""

    name: str
    seed: int
    position: int
    plan: Plan
    place: Place
    lot: str
    document_number: str
    designation: str | None

    @property
    def document_source(self) -> Source:
        return self.plan.source

    @property
    def form(self) -> Form:
        return self.plan.form

    @property
    def acte_type(self) -> str | None:
        return self.plan.acte_type

    @property
    def circonscription(self) -> str:
        return AMBIGUOUS if self.form == "ambiguous" else self.place.circonscription

    @property
    def cadastre(self) -> str | None:
        """The cadastre an index or plan is ordered by, with a plain apostrophe; None for a deed."""
        return self.place.cadastre.replace("’", "'") if self.document_source != "acte" else None

    @property
    def pages(self) -> int:
        """How many pages it has: 0 when the document is broken."""
        return self.plan.pages

    @property
    def expected(self) -> Expected:
        return EXPECTED.get(self.form, "done")

    @property
    def is_sold(self) -> bool:
        """Whether the register takes money for it."""
        return self.form not in UNSOLD

    @property
    def is_read(self) -> bool:
        """Whether its text is to be found: a plan is stored, never read."""
        return self.pages > 0 and self.document_source != "plan_cadastraux"

    @property
    def least_recall(self) -> float:
        return LEAST_RECALL.get(self.form, 0.0) if self.is_read else 0.0

    @property
    def page_truths(self) -> list[str]:
        return [sheet.truth for sheet in self.compose()] if self.is_read else []

    @property
    def truth(self) -> str:
        return "\n".join(self.page_truths)

    @property
    def told(self) -> str:
        """What its reading tells: of an index what its heading and its rows say, else the whole truth."""
        if self.document_source != "index" or not self.is_read:
            return self.truth
        return draw_index(self.rng("pages"), self.place, self.lot, self.pages).told

    def rng(self, use: str) -> Random:
        return Random(f"{self.seed}/{self.position}/{use}")

    def compose(self) -> list[Sheet]:
        """The pages before they are a PDF; none when the document is broken."""
        return compose(self, self.pages) if self.pages else []

    def make(self) -> bytes | None:
        """The PDF as storage holds it, the same bytes each time; None when storage has no such object."""
        return MAKERS[self.form](self)


def compose(sample: Sample, pages: int) -> list[Sheet]:
    rng = sample.rng("pages")
    if sample.document_source == "plan_cadastraux":
        return compose_plan(rng, sample.place, sample.lot)
    if sample.acte_type is None:
        return compose_index(rng, sample.place, sample.lot, pages)
    subject = draw_subject(rng, sample.place, sample.lot, sample.document_number)
    return compose_acte(DRAFTS[sample.acte_type](rng, subject), pages)


def make_born_digital(sample: Sample) -> bytes:
    return save(lay(sample.compose()), sample.name)


def make_scanned(sample: Sample) -> bytes:
    return save(scan(sample.compose(), sample.rng("scan")), sample.name)


def make_corrupt(sample: Sample) -> bytes:
    """Cut off in one turn of the mix, garbage in the next."""
    if sample.position // len(MIX) % 2:
        return fill_with_garbage(sample.rng("garbage"))
    return cut(save(lay(compose(sample, 2)), sample.name), sample.rng("garbage"))


MAKERS: dict[Form, Callable[[Sample], bytes | None]] = {
    "born_digital": make_born_digital,
    "scanned": make_scanned,
    "cut_once": make_born_digital,
    "corrupt": make_corrupt,
    "encrypted": lambda sample: encrypt(sample.rng("lock"), f"Acte {sample.document_number}"),
    "empty": lambda _: b"",
    "missing": lambda _: None,
    "ambiguous": lambda _: None,
}


def draw_sample(seed: int, position: int) -> Sample:
    plan = MIX[position % len(MIX)]
    rng = Random(f"{seed}/{position}")
    place = rng.choice(PLACES)
    lot = draw_lot(rng, place)
    by_lot = plan.source != "acte"
    return Sample(
        name=f"{position + 1:03}-{plan.source}-{plan.form}",
        seed=seed,
        position=position,
        plan=plan,
        place=place,
        lot=lot,
        document_number=lot if by_lot else str(rng.randrange(10_400_000, 28_000_000)),
        designation=draw_designation(rng, place) or None if by_lot else None,
    )


def catalogue(seed: int, jobs: int = DEFAULT_JOBS) -> list[Sample]:
    """`jobs` samples: the mix, again and again with other content. Cheap: nothing is drawn yet."""
    return [draw_sample(seed, position) for position in range(jobs)]
