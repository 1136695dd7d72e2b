import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolmgr.domain.errors import OrderError
from poolmgr.domain.jobs import RowId
from poolmgr.domain.json import Json
from poolmgr.domain.searches import IDENTITY_CHARACTERS, identity, name_of, reference


def test_a_name_is_asked_for_as_it_is_written_with_one_space_between_words() -> None:
    assert name_of({"search_name": " Béton  d’Acier\u00a0& Fils inc. "}) == "Béton d’Acier & Fils inc."


@pytest.mark.parametrize("written", [None, "", " \t ", "x" * 301, "Bé\u200bton", 12])
def test_what_can_be_no_name_is_refused(written: Json) -> None:
    with pytest.raises(OrderError):
        name_of({"search_name": written})


def test_names_that_differ_in_case_are_one_search_and_with_other_accents_another() -> None:
    assert identity("BÉTON inc.") == identity("Béton Inc.") == identity("Be\u0301ton inc.")
    assert identity("Beton inc.") != identity("Béton inc.")


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_names_share_an_identity_only_when_they_are_the_same_to_a_reader(one: str, two: str) -> None:
    assert len(identity(one)) <= IDENTITY_CHARACTERS
    long = "x" * 400
    assert (identity(one) == identity(two)) == (identity(long + one) == identity(long + two))


def test_the_reference_is_the_rows_short_id() -> None:
    assert reference(RowId("0c0ffee0-1111-2222-3333-444455556666")) == "0c0ffee0"
