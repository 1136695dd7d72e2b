"""A place name's parts, and its normal form: equal for every spelling of one name."""

from collections.abc import Sequence
from dataclasses import dataclass

from poolmgr.domain.words import LINKS, has_number, words

FORMS = frozenset({"paroisse", "canton", "village", "ville", "cite", "cadastre", "seigneurie", "quartier"})
"""What a place is. In cadastre names the form is part of the name: a village lies inside its parish."""
NO_FORMS = frozenset({("ville", "marie")})  # Ville-Marie is a name
DISTRICT = (
    "circonscription",
    "fonciere",
)  # statutes write « la circonscription foncière des Deux-Montagnes »
RENOVATED = "quebec"  # seen in lists for « Cadastre du Québec », unverified on the live page
ARTICLES = frozenset({"la", "le", "les", "l'"})

PROMPTS = frozenset({"selectionner", "selectionnez", "choisir", "choisissez", "veuillez"})
PROMPTS_ALONE = frozenset({"tous", "tout", "toute", "toutes", "null", "none", "aucun", "aucune", "0"})


@dataclass(frozen=True)
class Name:
    form: str
    """One of FORMS, or empty."""
    words: tuple[str, ...]
    glued: str
    """The letters without spaces, articles kept: Laprairie is La Prairie. Empty where that could mislead."""

    @property
    def text(self) -> str:
        return " ".join(self.words)

    @property
    def normal(self) -> str:
        return f"{self.form}:{self.text}" if self.form else self.text

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(word for word in self.words if has_number(word))


def read(text: str) -> Name:
    written = words(text)
    plain = [word for word in written if word not in LINKS] or written
    skipped, form = _head(plain)
    rest = tuple(plain[skipped:])
    if not form and rest == (RENOVATED,):
        form = "cadastre"
    return Name(form, rest, _glued(_tail(written, skipped)))


def normal(text: str) -> str:
    """Letters, digits, spaces and at most one colon after the form; empty for a text without any word."""
    return read(text).normal


def is_blank(text: str) -> bool:
    """Whether an option or a column names nothing: « », « --- », « Sélectionner… », « Toutes », « NULL »."""
    written = words(text)
    if not written or written[0] in PROMPTS:
        return True
    return written[0] in PROMPTS_ALONE and (len(written) == 1 or written[1] == "les")


def _head(plain: Sequence[str]) -> tuple[int, str]:
    """How many leading words are no part of the name itself, and the form they say."""
    start = 0
    while start + 1 < len(plain) and plain[start] in DISTRICT:
        start += 1
    if plain[start : start + 1] == ["cadastre"] and start + 2 < len(plain) and plain[start + 1] in FORMS:
        start += 1
    is_form = start + 1 < len(plain) and plain[start] in FORMS
    if is_form and tuple(plain[start : start + 2]) not in NO_FORMS:
        return start + 1, plain[start]
    return start, ""


def _tail(written: Sequence[str], skipped: int) -> list[str]:
    """The words after the first `skipped` that are no links, articles among them."""
    rest = list(written)
    while skipped:
        skipped -= rest.pop(0) not in LINKS
    return [word for word in rest if word not in LINKS or word in ARTICLES]


def _glued(tail: Sequence[str]) -> str:
    """Letters by name (bloc A B) are never glued."""
    if any(len(word) == 1 and not has_number(word) for word in tail):
        return ""
    return "".join(f" {word} " if has_number(word) else word.rstrip("'") for word in tail)
