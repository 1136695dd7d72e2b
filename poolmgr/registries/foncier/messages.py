"""What the land registry says instead of a document, and what it means for a purchase and its job."""

from dataclasses import dataclass
from typing import Literal

from poolmgr.registries.words import plain

Meaning = Literal["not_found", "inactive", "similar", "closed", "excess", "in_use"]


@dataclass(frozen=True, kw_only=True)
class Message:
    """contains: compared without accents, case and punctuation. sentence: what the job's row says."""

    contains: str
    meaning: Meaning
    sentence: str


# From the program before this one, which met them in production; « inexistante » speaks of a property's
# file, « inexistant » of a document.
MESSAGES = (
    Message(
        contains="est inexistant",
        meaning="not_found",
        sentence="The land registry has no such file or document.",
    ),
    Message(
        contains="Aucune information ne correspond aux critères de sélection",
        meaning="not_found",
        sentence="The land registry finds nothing under these criteria.",
    ),
    Message(
        contains="Le lot n'existe pas dans la circonscription foncière demandée",
        meaning="not_found",
        sentence="The lot does not exist in this circonscription.",
    ),
    Message(
        contains="est inactif",
        meaning="inactive",
        sentence="The lot is inactive: it was replaced or cancelled.",
    ),
    Message(
        contains="Nous vous proposons une liste de document(s) dont le numéro est semblable",
        meaning="similar",
        sentence="The land registry offers documents with a similar number.",
    ),
    # Assumed: no such page of this registry was seen; these are the usual words.
    Message(contains="entretien", meaning="closed", sentence="The site is closed for maintenance."),
    Message(contains="temporairement indisponible", meaning="closed", sentence="The site is closed for now."),
    Message(contains="momentanément indisponible", meaning="closed", sentence="The site is closed for now."),
    # Assumed: whether one account may have several sessions is not known.
    Message(contains="déjà utilisé", meaning="in_use", sentence="The account is in use elsewhere."),
    Message(contains="déjà en cours", meaning="in_use", sentence="The account is in use elsewhere."),
    # The words with which another registry of the same government turns programs away.
    Message(
        contains="utilisation excessive",
        meaning="excess",
        sentence="The site refuses this address for excessive use.",
    ),
    Message(
        contains="temporairement interdit",
        meaning="excess",
        sentence="The site refuses this address for now.",
    ),
)
BAN_MARKS = ("challenge-platform", "Just a moment")  # of a bot wall's own page, observed elsewhere
BAN_STATUSES = (403, 429)  # 403 observed on another site of the same government, 429 assumed


def recognise(text: str) -> Message | None:
    """The first of the table that a text holds."""
    found = plain(text)
    return next((one for one in MESSAGES if plain(one.contains) in found), None)
