"""Text of strange pages, as a database takes it."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from poolmgr.domain.json import Json, storable

LETTERS = st.text(st.characters(codec=None))
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | LETTERS,
    lambda inner: st.lists(inner) | st.dictionaries(LETTERS, inner),
    max_leaves=20,
)


def test_what_no_database_takes_is_left_out_or_marked_and_the_rest_stays() -> None:
    given_values: Json = {"a\0": ["Vente à réméré\0", "\ud800", 1, None, True, 1.5, {"b": "c"}]}
    assert storable(given_values) == {"a": ["Vente à réméré", "?", 1, None, True, 1.5, {"b": "c"}]}


@given(VALUES)
def test_any_value_can_be_stored_afterwards_and_is_then_left_as_it_is(value: Json) -> None:
    stored = storable(value)
    assert orjson.dumps(stored), "no lone surrogate is left"
    assert storable(stored) == stored, "and nothing that would be left out"
