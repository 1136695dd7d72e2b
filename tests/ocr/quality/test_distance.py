import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolmgr.ocr.quality.distance import edits, even


@pytest.mark.parametrize(
    ("read", "true", "expected"),
    [
        ("", "", 0),
        ("abc", "", 3),
        ("", "abc", 3),
        ("kitten", "sitting", 3),
        ("flaw", "lawn", 2),
        ("é", "e", 1),
    ],
)
def test_the_fewest_changes_are_counted(read: str, true: str, expected: int) -> None:
    assert edits(read, true) == expected


@given(st.text("abc", max_size=8), st.text("abc", max_size=8))
def test_it_is_as_the_definition_says(read: str, true: str) -> None:
    def slow(left: str, right: str) -> int:
        if not left or not right:
            return len(left) + len(right)
        if left[-1] == right[-1]:
            return slow(left[:-1], right[:-1])
        return 1 + min(slow(left[:-1], right), slow(left, right[:-1]), slow(left[:-1], right[:-1]))

    assert edits(read[:5], true[:5]) == slow(read[:5], true[:5])
    assert edits(read, true) == edits(true, read)


def test_words_are_counted_as_letters_are_and_apostrophes_are_alike() -> None:
    assert edits(["le", "lot", "12"], ["le", "beau", "lot", "12"]) == 1
    assert even("  Canton  d’Ely\n") == "Canton d'Ely"
