"""Each of the 73 circonscriptions in five kinds of misspelling: found or refused, never taken for another."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest

from poolmgr.domain.matching import Absent, Ambiguous, Found, match
from tests.domain.names import CIRCONSCRIPTIONS

LISTED = ["", "Sélectionnez une circonscription foncière", *CIRCONSCRIPTIONS]
"""As a page shows them: with a blank option, and one that asks for a choice."""

NEIGHBOURS = "azertyuiopqsdfghjklmwxcvbn"


def missing(name: str) -> Iterator[str]:
    """One letter left out."""
    return (name[:place] + name[place + 1 :] for place in range(len(name)))


def doubled(name: str) -> Iterator[str]:
    return (name[:place] + name[place - 1 :] for place in range(1, len(name) + 1))


def exchanged(name: str) -> Iterator[str]:
    """Two neighbouring letters the wrong way round."""
    return (
        name[:place] + name[place + 1] + name[place] + name[place + 2 :] for place in range(len(name) - 1)
    )


def wrong(name: str) -> Iterator[str]:
    """One letter replaced by its neighbour on the keyboard."""
    for place, letter in enumerate(name):
        if letter.lower() in NEIGHBOURS:
            other = NEIGHBOURS[(NEIGHBOURS.index(letter.lower()) + 1) % len(NEIGHBOURS)]
            yield name[:place] + other + name[place + 1 :]


def added(name: str) -> Iterator[str]:
    return (name[:place] + letter + name[place:] for place in range(len(name) + 1) for letter in "es-")


Misspell: TypeAlias = Callable[[str], Iterator[str]]
MISSPELLINGS: tuple[Misspell, ...] = (missing, doubled, exchanged, wrong, added)


@pytest.mark.parametrize("misspell", MISSPELLINGS, ids=lambda one: one.__name__)
def test_a_misspelt_circonscription_is_found_or_refused_and_never_another(misspell: Misspell) -> None:
    check(misspell, step=8)


@pytest.mark.proof
@pytest.mark.parametrize("misspell", MISSPELLINGS, ids=lambda one: one.__name__)
def test_no_slip_at_any_letter_of_a_circonscription_is_taken_for_another(misspell: Misspell) -> None:
    check(misspell, step=1)


def check(misspell: Misspell, step: int) -> None:
    """At every `step`-th place of each name."""
    found_ones = 0
    for name in CIRCONSCRIPTIONS:
        for written in [*misspell(name)][::step]:
            match match(written, LISTED):
                case Found(index=index):
                    assert LISTED[index] == name, f"{written!r} bought {LISTED[index]!r}"
                    found_ones += 1
                case Ambiguous(indices=indices):
                    assert name in [LISTED[index] for index in indices], written
                case Absent(nearest=nearest):
                    assert "" not in [LISTED[index] for index in nearest]
    assert found_ones > len(CIRCONSCRIPTIONS) / step, "a slip of the pen in a long name is understood"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Montreal", ["Montréal"]),
        ("St-Jean", ["Saint-Jean"]),
        ("Saint-Anne-des-Monts", ["Sainte-Anne-des-Monts"]),
        ("Saint-Jérôme", []),
        ("Bonaventure", ["Bonaventure 1", "Bonaventure 2"]),
        ("Zzz", []),
    ],
)
def test_what_the_program_before_this_one_took_for_another_place_is_not_taken_for_it(
    written: str, meant: list[str]
) -> None:
    """With a blank first option it took Saint-Jérôme for Saint-Jean, Bonaventure for its first, Zzz for the
    blank."""
    match match(written, LISTED):
        case Found(index=index):
            assert [LISTED[index]] == meant
        case Ambiguous(indices=indices):
            assert [LISTED[index] for index in indices] == meant
        case Absent():
            assert meant == []
