import pytest

from poolmgr.ocr.index.model import Party
from poolmgr.ocr.index.parties import paired


def test_nobody_is_no_party() -> None:
    assert paired("", "") == ()


def test_names_without_a_role_are_parties_without_one() -> None:
    assert paired("TREMBLAY, Jean", "") == (Party(name="TREMBLAY, Jean"),)
    assert paired("A ; B", "") == (Party(name="A"), Party(name="B"))


@pytest.mark.parametrize(
    "roles", ["1ère partie 2ième partie", "1ere partie, 2e partie", "1 partie 2ème partie"]
)
def test_numbered_roles_pair_names_in_order(roles: str) -> None:
    found = paired("TREMBLAY, Jean-Marie LE BEAU, Anne", roles)
    assert [party.name for party in found] == ["TREMBLAY, Jean-Marie", "LE BEAU, Anne"]
    assert [party.role[0] for party in found] == ["1", "2"]


def test_names_that_cannot_be_counted_stay_one_party_with_every_word() -> None:
    (only,) = paired("CIE DES PRÊTS INC. ET FILS", "1ère partie 2ième partie")
    assert only == Party(name="CIE DES PRÊTS INC. ET FILS", role="1ère partie 2ième partie")


def test_one_role_is_of_the_whole_text() -> None:
    assert paired("Jean et Marie", "Vendeurs") == (Party(name="Jean et Marie", role="Vendeurs"),)
