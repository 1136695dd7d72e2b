"""Whatever is written, the answer is settings or a ConfigError that names it."""

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from poolmgr.config.keys import all_keys
from poolmgr.config.loader import read
from poolmgr.domain.errors import ConfigError

SECRET = "SEKRETSEKRET"

written = st.one_of(
    st.integers(-(10**400), 10**400).map(str),
    st.just("1" * 5000),
    st.floats().map(repr),
    st.sampled_from(["true", "[]", "{}", "[[]]", "[{ a = 1 }]", "1979-05-27", "07:32:00", "[1, 'a']", "''"]),
    st.text(st.characters(exclude_categories=["Cs"])).map(lambda text: json.dumps(SECRET + text)),
    st.sampled_from([f"'{SECRET}'", f"['{SECRET}']", f"{{ {SECRET[:3]} = '{SECRET}' }}"]),
)
names = st.sampled_from([*all_keys(), "pool", "environments", "environments.prod", "nothing", "ocr.nothing"])
variables = st.sampled_from(
    [*(key.variable for key in all_keys().values()), "LOG_LEVEL", "OCR_PROD", "REDIS_HOST"]
)


def answer(text: str, environ: dict[str, str]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.toml"
        path.write_text(text, encoding="utf-8")
        try:
            return repr(read(path, environ=environ).settings)
        except ConfigError as error:
            return str(error)


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(names, written, max_size=4))
def test_any_value_under_any_key_is_taken_or_named(values: dict[str, str]) -> None:
    text = "\n".join(f"{name} = {value}" for name, value in values.items())
    shown = answer(text, {})
    assert any(word in shown for word in ("Settings(", "config.toml"))
    for name, value in values.items():
        if SECRET in value and (name not in all_keys() or all_keys()[name].secret):
            assert value not in shown


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(variables, st.text(st.characters(exclude_characters="\x00")), max_size=4))
def test_any_text_in_any_variable_is_taken_or_named(environ: dict[str, str]) -> None:
    assert answer("", environ)


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_as_a_file_is_taken_or_named(text: str) -> None:
    assert answer(text, {})
