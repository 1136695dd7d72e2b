import tomllib

from hypothesis import given
from hypothesis import strategies as st

from poolmgr.config.lines import key_lines

TEXT = '''# a comment
a = 1

"b c".d = { x = 1, y = { z = 2 } }   # [no.header]
multi = """
[not.a.header]
e = 1
"""
array = [
  1, # ]
  [2, "]"],
]
[table] # comment
f = '# no comment'
g.h = 1
[table.inner]
i = """x""" # "
[[many]]
j = 1
[[many]]
j = 2
'''


def test_the_line_of_every_key_is_that_where_its_statement_starts() -> None:
    assert key_lines(TEXT) == {
        ("a",): 2,
        ("b c",): 4,
        ("b c", "d"): 4,
        ("b c", "d", "x"): 4,
        ("b c", "d", "y"): 4,
        ("b c", "d", "y", "z"): 4,
        ("multi",): 5,
        ("array",): 9,
        ("table",): 13,
        ("table", "f"): 14,
        ("table", "g"): 15,
        ("table", "g", "h"): 15,
        ("table", "inner"): 16,
        ("table", "inner", "i"): 17,
        ("many",): 18,
        ("many", "j"): 19,
    }


fillers = st.lists(st.sampled_from(["", "# [c]", "  ", "\t# x = 1"]), max_size=3)
values = st.sampled_from(
    [
        "1",
        "true",
        '"a # b"',
        "'[x]'",
        "[1, 2]",
        "[\n1,\n# ]\n2]",
        '"""\n[t]\nk = 1\n"""',
        "'''\n\n'''",
        "{ q = 1 }",
    ]
)


@given(st.lists(st.tuples(fillers, st.booleans(), values), max_size=12))
def test_any_arrangement_of_statements_is_numbered(parts: list[tuple[list[str], bool, str]]) -> None:
    lines: list[str] = []
    expected: dict[tuple[str, ...], int] = {}
    header: tuple[str, ...] = ()
    for number, (filler, table, value) in enumerate(parts):
        lines += filler
        if table:
            header = (f"t{number}",)
            expected[header] = len(lines) + 1
            lines.append(f"[t{number}]")
        key = (*header, f"k{number}")
        expected[key] = len(lines) + 1
        lines += f"k{number} = {value}".split("\n")
    text = "\n".join(lines)
    assert tomllib.loads(text) is not None
    assert {path: line for path, line in key_lines(text).items() if path[-1] != "q"} == expected
