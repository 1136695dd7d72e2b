"""What a land job asks the registry for, and whether it can be asked at all."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, get_args

from poolmgr.domain.errors import OrderError
from poolmgr.domain.json import JsonObject
from poolmgr.domain.matching import same
from poolmgr.domain.names import is_blank, normal

LandSource = Literal["index", "acte", "plan_cadastraux"]
LAND_SOURCES: tuple[LandSource, ...] = get_args(LandSource)
ACTE_TYPES = ("Acte", "Avis d'adresse", "Radiation", "Acte divers")
CADASTRE_DU_QUEBEC = "Cadastre du Québec"

NUMBER_CHARACTERS = 40
IDENTITY_CHARACTERS = 300
HYPHENS = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))

ACTE_NUMBER = re.compile(r"[0-9]+")
LOT = re.compile(r"[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*")  # a statute writes 24b and lot B; 1358-176 was observed
RENOVATED_LOT = re.compile(r"[0-9]{7}(?:-[0-9A-Za-z]+)*")  # the ministry's lexicon; the suffix is unverified
PLAN_NUMBER = re.compile(r"PC-?[0-9]{5}", re.IGNORECASE)  # the ministry's lexicon


@dataclass(frozen=True)
class LandOrder:
    """The row's words, trimmed; what the row leaves out is empty."""

    source: LandSource
    number: str
    circonscription: str
    cadastre: str
    designation: str
    acte_type: str


def read(job: JsonObject) -> LandOrder:
    """The order of an `extraction_queue` row. Raises OrderError for what can be no order's text."""
    return LandOrder(
        source=_source(job),
        number=_number(job),
        circonscription=_column(job, "circonscription_fonciere"),
        cadastre=_column(job, "cadastre"),
        designation=_column(job, "designation_secondaire"),
        acte_type=_column(job, "acte_type"),
    )


def check(order: LandOrder) -> None:
    """Raises OrderError for an order that contradicts itself or leaves out what the registry asks."""
    if not order.number:
        raise OrderError("The order has no number.", advice="Fill document_number.")
    if is_blank(order.circonscription):
        raise OrderError(
            "The order names no circonscription foncière.",
            advice="Fill circonscription_fonciere; none is assumed.",
        )
    if order.source == "acte":
        _check_acte(order)
    else:
        _check_lot(order)


def identity(order: LandOrder) -> str:
    """What is asked of the site: equal for two spellings of one order, different for two orders.

    An acte is not asked by cadastre, nor a lot by acte type: those columns do not count there.
    """
    asked = (order.acte_type,) if order.source == "acte" else (order.cadastre, order.designation)
    names = ("" if is_blank(name) else normal(name) for name in (order.circonscription, *asked))
    text = "|".join((order.source, _escaped(order.number), *names))
    if len(text) <= IDENTITY_CHARACTERS:
        return text
    suffix = "#" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return text[: IDENTITY_CHARACTERS - len(suffix)] + suffix


def is_renovated(order: LandOrder) -> bool:
    """Whether the order is for a lot of the Cadastre du Québec, the one cadastre of renovated lots."""
    return same(order.cadastre, CADASTRE_DU_QUEBEC)


def _source(job: JsonObject) -> LandSource:
    written = _column(job, "document_source")
    for source in LAND_SOURCES:
        if source == written:
            return source
    raise OrderError(
        f"document_source is {written!r}.", advice=f"It must be one of {', '.join(LAND_SOURCES)}."
    )


def _number(job: JsonObject) -> str:
    written = _column(job, "document_number_normalized") or _column(job, "document_number")
    if not written and job.get("document_number") is None:
        raise OrderError("The row has no document_number.", advice="Fill document_number.")
    if any(_is_odd(letter) for letter in written):
        raise OrderError(
            f"The number {written[:NUMBER_CHARACTERS]!r} holds an invisible or unusual character.",
            advice="Type it again by hand, with the digits 0 to 9.",
        )
    number = "".join(written.split()).translate(HYPHENS)
    if len(number) > NUMBER_CHARACTERS:
        raise OrderError(
            f"The number {number[:NUMBER_CHARACTERS]!r}… is longer than {NUMBER_CHARACTERS} characters.",
            advice="Write one lot's or one acte's number.",
        )
    return number


def _is_odd(letter: str) -> bool:
    return unicodedata.category(letter)[0] == "C" or (letter.isnumeric() and not letter.isascii())


def _column(job: JsonObject, column: str) -> str:
    value = job.get(column)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise OrderError(
            f"The row's {column} is {type(value).__name__}, not text.", advice=f"Write {column} as text."
        )
    return value.strip()


def _check_acte(order: LandOrder) -> None:
    if is_blank(order.acte_type):
        raise OrderError("The order of an acte has no acte_type.", advice=f"One of: {', '.join(ACTE_TYPES)}.")
    if not any(same(order.acte_type, known) for known in ACTE_TYPES):
        raise OrderError(
            f"{order.acte_type!r} is not a type of acte.",
            advice=f"acte_type is one of: {', '.join(ACTE_TYPES)}.",
        )
    if not ACTE_NUMBER.fullmatch(order.number):
        raise OrderError(
            f"The acte's number {order.number!r} is not all digits.",
            advice="Write the numéro d'inscription alone.",
        )


def _check_lot(order: LandOrder) -> None:
    if PLAN_NUMBER.fullmatch(order.number):
        raise OrderError(
            f"{order.number!r} is the number of a complementary plan, not a lot's.",
            advice="Write the number of the lot itself.",
        )
    if not LOT.fullmatch(order.number):
        raise OrderError(
            f"The lot {order.number!r} is not one lot's number: digits and letters, parts joined by hyphens.",
            advice="Write one lot, such as 2784195, 24b or 1358-176.",
        )
    if is_blank(order.cadastre):
        raise OrderError(
            "The order of a lot names no cadastre.", advice="Fill cadastre, as « Cadastre du Québec »."
        )
    _check_cadastre(order)


def _check_cadastre(order: LandOrder) -> None:
    seven_digits = RENOVATED_LOT.fullmatch(order.number) is not None
    if is_renovated(order) and not seven_digits:
        raise OrderError(
            f"Lot {order.number!r} cannot lie in the Cadastre du Québec, whose lots have seven digits.",
            advice="Correct the number, or name the old cadastre (paroisse, canton, village).",
        )
    if seven_digits and not is_renovated(order):
        raise OrderError(
            f"Lot {order.number!r} has seven digits, as in the Cadastre du Québec alone, "
            f"but the cadastre is {order.cadastre!r}.",
            advice="Correct the number, or write « Cadastre du Québec ».",
        )


def _escaped(number: str) -> str:
    """Upper case without spaces; nothing in it can pass for a separator."""
    plain = "".join(number.split()).upper()
    return plain.replace("%", "%25").replace("|", "%7C").replace("#", "%23")
