"""Names and roles that stand on two lines of the text form, as parties again."""

import re

from poolmgr.ocr.folding import folded
from poolmgr.ocr.index.model import Party

NUMBERED_ROLE = re.compile(r"\d+\s*(?:[èe]re|i?[èe]me|[èe]|re|de)?\s+partie", re.IGNORECASE)
CAPITALS = r"[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ'’.\-]+"
NAME_START = re.compile(
    rf"(?<![A-ZÀ-ÖØ-Þ'’.\-] )(?<![^\s]){CAPITALS}(?: {CAPITALS})*, ?(?=[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ])"
)
NOTHING = "[vide]"


def paired(names: str, roles: str) -> tuple[Party, ...]:
    """Parties in their order; one party with the whole of both texts where they cannot be told apart.

    Ours are parted by `;`. Older texts number the roles (1ère partie 2ième partie) and let names follow each
    other as SURNAME, First name.
    """
    if not names and not roles:
        return ()
    who, what = pieces(names), pieces(roles)
    if len(who) == len(what) and len(who) > 1:
        return tuple(Party(name=name, role=role) for name, role in zip(who, what, strict=True))
    if len(who) > 1 and not roles:
        return tuple(Party(name=name) for name in who)
    numbered = [" ".join(role.split()) for role in NUMBERED_ROLE.findall(roles)]
    if len(who) == 1 and len(numbered) > 1:
        who = split_names(names)
    if len(numbered) > 1 and len(who) == len(numbered):
        return tuple(Party(name=name, role=role) for name, role in zip(who, numbered, strict=True))
    return (Party(name=names, role=roles),)


def pieces(text: str) -> list[str]:
    return ["" if folded(piece) == NOTHING else piece.strip() for piece in text.split(";")]


def split_names(text: str) -> list[str]:
    """Cut before every SURNAME, First name."""
    starts = [found.start() for found in NAME_START.finditer(text)]
    cuts = sorted({0, *starts})
    ends = [*cuts[1:], len(text)]
    return [piece for start, end in zip(cuts, ends, strict=True) if (piece := text[start:end].strip(" ,&"))]
