import pytest

from poolmgr.ocr.index.dates import iso


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1986-03-14", "1986-03-14"),
        ("1986 - 03 – 14", "1986-03-14"),
        ("2003-01-15 09:00", "2003-01-15"),
        ("14 mars 1986", "1986-03-14"),
        ("1er août 1979", "1979-08-01"),
        ("3 juil. 1980", "1980-07-03"),
        ("March 14th, 1922", "1922-03-14"),
        ("Dec. 1, 1976", "1976-12-01"),
        ("July 24,1976", "1976-07-24"),
        ("1986-13-14", None),
        ("1986-02-30", None),
        ("2979-02-17", None),
        ("1986-03-1l", None),
        ("86-03-14", None),
        ("12 brumaire 1986", None),
        ("", None),
    ],
)
def test_a_date_is_understood_whole_or_not_at_all(written: str, expected: str | None) -> None:
    assert iso(written) == expected


def test_two_digits_are_a_year_only_where_the_century_is_known() -> None:
    assert iso("86-03-14", century=1900) == "1986-03-14"
