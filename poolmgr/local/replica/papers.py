"""The files behind the papers, the same bytes each time; made when first asked for and kept."""

from functools import lru_cache
from random import Random

from poolmgr.local.replica.asked import Asked
from poolmgr.local.replica.register import Paper
from poolmgr.local.samples.catalogue import Sample
from poolmgr.local.samples.deed import Deed, Paragraph, Signatures, Table
from poolmgr.local.samples.flow import compose_acte
from poolmgr.local.samples.index import Index, draw_index, set_index
from poolmgr.local.samples.index_table import render_index
from poolmgr.local.samples.people import Place, draw_person, write_amount
from poolmgr.local.samples.plan import compose_plan
from poolmgr.local.samples.sheet import Sheet, lay, save

KEPT = 500


@lru_cache(KEPT)
def bytes_of(paper: Paper) -> bytes:
    if paper.sample is not None:
        return paper.sample.make() or b""
    return save(lay(compose(paper)), paper.title)


def shorten(whole: bytes) -> bytes:
    """A file that begins well and lacks its end; a lenient reader may still find a page in it."""
    return whole[: len(whole) * 3 // 5]


@lru_cache(KEPT)
def table_of(paper: Paper) -> str:
    """The page of an index, with the rows that its file has."""
    return render_index(index_of(paper.sample) if paper.sample else invented_index(paper.asked))


def index_of(sample: Sample) -> Index:
    return draw_index(sample.rng("pages"), sample.place, sample.lot, max(sample.pages, 1))


def invented_index(asked: Asked) -> Index:
    return draw_index(chance(asked), place_of(asked), asked.number, 1)


def chance(asked: Asked) -> Random:
    """The same for the same order, whoever asks."""
    return Random(repr(asked))


def place_of(asked: Asked) -> Place:
    circonscription = asked.circonscription or "Québec"
    return Place(
        circonscription=circonscription, cadastre=asked.cadastre or "Cadastre du Québec", town=circonscription
    )


def compose(paper: Paper) -> list[Sheet]:
    """One page."""
    asked = paper.asked
    match asked.source:
        case "index":
            return set_index(invented_index(asked))
        case "plan_cadastraux":
            return compose_plan(Random(f"{asked!r} {paper.title}"), place_of(asked), asked.number)
        case "acte":
            return compose_acte(draft(asked), 1)


def draft(asked: Asked) -> Deed:
    """A short deed without a date: old numbers say nothing about theirs."""
    rng = chance(asked)
    gives, takes = draw_person(rng), draw_person(rng)
    kind = asked.acte_type or "Acte"
    amount = write_amount(rng.randrange(20, 700) * 1000)
    rows = (("Mention", "Valeur"), ("Nature", kind), ("Montant", amount))
    return Deed(
        title=kind,
        minute=f"Minute : {rng.randrange(100, 9000)}",
        published=(
            f"Circonscription foncière : {asked.circonscription}",
            f"Numéro d’inscription : {asked.number}",
            "Document fictif",
        ),
        opening=(
            Paragraph(text=f"Comparaissent {gives} et {takes}, lesquels déclarent ce qui suit."),
            Paragraph(text=f"Le présent document est publié sous le numéro {asked.number} du registre."),
        ),
        first=("Les parties reconnaissent avoir lu le document et le signent en présence du notaire.",),
        further=(),
        closing=(
            Table(heading="Mentions", rows=rows),
            Signatures(closing="Dont acte, lecture faite.", names=(gives, takes)),
        ),
    )
