import random

from hypothesis import given
from hypothesis import strategies as st

from poolmgr.domain.matching import Absent, Ambiguous, Found, Match, match, same
from poolmgr.domain.names import is_blank, normal
from tests.domain.names import CIRCONSCRIPTIONS
from tests.domain.spellings import spelling

WORDS = [
    "Saint",
    "Sainte",
    "St",
    "Jean",
    "Jeanne",
    "rang",
    "5e",
    "VIII",
    "No",
    "1",
    "Est",
    "Québec",
    "Cadastre",
    "de",
    "d'",
    "(",
]
TEXTS = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from([*WORDS, *CIRCONSCRIPTIONS[:12]]), max_size=6).map(" ".join),
)


def meaning(found: Match, options: list[str]) -> tuple[str, list[str]]:
    """The answer in the options' own words, whatever their order."""
    match found:
        case Found(index=index):
            return "found", [options[index]]
        case Ambiguous(indices=indices):
            return "ambiguous", sorted(options[index] for index in indices)
        case Absent(nearest=nearest):
            return "absent", [options[index] for index in nearest]


@given(st.data(), st.sampled_from(CIRCONSCRIPTIONS))
def test_every_circonscription_is_found_under_every_spelling(data: st.DataObject, name: str) -> None:
    assert match(data.draw(spelling(name)), CIRCONSCRIPTIONS) == Found(CIRCONSCRIPTIONS.index(name), 1.0)


@given(st.data(), st.sampled_from(CIRCONSCRIPTIONS))
def test_a_circonscription_that_is_not_on_offer_is_never_found(data: st.DataObject, name: str) -> None:
    others = [other for other in CIRCONSCRIPTIONS if other != name]
    assert isinstance(match(data.draw(spelling(name)), others), Absent)


@given(TEXTS, st.lists(TEXTS | st.sampled_from(CIRCONSCRIPTIONS), max_size=8), st.randoms())
def test_the_order_of_options_does_not_matter(wanted: str, options: list[str], dice: random.Random) -> None:
    shuffled = dice.sample(options, len(options))
    one, other = meaning(match(wanted, options), options), meaning(match(wanted, shuffled), shuffled)
    assert one[0] == other[0]
    assert [normal(text) for text in one[1]] == [normal(text) for text in other[1]]


@given(st.text(), st.lists(st.text(), max_size=5))
def test_any_text_has_an_answer(wanted: str, options: list[str]) -> None:
    found = match(wanted, options)
    assert not isinstance(found, Found) or 0 <= found.index < len(options)


@given(TEXTS, TEXTS)
def test_sameness_has_no_direction_and_what_is_the_same_is_found(one: str, other: str) -> None:
    assert same(one, other) == same(other, one)
    assert same(one, one)
    if same(one, other) and not is_blank(one):
        assert is_blank(other) or match(one, [other]) == Found(0, 1.0)
