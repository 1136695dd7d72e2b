"""Other spellings of one name: what people and pages write, without any typing error."""

import re
import unicodedata

from hypothesis import strategies as st


def _bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")


@st.composite
def spelling(draw: st.DrawFn, name: str) -> str:
    name = draw(st.sampled_from([name, _bare(name), unicodedata.normalize("NFD", name)]))
    name = re.sub(
        r"\bSaint(e?)-", lambda found: draw(st.sampled_from(["Saint", "St"])) + found[1] + "-", name
    )
    name = name.replace("'", draw(st.sampled_from(["'", "’", "ʼ", "' ", " "])))
    name = name.replace("-", draw(st.sampled_from(["-", " ", "‑", "–", " - ", ". "])))
    name = re.sub(r" (?=[0-9])", draw(st.sampled_from([" ", " No ", " n° ", " # ", " nº", "-", "  "])), name)
    name = draw(st.sampled_from([name, name.upper(), name.lower(), name.title()]))
    return draw(st.sampled_from(["", " ", "\t"])) + name + draw(st.sampled_from(["", " ", ".", "\n"]))
