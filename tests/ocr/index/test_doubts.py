from poolmgr.ocr.index.assembling import Table
from poolmgr.ocr.index.doubts import ANY, DIGITS, MOST_LOOKS, NUMERIC_DATE, settle
from poolmgr.ocr.index.grid import Grid
from poolmgr.ocr.index.layouts import Columns
from poolmgr.ocr.recognised import Word
from poolmgr.ocr.rows import Cell

GRID = Grid(edges=(0.0, 100.0, 200.0, 300.0), steps=(0.0, 20.0, 40.0))
TABLE = Table(
    grid=GRID, columns=Columns(layout="old_1", contents=("name", "number", "date")), titles=("", "", "")
)


def word(text: str, left: float, confidence: float, top: float = 25.0) -> Word:
    return Word(text=text, left=left, top=top, right=left + 40, bottom=top + 9, confidence=confidence)


def line(left: float, right: float = 0.0, top: float = 25.0, bottom: float = 34.0) -> Cell:
    return Cell(text="", left=left, top=top, right=right or left + 40, bottom=bottom)


def settled(
    words: list[Word], cells: list[list[Cell]], again: dict[float, Word]
) -> tuple[list[str], list[Cell]]:
    looked: list[Cell] = []

    def look(box: Cell, letters: str) -> list[Word]:
        looked.append(box)
        assert letters == {0: ANY, 1: DIGITS, 2: NUMERIC_DATE}[int(box.left // 100)]
        return [again[box.left]] if box.left in again else []

    return [word.text for word in settle(words, TABLE, [cells], look)], looked


def test_a_sure_line_is_not_read_again() -> None:
    words = [word("ROY", 5, 0.95), word("123456", 105, 0.9)]
    assert settled(words, [[line(5)], [line(105)], []], {}) == (["ROY", "123456"], [])


def test_ink_without_words_is_read_again_and_the_better_of_two_readings_stays() -> None:
    words = [word("R0V", 5, 0.4)]
    again = {5.0: word("ROY", 5, 0.9), 105.0: word("123456", 105, 0.8)}
    assert settled(words, [[line(5)], [line(105)], []], again)[0] == ["ROY", "123456"]
    assert settled(words, [[line(5)], [], []], {5.0: word("RCY", 5, 0.3)})[0] == ["R0V"]


def test_half_a_line_read_surely_is_no_better_than_the_whole_read_fairly() -> None:
    words = [word("Déclaration de résidence", 5, 0.7)]
    half = {5.0: word("Déclaration", 5, 0.95)}
    assert settled(words, [[line(5)], [], []], half)[0] == ["Déclaration de résidence"]


def test_a_number_with_a_letter_is_doubtful_however_sure_it_was() -> None:
    again = {105.0: word("123456", 105, 1.0)}
    assert settled([word("l23456", 105, 0.99)], [[], [line(105)], []], again)[0] == ["123456"]


def test_words_without_ink_are_dust_in_the_table_and_stay_outside_of_it() -> None:
    assert settled([word("Lot", 5, 0.9, top=80.0), word("ge", 205, 0.3)], [[], [], []], {})[0] == ["Lot"]


def test_two_small_strokes_where_a_name_stands_are_a_ditto_mark() -> None:
    assert settled([word("e", 5, 0.2, top=22.0)], [[line(5, right=9, bottom=28.0)], [], []], {})[0] == ['"']


def test_a_date_that_was_not_understood_is_read_as_digits_and_taken_when_it_is_one() -> None:
    unclear = [word("1979<0122", 205, 0.95)]
    assert settled(unclear, [[], [], [line(205)]], {205.0: word("1979-01-22", 205, 0.6)})[0] == ["1979-01-22"]
    assert settled(unclear, [[], [], [line(205)]], {205.0: word("1979-0122", 205, 0.99)})[0] == ["1979<0122"]


def test_a_page_on_which_everything_is_doubtful_is_not_read_again_for_ever() -> None:
    cells = [[line(5, top=21.0), line(5, top=30.0)] * 300, [], []]
    assert len(settled([], cells, {})[1]) == MOST_LOOKS
