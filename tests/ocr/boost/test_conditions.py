import pytest

from poolmgr.ocr.boost.conditions import BadCondition, parse

FACTS = {"a": "A stands here", "b": "B stands here"}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a", True),
        ("c", False),
        ("a and c", False),
        ("a or c", True),
        ("not c", True),
        ("not not a", True),
        ("c or a and b", True),
        ("(c or a) and c", False),
        ("a and not (b and c)", True),
        ("  a  ", True),
    ],
)
def test_facts_are_joined_by_words(text: str, holds: bool) -> None:
    assert parse(text).holds(FACTS) is holds


@pytest.mark.parametrize("text", ["", "and", "a and", "a b", "(a", "a)", "a or or b", "not", "a & b", "A"])
def test_what_is_no_sentence_is_refused(text: str) -> None:
    with pytest.raises(BadCondition):
        parse(text)


def test_evidence_is_what_holds_and_never_what_is_missing() -> None:
    condition = parse("(a or c) and b and not d")
    assert list(condition.evidence(FACTS)) == ["A stands here", "B stands here"]
    assert list(condition.names()) == ["a", "c", "b", "d"]
