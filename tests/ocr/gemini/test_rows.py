import math

from poolmgr.domain.json import Json
from poolmgr.ocr.gemini.records import Records
from poolmgr.ocr.gemini.rows import Found, row, same, sure
from poolmgr.ocr.index.model import Alternative, Party, Row


def rows(*numbers: str) -> list[Row]:
    return [Row(number=number, nature="Vente") for number in numbers]


def test_a_record_becomes_a_row_with_parties_and_other_readings() -> None:
    found = row(
        {
            "number": 123456,
            "date": "1987-03-12",
            "nature": " Vente ",
            "parties": [{"name": "Roy", "role": "Vendeur"}, {"name": ""}, "nobody"],
            "confidence": 0.8,
            "alternatives": [
                {"field": "nature", "value": "Rente", "confidence": 0.2},
                {"field": "nature", "value": "Vante"},
                {"field": "colour", "value": "red"},
            ],
        }
    )
    assert (found.number, found.nature, found.confidence) == ("123456", "Vente", 0.8)
    assert found.parties == (Party(name="Roy", role="Vendeur"),)
    assert found.alternatives == {
        "nature": (Alternative(value="Rente", confidence=0.2), Alternative(value="Vante"))
    }


def test_confidence_is_between_0_and_1_or_nothing() -> None:
    told: list[Json] = [0.5, 95, 1, -1, 1000, True, "high", None, math.inf, math.nan]
    assert [sure(one) for one in told] == [0.5, 0.95, 1.0, 0.0, 1.0, None, None, None, None, None]


def test_rows_that_come_again_at_the_seam_are_taken_once() -> None:
    found = Found(rows=rows("1", "2", "3"))
    assert found.add(rows("2", "3", "4")) == 1
    assert [one.number for one in found.rows] == ["1", "2", "3", "4"]


def test_a_row_that_comes_again_later_on_is_kept() -> None:
    found = Found(rows=rows("1", "2"))
    found.add(rows("3", "1"))
    assert [one.number for one in found.rows] == ["1", "2", "3", "1"]


def test_rows_without_number_are_the_same_when_they_say_the_same() -> None:
    assert same(Row(remarks="Voir lot 12"), Row(remarks="voir  lot 12."))
    assert not same(Row(remarks="Voir lot 12"), Row(remarks="Voir lot 13"))
    assert not same(Row(number="12", nature="Vente"), Row(nature="Vente"))


def test_only_the_first_answer_says_what_stands_around_the_rows() -> None:
    found = Found()
    for layout, counted in (("old_1", 4), ("old_2", 9)):
        answer = Records("rows")
        answer.feed(
            f'{{"layout": "{layout}", "header": {{"lot": "{counted}"}}, "rows_counted": {counted}, '
            '"rows": []}'
        )
        found.take(answer)
    assert (found.layout, found.header.lot, found.counted) == ("old_1", "4", 4)


def test_a_page_is_enough_when_it_ended_and_nearly_all_counted_rows_are_there() -> None:
    assert Found(rows=rows("1", "2"), counted=2, ended=True).enough
    assert not Found(rows=rows("1"), counted=2, ended=True).enough
    assert not Found(rows=rows("1", "2"), counted=2).enough
    assert not Found(counted=0, ended=True).enough
    assert Found(blank=True, ended=True).enough


def test_what_the_lines_of_the_table_say_goes_before_what_the_model_counts() -> None:
    assert not Found(rows=rows("1", "2"), counted=2, ruled=3, ended=True).enough
    assert Found(rows=rows("1", "2", "3"), counted=9, ruled=3, ended=True).enough


def test_two_whole_answers_agree_when_each_has_as_many_rows_as_it_and_the_other_counted() -> None:
    two = Found(rows=rows("1", "2"), counted=2, ended=True)
    assert two.agrees(Found(rows=rows("1", "3"), counted=2, ended=True))
    assert not two.agrees(Found(rows=rows("1"), counted=1, ended=True))
    assert not two.agrees(Found(rows=rows("1", "3"), counted=3, ended=True))
    assert not two.agrees(Found(rows=rows("1", "3"), counted=2))
