"""What exists in the register.

The documents of the samples' catalogue exist under their own place, acte type and number alone, and so do
those that a test adds. Any other order that can be is found too; its number's end tells what becomes of it:

    000   does not exist: index « inexistante », acte « Aucune information… », plan « Le lot n'existe pas… »
    111   acte: similar documents are offered, the first of them on paper only, the second the one asked for
    135   exists under one name alone: an acte as a Radiation, a lot that is not renovated in a village
    222   acte: similar documents are offered, all of them on paper only
    333   large: a confirmation page comes before the document
    444   plan: a choice of three plans (so 3444: the choice, then the confirmation page)
    555   inactive lot: an index is refused, a plan is offered for choice with that message
    666   exists, but its file is cut, each time
    777   its first save breaks off, the next is whole
    888   « Le document demandé est inexistant »
    999   « Aucune information ne correspond… »

A lot of Cadastre du Québec has seven digits (no leading zero), and no other lot has: all else does not exist.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from poolmgr.local.replica.asked import RENOVATED, Asked
from poolmgr.local.samples.catalogue import Sample, catalogue

Flaw: TypeAlias = Literal["", "cut", "cut_once", "once"]
NO_FILE = "La fiche immobilière demandée est inexistante."
NO_DOCUMENT = "Le document demandé est inexistant."
NO_MATCH = "Aucune information ne correspond aux critères de sélection."
NO_LOT = "Le lot n'existe pas dans la circonscription foncière demandée."
RENOVATED_LOT = re.compile(r"[1-9]\d{6}")
LOT = re.compile(r"\d{1,6}[A-Z]{0,2}(-\d+)*|[A-Z](-\d+)*")
REGISTRATION = re.compile(r"\d{1,8}|[A-Z]{1,2}-?\d{1,7}")


@dataclass(frozen=True, kw_only=True)
class Paper:
    """One document of the register; `sample` is the one of the catalogue that it is."""

    asked: Asked
    title: str
    on_paper: bool = False
    large: bool = False
    flaw: Flaw = ""
    sample: Sample | None = None


@dataclass(frozen=True, kw_only=True)
class Absent:
    """Nothing is delivered; the message says why."""

    message: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Several papers to choose from."""

    papers: tuple[Paper, ...]
    message: str = ""


Finding: TypeAlias = Absent | Choice | Paper


class Register:
    def __init__(self, seed: int, jobs: int) -> None:
        self.known: dict[tuple[str, str], list[Paper]] = defaultdict(list)
        for sample in catalogue(seed, jobs):
            asked = Asked(
                source=sample.document_source,
                number=sample.document_number,
                circonscription=sample.circonscription,
                cadastre=sample.cadastre,
                acte_type=sample.acte_type,
            )
            self.known[asked.source, asked.number].append(Paper(asked=asked, title="", sample=sample))
        self.added: dict[tuple[str, str], list[Asked]] = defaultdict(list)

    def add(self, asked: Asked) -> None:
        """From now on this number exists there alone; what is None in it is left open."""
        self.added[asked.source, asked.number].append(asked)

    def forget_added(self) -> None:
        self.added.clear()

    def find(self, asked: Asked) -> Finding:
        key = (asked.source, asked.number)
        if key in self.known:
            papers = [paper for paper in self.known[key] if fits(paper.asked, asked)]
            return deliver(papers[0], asked) if papers else Absent(message=unknown(asked))
        if key in self.added and not any(fits(added, asked) for added in self.added[key]):
            return Absent(message=unknown(asked))
        if not plausible(asked):
            return Absent(message=unknown(asked))
        return by_number(asked)


def fits(known: Asked, asked: Asked) -> bool:
    """Whether the place and type are the known one's. A renovated lot is one in the whole province."""
    wanted = [(known.cadastre, asked.cadastre), (known.designation, asked.designation)]
    wanted.append((known.acte_type, asked.acte_type))
    if asked.cadastre != RENOVATED or asked.circonscription is not None:
        wanted.append((known.circonscription, asked.circonscription))
    return all(mine is None or mine == theirs for mine, theirs in wanted)


def deliver(paper: Paper, asked: Asked) -> Finding:
    """A sample that storage has no object of is one the register does not have either."""
    if paper.sample is not None and paper.sample.form == "missing":
        return Absent(message=NO_DOCUMENT)
    flaw: Flaw = "cut_once" if paper.sample is not None and paper.sample.form == "cut_once" else ""
    return replace(paper, asked=asked, title=entitle(asked), flaw=flaw)


def plausible(asked: Asked) -> bool:
    if asked.source == "acte":
        return REGISTRATION.fullmatch(asked.number) is not None
    if asked.cadastre == RENOVATED:
        return RENOVATED_LOT.fullmatch(asked.number) is not None
    return LOT.fullmatch(asked.number) is not None


def unknown(asked: Asked) -> str:
    return NO_MATCH if asked.source == "acte" else NO_LOT


def entitle(asked: Asked) -> str:
    return f"{asked.acte_type or 'Lot'} {asked.number}"


def absent(asked: Asked) -> str:
    """The message of an order whose number says that it does not exist; empty when it does."""
    match asked.number[-3:], asked.source:
        case "000", "index":
            return NO_FILE
        case "000", _:
            return unknown(asked)
        case "135", _ if not is_the_one(asked):
            return unknown(asked)
        case "555", "index":
            return inactive(asked)
        case "888", _:
            return NO_DOCUMENT
        case "999", _:
            return NO_MATCH
    return ""


def is_the_one(asked: Asked) -> bool:
    """Of the names under which a number with that end may be asked for."""
    if asked.source == "acte":
        return asked.acte_type == "Radiation"
    return asked.cadastre == RENOVATED or (asked.cadastre or "").startswith("Village")


def inactive(asked: Asked) -> str:
    return f"Le lot {asked.number} est inactif."


def by_number(asked: Asked) -> Finding:
    message = absent(asked)
    if message:
        return Absent(message=message)
    paper = draw_paper(asked)
    match asked.source, asked.number[-3:]:
        case "acte", ("111" | "222") as end:
            return offer_similar(paper, all_on_paper=end == "222")
        case "plan_cadastraux", "444":
            return offer_plans(replace(paper, large=asked.number.endswith("3444")), "")
        case "plan_cadastraux", "555":
            return offer_plans(paper, inactive(asked))
    return paper


def draw_paper(asked: Asked) -> Paper:
    flaws: dict[str, Flaw] = {"666": "cut", "777": "once"}
    end = asked.number[-3:]
    return Paper(asked=asked, title=entitle(asked), large=end == "333", flaw=flaws.get(end, ""))


def offer_similar(paper: Paper, *, all_on_paper: bool) -> Choice:
    """The number asked for on paper, the same in the computer, and the next number."""
    following = str(int(re.sub(r"\D", "", paper.asked.number)) + 1)
    neighbour = draw_paper(replace(paper.asked, number=following))
    papers = (replace(paper, on_paper=True), paper, neighbour)
    return Choice(papers=tuple(replace(p, on_paper=True) for p in papers) if all_on_paper else papers)


def offer_plans(paper: Paper, message: str) -> Choice:
    """Three states of one lot, the latest last."""
    years = (1987, 2003, 2019)
    papers = (replace(paper, title=f"Plan du lot {paper.asked.number}, {year}") for year in years)
    return Choice(papers=tuple(papers), message=message)
