from poolmgr.ocr.index.model import Row
from poolmgr.ocr.quality.alignment import align

TRUE = [Row(number=f"10{number}0457", date=f"200{number}-01-02", nature="Vente") for number in range(4)]


def test_rows_are_paired_in_order_however_badly_their_numbers_were_read() -> None:
    read = [TRUE[0], Row(number="1O1O457", date="2001-01-02", nature="Vente"), TRUE[2], TRUE[3]]
    assert align(read, TRUE) == list(zip(read, TRUE, strict=True))


def test_a_row_that_is_missing_and_one_that_is_invented_have_no_partner() -> None:
    strange = Row(number="9", date="", nature="Zz")
    assert align([TRUE[0], strange, TRUE[1], TRUE[3]], TRUE) == [
        (TRUE[0], TRUE[0]),
        (strange, None),
        (TRUE[1], TRUE[1]),
        (None, TRUE[2]),
        (TRUE[3], TRUE[3]),
    ]


def test_nothing_read_is_everything_missing() -> None:
    assert align([], TRUE[:2]) == [(None, TRUE[0]), (None, TRUE[1])]
    assert align(TRUE[:1], []) == [(TRUE[0], None)]
