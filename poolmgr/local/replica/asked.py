"""What was asked of the site, in its own words: the texts of the options, the number without spaces."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from poolmgr.domain.json import JsonObject, text

Source: TypeAlias = Literal["index", "acte", "plan_cadastraux"]
SOURCES: tuple[Source, ...] = get_args(Source)
RENOVATED = "Cadastre du Québec"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """None stands for what was left open, or what the form of that source does not ask."""

    source: Source
    number: str
    circonscription: str | None = None
    cadastre: str | None = None
    designation: str | None = None
    acte_type: str | None = None

    def values(self) -> JsonObject:
        return {
            "source": self.source,
            "number": self.number,
            "circonscription": self.circonscription,
            "cadastre": self.cadastre,
            "designation": self.designation,
            "acte_type": self.acte_type,
        }


def plain_number(typed: str) -> str:
    """Without spaces, and nothing else is taken away: `1358-176` is another lot than `1358176`."""
    return re.sub(r"\s", "", typed).upper()


def read(values: JsonObject) -> Asked:
    """Raises ValueError for a source that there is not."""
    source = next((known for known in SOURCES if known == values.get("source")), None)
    if source is None:
        raise ValueError(f"source is one of {', '.join(SOURCES)}")
    return Asked(
        source=source,
        number=plain_number(text(values, "number")),
        circonscription=text(values, "circonscription") or None,
        cadastre=text(values, "cadastre") or None,
        designation=text(values, "designation") or None,
        acte_type=text(values, "acte_type") or None,
    )
