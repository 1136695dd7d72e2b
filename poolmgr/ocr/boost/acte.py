"""The text of a deed corrected by what code alone can know; `acte_rules.toml` also says what it cannot.

Every rule replaces a run of letters by another, and says so; what no rule speaks of stays letter for letter.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from itertools import takewhile
from typing import TypeAlias

from poolmgr.domain.json import JsonObject
from poolmgr.ocr.boost.numerals import is_numeral, number
from poolmgr.ocr.folding import folded

Replace: TypeAlias = Callable[[re.Match[str]], str]

LIKE_FIGURES = str.maketrans("OolISB", "001158")
SPOILT_NUMBER = re.compile(r"(?<![\w])(?=[\dOolISB]*\d)[\dOolISB]{2,}(?:[ .,][\dOolISB]{3}){0,4}(?![\w])")
LEAST_FIGURES = 0.6
"""Of a run of figures and look-alikes so many must be figures: « B1 » and « 5S » are names of lots."""
AMOUNT = re.compile(
    r"(?<![\d.,])(?P<whole>\d{1,3}(?:[ \u00a0\u202f.,]\d{3}){1,4}|\d+)(?P<cents>[.,]\d{2})?[ \u00a0]{0,3}\$"
)
MONTH_NAMES = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
MONTHS = {name: month for month, name in enumerate(MONTH_NAMES, 1)}
DAY = re.compile(
    r"(?<!\[)\b(?P<day>\d{1,2}|1er|premier)\s+(?P<month>janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|"
    r"septembre|octobre|novembre|d[ée]cembre)\s+(?P<year>1[6-9]\d\d|20\d\d)\b",
    re.IGNORECASE,
)
POSTAL_CODE = re.compile(r"\b([ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z])[-]?(\d[ABCEGHJ-NPRSTV-Z]\d)\b")
FIGURES_AFTER_WORDS = re.compile(
    r"\bdollars?\s{0,3}\((?P<figures>\d[\d \u00a0\u202f.,]{0,20}) ?\$\)", re.IGNORECASE
)
LINKS = frozenset({"de", "et"})
LONGEST_WORDS = 160
"""Characters before « dollars » in which the amount in words is looked for."""
MOST_CORRECTIONS = 500
"""Of one page; what would come after stays as it was read."""
INCOHERENT = " [INCOHÉRENCE]"
LIKELY = " [CORRECTION]"
AROUND = 24
"""Characters kept on each side as evidence."""


@dataclass(frozen=True, kw_only=True)
class TextCorrection:
    """page: from 1. evidence: the words around it, as they were."""

    page: int
    before: str
    after: str
    rule: str
    evidence: str

    def as_json(self) -> JsonObject:
        return {
            "before": self.before,
            "after": self.after,
            "rule": self.rule,
            "also": [],
            "evidence": [self.evidence],
            "applied": True,
        }


@dataclass(frozen=True, kw_only=True)
class ActeRules:
    version: str
    ids: tuple[str, ...]
    names: re.Pattern[str]
    standard: Mapping[str, str]
    abbreviations: tuple[tuple[re.Pattern[str], str], ...]


@cache
def acte_rules() -> ActeRules:
    raw = tomllib.loads((resources.files(__package__) / "acte_rules.toml").read_text("utf-8"))
    return ActeRules(
        version=str(raw["version"]),
        ids=tuple(rule["id"] for rule in raw["rule"]),
        names=re.compile(rf"(?<![(\w])(?:{'|'.join(raw['names'])})(?!\w)"),
        standard=raw["names"],
        abbreviations=tuple((re.compile(one), words) for one, words in raw["abbreviations"].items()),
    )


def boost_page(page: int, text: str) -> tuple[str, list[TextCorrection]]:
    """The page's text corrected, and what was."""
    made: list[TextCorrection] = []
    for rule, pattern, replace in steps():
        text = applied(page, text, rule, pattern, replace, made)
    return text, made


def steps() -> Iterator[tuple[str, re.Pattern[str], Replace]]:
    """In this order: a number is put right before it is understood, a date is bracketed last."""
    rules = acte_rules()
    yield "A1", SPOILT_NUMBER, figures
    yield "A8", FIGURES_AFTER_WORDS, compared
    yield "A3", AMOUNT, amount
    for pattern, words in rules.abbreviations:
        yield "A6", pattern, written_out(words)
    yield "A2", rules.names, lambda found: rules.standard[found[0]]
    yield "A5", POSTAL_CODE, lambda found: f"{found[1]} {found[2]}"
    yield "A4", DAY, iso


def applied(
    page: int, text: str, rule: str, pattern: re.Pattern[str], replace: Replace, made: list[TextCorrection]
) -> str:
    def one(found: re.Match[str]) -> str:
        after = replace(found) if len(made) < MOST_CORRECTIONS else found[0]
        if after != found[0]:
            around = text[max(found.start() - AROUND, 0) : found.end() + AROUND]
            made.append(
                TextCorrection(
                    page=page,
                    before=found[0],
                    after=after,
                    rule="A8" if after.endswith(INCOHERENT) else rule,
                    evidence=" ".join(around.split()),
                )
            )
        return after

    return pattern.sub(one, text)


def figures(found: re.Match[str]) -> str:
    run = found[0]
    letters = [char for char in run if char.isalnum()]
    if all(char.isdigit() for char in letters):
        return run
    if sum(char.isdigit() for char in letters) < LEAST_FIGURES * len(letters) or len(letters) < 4:
        return run
    return run.translate(LIKE_FIGURES) + LIKELY


def amount(found: re.Match[str]) -> str:
    whole = re.sub(r"\D", "", found["whole"])
    cents = (found["cents"] or "").replace(".", ",")
    return f"{int(whole):,}".replace(",", " ") + f"{cents} $"


def compared(found: re.Match[str]) -> str:
    """Marked when the words say another number than the figures; words that are no number say nothing."""
    said = said_by(found.string[max(found.start() - LONGEST_WORDS, 0) : found.start()])
    shown = re.sub(r"[.,]\d{2}$", "", found["figures"].strip())
    if said is None or said == int(re.sub(r"\D", "", shown) or "0"):
        return found[0]
    return found[0] + INCOHERENT


def said_by(words: str) -> int | None:
    """The number at the end of some words: « pour la somme de cent mille » says 100,000."""
    parts = re.findall(r"[^\W\d_]+", words)
    numerals = list(takewhile(lambda part: is_numeral(part) or folded(part) in LINKS, reversed(parts)))
    return number(" ".join(part for part in reversed(numerals) if folded(part) not in LINKS))


def written_out(words: str) -> Replace:
    def replace(found: re.Match[str]) -> str:
        return (
            words[0].upper() + words[1:]
            if found[0][0].isupper() and found[0][:2] not in ("No", "N°")
            else words
        )

    return replace


def iso(found: re.Match[str]) -> str:
    written = folded(found["day"])
    day = 1 if written in ("1er", "premier") else int(written)
    try:
        moment = date(int(found["year"]), MONTHS[folded(found["month"])], day)
    except ValueError:
        return found[0] + INCOHERENT
    return f"{moment.isoformat()} [{found[0]}]"


def closing(corrections: Sequence[TextCorrection]) -> str:
    """The last section of the corrected text; "" when there is nothing to list."""
    if not corrections:
        return ""
    lines = [f"- page {one.page}, {one.rule} : « {one.before} » → « {one.after} »" for one in corrections]
    return "\n".join(["## CORRECTIONS APPORTÉES", *lines])
