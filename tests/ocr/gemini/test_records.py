import json

from hypothesis import given, settings
from hypothesis import strategies as st

from poolmgr.domain.json import JsonObject
from poolmgr.ocr.gemini.records import TAIL, Records

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
ROWS = st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=4), max_size=8)


def fed(text: str, pieces: int = 7) -> Records:
    records = Records("rows")
    for at in range(0, len(text), pieces):
        records.feed(text[at : at + pieces])
    return records


def answer(rows: list[JsonObject], **head: object) -> str:
    return json.dumps({**head, "rows": rows}, ensure_ascii=False)


@settings(max_examples=15)
@given(ROWS, st.integers(1, 50), st.booleans())
def test_whole_answers_are_taken_whole_however_they_come_in_pieces(
    rows: list[JsonObject], pieces: int, indented: bool
) -> None:
    text = json.dumps({"a": {"b": '"rows": ['}, "rows": rows}, indent=2 if indented else None)
    records = fed(text, pieces)
    assert records.rows == rows
    assert records.head == {"a": {"b": '"rows": ['}}
    assert records.whole
    assert not records.malformed


@settings(max_examples=15)
@given(ROWS, st.integers(1, 400))
def test_a_cut_answer_gives_the_rows_that_were_whole_and_never_half_of_one(
    rows: list[JsonObject], cut: int
) -> None:
    text = answer(rows, layout="old_1")
    records = fed(text[: -min(cut, len(text) - 1)])
    assert records.rows == rows[: len(records.rows)]
    assert not records.whole


def test_fences_around_the_object_are_passed_over() -> None:
    records = fed("```json\n" + answer([{"number": "1"}], layout="old_1") + "\n```")
    assert (records.rows, records.head, records.whole) == ([{"number": "1"}], {"layout": "old_1"}, True)


def test_prose_has_neither_head_nor_rows() -> None:
    records = fed("Voici la transcription : rien.")
    assert (records.head, records.rows, records.whole) == (None, [], False)


def test_records_that_are_no_objects_make_an_answer_malformed() -> None:
    assert fed('{"rows": [1, {"number": "2"}]}').malformed
    assert fed('{"layout": nonsense, "rows": []}').malformed


def test_the_same_record_five_times_is_a_loop_and_only_the_first_is_real() -> None:
    rows: list[JsonObject] = [{"line": 1, "number": "10"}]
    rows += [{"line": line, "number": "11"} for line in range(2, 7)]
    records = fed(answer(rows))
    assert records.repeats
    assert records.real_rows == rows[:2]


def test_rounds_of_several_records_are_a_loop_too() -> None:
    cycle: list[JsonObject] = [{"number": str(number)} for number in (1, 2, 3, 4)]
    rows: list[JsonObject] = [{"number": "0"}, *cycle, *cycle, *cycle]
    records = fed(answer(rows))
    assert records.repeats
    assert records.real_rows == rows[:5]


def test_four_equal_records_and_many_different_ones_are_no_loop() -> None:
    rows: list[JsonObject] = [{"number": "7"} for _ in range(4)]
    rows += [{"number": str(number), "nature": "Vente"} for number in range(40)]
    assert not fed(answer(rows)).repeats


def test_one_piece_again_and_again_inside_a_record_is_a_loop() -> None:
    start = '{"rows": [{"number": "1", "nature": "'
    assert fed(start + "vente et " * 80).repeats
    assert fed(start + "." * (TAIL + 9)).repeats
    assert not fed(start + " ".join(map(str, range(200)))).repeats
