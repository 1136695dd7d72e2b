"""What a row asks of the RDPRM: the name of an organisation, as it is written."""

import hashlib
import unicodedata

from poolmgr.domain.errors import OrderError
from poolmgr.domain.jobs import RowId
from poolmgr.domain.json import JsonObject, text

NAME_CHARACTERS, IDENTITY_CHARACTERS = 300, 300
REFERENCE_CHARACTERS = 8


def name_of(job: JsonObject) -> str:
    """The name of a `rdprm_searches` row, one space between words: the register finds the exact name only.

    Raises OrderError for what can be no name.
    """
    name = " ".join(text(job, "search_name").split())
    if not name:
        raise OrderError("The search has no name.", advice="Fill search_name.")
    if len(name) > NAME_CHARACTERS:
        raise OrderError(f"The name {name[:60]!r}… is longer than {NAME_CHARACTERS} characters.")
    if any(unicodedata.category(letter)[0] == "C" for letter in name):
        raise OrderError(f"The name {name[:60]!r} holds an invisible character.", advice="Type it again.")
    return name


def identity(name: str) -> str:
    """Equal for spellings that differ in case alone: with other accents it is another name there."""
    asked = "organisme|" + unicodedata.normalize("NFC", name).casefold()
    if len(asked) <= IDENTITY_CHARACTERS:
        return asked
    suffix = "#" + hashlib.sha256(asked.encode()).hexdigest()
    return asked[: IDENTITY_CHARACTERS - len(suffix)] + suffix


def reference(row_id: RowId) -> str:
    """What is typed into « Votre référence »: it comes back on the bill, and says which row it was for."""
    return row_id[:REFERENCE_CHARACTERS]
