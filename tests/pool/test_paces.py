from hypothesis import given
from hypothesis import strategies as st

from poolmgr.pool.paces import ASSUMED_SECONDS, LONGEST_SECONDS, SHORTEST_SECONDS, Paces


def test_the_first_job_replaces_the_guess_and_later_ones_move_it_slowly() -> None:
    paces = Paces()
    assert paces.seconds["ocr_index"] == ASSUMED_SECONDS["ocr_index"]
    paces.see("ocr_index", 4.0, 1)
    assert paces.seconds["ocr_index"] == 4.0
    paces.see("ocr_index", 14.0, 1)
    assert paces.seconds["ocr_index"] == 5.0


def test_jobs_that_were_in_hand_together_shared_their_time() -> None:
    paces = Paces()
    paces.see("ocr_acte", 6.0, 2)
    assert paces.seconds["ocr_acte"] == 3.0


def test_a_kind_that_is_not_counted_changes_nothing() -> None:
    paces = Paces()
    paces.see("nonsense", 6.0, 1)
    assert paces.seconds == ASSUMED_SECONDS
    assert paces.as_json() == {}


def test_they_are_kept_over_a_restart_of_the_pool() -> None:
    paces = Paces()
    paces.see("ocr_acte", 6.0, 2)
    again = Paces.from_json(paces.as_json())
    assert (again.seconds, again.known) == (paces.seconds, paces.known)


@given(
    kept=st.dictionaries(
        st.sampled_from([*ASSUMED_SECONDS, "x"]),
        st.one_of(st.none(), st.text("1e.-n", max_size=4), st.floats(), st.integers(), st.booleans()),
    )
)
def test_a_file_that_makes_no_sense_is_no_pace(kept: dict[str, str | float | int | bool | None]) -> None:
    for seconds in Paces.from_json({**kept}).seconds.values():
        assert SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS
