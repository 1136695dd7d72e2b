"""The natures that are known, and which of them a reading means."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache, lru_cache

from poolmgr.ocr.folding import folded

NATURES = (
    "Acte d’acquiescement / indivision temporaire",
    "Avis cadastral",
    "Avis de clôture de compte de liquidation successorale",
    "Avis de conservation d’une hypothèque légale de la construction",
    "Avis de contamination / restriction d’usage",
    "Avis de contamination / restriction d’utilisation / décontamination",
    "Avis de faillite",
    "Avis d’adresse",
    "Avis d’expropriation / réserve pour fins publiques",
    "Bail",
    "Billet de location (ancien droit)",
    "Certificat de localisation",
    "Certificat de propriété / recherche",
    "Confirmation",
    "Continuation de communauté",
    "Correction",
    "Dation en paiement",
    "Donation",
    "Douaire",
    "Déclaration de copropriété",
    "Déclaration de copropriété divise",
    "Déclaration de résidence familiale",
    "Déclaration modificative",
    "Emphytéose",
    "Expropriation",
    "Fiducie",
    "Hypothèque",
    "Jugement d’attribution",
    "Jugement en passation de titre",
    "Jugement en reconnaissance du droit de propriété (prescription acquisitive)",
    "Lettres patentes",
    "Loi sur la mainmorte",
    "Mainlevée",
    "Mandat",
    "Pacte de préférence / droit de préemption",
    "Partage",
    "Priorité",
    "Prise de possession à fins d’administration",
    "Prise en paiement",
    "Privilège (ancien droit)",
    "Procuration",
    "Procès-verbal d’abornement",
    "Promesse de vente",
    "Propriété superficiaire",
    "Préavis d’exercice d’un droit hypothécaire",
    "Quittance",
    "Ratification",
    "Renonciation",
    "Résiliation",
    "Résolution / Règlement",
    "Rétrocession",
    "Servitude",
    "Servitude d’environnement",
    "Sommaire",
    "Substitution",
    "Usufruit",
    "Vente",
    "Vente par le syndic",
    "Échange",
    "État certifié",
    # Not in the closed list that readers are given, seen in the registry all the same.
    "Bornage",
    "Cession",
    "Déclaration de transmission",
    "Jugement",
    "Rectification",
    "Testament",
)
"""An open vocabulary: there is no official list."""

ENGLISH = (
    "Assignment",
    "Bond",
    "Cancellation",
    "Deed of gift",
    "Deed of sale",
    "Discharge",
    "Exchange",
    "Judgment",
    "Lease",
    "Marriage contract",
    "Mortgage",
    "Obligation",
    "Partition",
    "Release",
    "Sale",
    "Will",
)
"""As English forms write them: known, so that none is taken for a misspelt French one."""

GENERIC = frozenset({"mutation", "acte", "inscription"})
"""Words that could be said of every registration."""
PARTIAL = frozenset({"modification", "declaration"})
"""Words that want another one: of what?"""

SIMILAR = 0.85
"""One wrong letter in seven. Below it words are others of their own: Rente is no Vente (0.80)."""
MOST_LENGTH_APART = 1
"""Letters missing or too many; Dation is no Donation."""
MARGIN = 0.08
"""By how much the nearest must lead the second, of 1."""
SHORTEST = 4
"""Letters; below, one wrong letter makes another word."""


@cache
def by_fold() -> dict[str, str]:
    return {folded(nature): nature for nature in (*ENGLISH, *NATURES)}


def is_known(text: str) -> bool:
    return folded(text) in by_fold()


def known(text: str) -> str | None:
    """The nature that a text names, as the list writes it; None where it names none by itself."""
    return None if is_generic(text) else by_fold().get(folded(text))


def is_generic(text: str) -> bool:
    """Whether a text names no nature by itself."""
    return folded(text) in GENERIC | PARTIAL


def may_become(text: str, nature: str) -> bool:
    """Whether a generic text leaves room for a nature: a « Modification » stays one, whatever it modifies."""
    return folded(text) not in PARTIAL or is_of(text, nature)


@lru_cache(8192)
def is_of(family: str, nature: str) -> bool:
    """Whether a nature is this one or a kind of it: a « Servitude de passage » is a « Servitude »."""
    outer, inner = folded(family), folded(nature)
    return inner == outer or inner.startswith(f"{outer} ")


def is_any_of(families: Iterable[str], nature: str) -> bool:
    return any(is_of(family, nature) for family in families)


@lru_cache(4096)
def nearest(text: str) -> tuple[str, float] | None:
    """The known nature that a spoilt reading means, and how alike they are; None where several come close."""
    read = folded(text)
    if len(read) < SHORTEST:
        return None
    if read in by_fold():
        return by_fold()[read], 1.0
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(read)
    scores = []
    for fold, nature in by_fold().items():
        matcher.set_seq1(fold)
        if abs(len(fold) - len(read)) > MOST_LENGTH_APART:
            continue
        if matcher.real_quick_ratio() >= SIMILAR - MARGIN and matcher.quick_ratio() >= SIMILAR - MARGIN:
            scores.append((matcher.ratio(), nature))
    best, *others = sorted(scores, reverse=True) or [(0.0, "")]
    if best[0] < SIMILAR or (others and others[0][0] > best[0] - MARGIN):
        return None
    return best[1], best[0]
