"""Which option of a select a written place name means. A wrong one buys the wrong document: no guess.

The pairs of names given below as reasons are general knowledge, unverified on the live page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeAlias

from poolmgr.domain.names import FORMS, Name, is_blank, normal, read
from poolmgr.domain.words import COUNTED, has_number

ENOUGH = 0.85
"""Overall similarity below which a near miss is another name."""
MARGIN = 0.05
"""By how much the best must lead; about one letter in ten."""
WORD_ENOUGH = 0.9
"""Of one word: one wrong letter in ten, one missing in six. Clifton and Clinton (0.857) are two townships."""
SHORTEST_SLIP = 6
"""Letters below which a word must be right: Luc and Luce, Simon and Siméon, Martin and Marin are parishes."""
LONGEST = 100
"""Characters beyond which a text is no misspelt name, and comparing it letter by letter is slow."""
NEAREST = 3
WORTH_SHOWING = 0.5

OPPOSED = frozenset(
    {"est", "ouest", "nord", "sud", "centre", "haut", "haute", "bas", "basse", "partie", "parties"}
    | {"grand", "grande", "petit", "petite", "superieur", "superieure", "inferieur", "inferieure"}
    | {"vieux", "ancien", "ancienne", "nouveau", "nouvelle"}
)
"""Words that tell neighbours apart: never exchanged, never missing."""
FIXED = OPPOSED | FORMS | COUNTED
SAINT_PAIRS = (frozenset({"saint", "sainte"}), frozenset({"saints", "saintes"}))
SAINT = frozenset().union(*SAINT_PAIRS)


@dataclass(frozen=True)
class Found:
    index: int
    score: float


@dataclass(frozen=True)
class Ambiguous:
    """Several options may be meant; ascending."""

    indices: tuple[int, ...]


@dataclass(frozen=True)
class Absent:
    """No option is meant; at most three that look alike, the nearest first, for a person to read."""

    nearest: tuple[int, ...] = ()


Match: TypeAlias = Found | Ambiguous | Absent


def same(a: str, b: str) -> bool:
    """Whether two texts are spellings of one name; typing errors are not."""
    return normal(a) == normal(b)


def match(wanted: str, options: Sequence[str]) -> Match:
    if is_blank(wanted):
        return Absent()
    asked = read(wanted)
    offered = {index: read(option) for index, option in enumerate(options) if not is_blank(option)}
    equal = tuple(index for index, name in offered.items() if name.normal == asked.normal)
    if equal:
        return _one_of(equal, 1.0)
    return _nearly(asked, {index: name for index, name in offered.items() if _is_short(asked, name)})


def _nearly(asked: Name, offered: Mapping[int, Name]) -> Match:
    """The best of the options that may be meant; whatever comes close to it makes it doubtful."""
    rivals = {index: name for index, name in offered.items() if _agree(asked, name)}
    scores = {index: _score(asked, name) for index, name in rivals.items()}
    meant = [i for i, score in scores.items() if score >= ENOUGH and _is_meant(asked, rivals[i])]
    if not meant:
        return Absent(_nearest(asked, offered))
    best = max(scores[index] for index in meant)
    return _one_of(tuple(index for index, score in scores.items() if score > best - MARGIN), best)


def _one_of(indices: tuple[int, ...], score: float) -> Match:
    return Found(indices[0], score) if len(indices) == 1 else Ambiguous(indices)


def _is_short(*names: Name) -> bool:
    return all(len(name.text) <= LONGEST for name in names)


def _agree(asked: Name, option: Name) -> bool:
    """Form, numbers and opposed words are the same. One of form and number may be left unsaid, not both."""
    unsaid = (not asked.form and option.form != "") + _leaves_number_unsaid(asked, option)
    if unsaid > 1 or asked.form not in ("", option.form):
        return False
    core = _core(asked, option)
    numbers = tuple(word for word in core if has_number(word))
    return numbers == asked.numbers and _opposed(core) == _opposed(asked.words)


def _leaves_number_unsaid(asked: Name, option: Name) -> bool:
    """« Nicolet » for « Nicolet 2 »; but no « rang » for « rang 2 », and no Saint-Pie for Saint-Pie X."""
    if asked.numbers or len(option.words) < 2 or option.numbers != option.words[-1:]:
        return False
    return option.words[-2] not in COUNTED and not SAINT.intersection(option.words)


def _core(asked: Name, option: Name) -> tuple[str, ...]:
    """The option's words, without the number that was left unsaid."""
    return option.words[:-1] if _leaves_number_unsaid(asked, option) else option.words


def _opposed(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word in OPPOSED)


def _score(asked: Name, option: Name) -> float:
    if _is_glued(asked, option):
        return 1.0
    return _similarity(asked.text, " ".join(_core(asked, option)))


def _is_glued(asked: Name, option: Name) -> bool:
    return asked.glued != "" and asked.glued == option.glued


def _is_meant(asked: Name, option: Name) -> bool:
    core = _core(asked, option)
    return _is_glued(asked, option) or (len(core) == len(asked.words) and _words_alike(asked.words, core))


def _words_alike(asked: Sequence[str], option: Sequence[str]) -> bool:
    slips = [(a, b) for a, b in zip(asked, option, strict=True) if a != b]
    if any(frozenset(slip) in SAINT_PAIRS for slip in slips):
        return len(slips) == 1  # Saint-Louise is neither Saint-Louis nor Sainte-Louise
    # Saints have too many near namesakes, Germain and Germaine, for more than a silent letter.
    alike = _sound_alike if SAINT.intersection(option) else _is_slip
    return all(alike(a, b) for a, b in slips)


def _sound_alike(a: str, b: str) -> bool:
    return _is_free(a, b) and _sound(a) == _sound(b)


def _sound(word: str) -> str:
    """Without h and doubled letters: Hyacinte and Hyacinthe, Philipe and Philippe."""
    letters = word.replace("h", "")
    return "".join(letter for letter, before in zip(letters, f" {letters}", strict=False) if letter != before)


def _is_slip(a: str, b: str) -> bool:
    """One letter too many, missing, wrong or exchanged, and not the first: Auckland is not Buckland."""
    if not _is_free(a, b) or min(len(a), len(b)) < SHORTEST_SLIP or a[0] != b[0]:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    tail_a, tail_b = a[start:], b[start:]
    one = tail_b in (tail_a[1:], tail_a[1:2] + tail_a[:1] + tail_a[2:]) or tail_a == tail_b[1:]
    return (one or tail_a[1:] == tail_b[1:]) and _similarity(a, b) >= WORD_ENOUGH


def _is_free(*words: str) -> bool:
    return not any(word in FIXED or has_number(word) for word in words)


def _nearest(asked: Name, offered: Mapping[int, Name]) -> tuple[int, ...]:
    likeness = {index: _similarity(asked.text, name.text) for index, name in offered.items()}
    worth = [index for index, score in likeness.items() if score >= WORTH_SHOWING]
    return tuple(sorted(worth, key=lambda index: (-likeness[index], offered[index].normal, index))[:NEAREST])


def _similarity(a: str, b: str) -> float:
    return SequenceMatcher(None, a, b, autojunk=False).ratio()
