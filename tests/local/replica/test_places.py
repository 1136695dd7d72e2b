from poolmgr.local.replica import places
from poolmgr.local.replica.asked import RENOVATED
from poolmgr.local.samples.catalogue import catalogue


def test_circonscriptions_are_73_with_values_of_their_own() -> None:
    options = places.circonscriptions()
    assert len(options) == len({option.value for option in options}) == len({o.text for o in options}) == 73


def test_each_circonscription_has_the_renovated_cadastre_first_and_some_of_its_own() -> None:
    seen: set[str] = set()
    for circonscription in places.circonscriptions():
        first, *own = places.cadastres(circonscription.text)
        assert (first.value, first.text) == ("000001", RENOVATED)
        assert len(own) >= 4
        assert not seen & {option.value for option in own}
        seen |= {option.value for option in own}


def test_every_sample_can_be_chosen() -> None:
    for sample in catalogue(1, 140):
        if sample.cadastre is None or sample.form == "ambiguous":
            continue
        assert sample.cadastre in [option.text for option in places.cadastres(sample.circonscription)]
        ranges = [option.text for option in places.designations(sample.cadastre)]
        assert sample.designation is None or sample.designation in ranges


def test_a_village_has_the_name_of_a_parish_beside_it() -> None:
    texts = [option.text for option in places.cadastres("Abitibi")]
    villages = [text.removeprefix("Village de ") for text in texts if text.startswith("Village")]
    assert all(f"Paroisse de {name}" in texts for name in villages)


def test_nothing_is_chosen_by_a_value_that_stands_for_nothing() -> None:
    for value in ("", "NULL", "000000", "99"):
        assert places.text_of(places.circonscriptions(), value) is None
