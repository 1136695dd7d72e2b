import pytest

from poolmgr.local.samples.people import SURNAMES
from poolmgr.ocr.boost.natures import ENGLISH, NATURES, is_known, is_of, may_become, nearest


@pytest.mark.parametrize("nature", NATURES)
def test_a_known_nature_is_itself_in_capitals_and_without_accents(nature: str) -> None:
    assert is_known(nature.upper().replace("’", "'"))
    assert nearest(nature) == (nature, 1.0)


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Hypothcque", "Hypothèque"),
        ("Quitlance", "Quittance"),
        ("Servilude", "Servitude"),
        ("Mainlcvée", "Mainlevée"),
    ],
)
def test_a_spoilt_word_is_the_nature_it_can_only_be(read: str, meant: str) -> None:
    found = nearest(read)
    assert found is not None
    assert found[0] == meant


@pytest.mark.parametrize(
    "read",
    ["", "Vte", "Rente", "Dation", "Radiation", "Contrat de mariage", "Jugement de divorce", *SURNAMES],
)
def test_another_word_is_no_nature(read: str) -> None:
    assert nearest(read) is None


def test_a_kind_belongs_to_its_family() -> None:
    assert is_of("Servitude", "servitude de passage")
    assert not is_of("Servitude", "Modification de servitude")
    assert not is_of("Vente", "Venterie")


def test_a_modification_stays_one() -> None:
    assert may_become("Modification", "Modification de servitude")
    assert not may_become("Modification", "Servitude")
    assert may_become("Mutation", "Hypothèque")


ELSEWHERE = (
    "Acceptation", "Avis de vente", "Avis hypothécaire", "Bail emphytéotique", "Cession de priorité",
    "Constitution de rente", "Convention", "Délaissement", "Entente", "Faillite", "Legs", "Location",
    "Opposition", "Reconnaissance", "Renouvellement", "Révocation", "Saisie", "Dépôt", "Préférence",
)  # fmt: skip
"""Natures that may stand in an index and are not in the vocabulary."""


@pytest.mark.parametrize("nature", ELSEWHERE)
def test_a_nature_that_is_not_known_is_never_taken_for_one_that_is(nature: str) -> None:
    assert nearest(nature) is None


@pytest.mark.parametrize("nature", ENGLISH)
def test_an_english_nature_stays_english(nature: str) -> None:
    meant = nearest(nature)
    assert meant is None or meant[0] == nature


def test_one_wrong_letter_makes_no_nature_another() -> None:
    found = 0
    for nature in NATURES:
        for place in range(0, len(nature), 2):
            meant = nearest(f"{nature[:place]}x{nature[place + 1 :]}")
            assert meant is None or meant[0] == nature
            found += meant is not None
    assert found > 500
