"""Which place goes on under which spec when the configuration changes."""

from hypothesis import given
from hypothesis import strategies as st

from poolmgr.domain.children import ChildSpec
from poolmgr.domain.jobs import JobKind
from poolmgr.pool.places import Place, assign
from tests.pool.running import spec
from tests.pool.targets import never_ready

GROUPS: tuple[tuple[JobKind, ...], ...] = (("ocr_index",), ("ocr_acte",), ("land",))
COUNTS = st.tuples(*[st.integers(0, 4)] * len(GROUPS))


def specs_of(counts: tuple[int, ...]) -> list[ChildSpec]:
    return [
        spec(f"{claims[0]}-{n}", never_ready, claims=claims)
        for claims, count in zip(GROUPS, counts, strict=True)
        for n in range(1, count + 1)
    ]


@given(before=COUNTS, after=COUNTS)
def test_every_spec_gets_one_place_and_every_place_one_fate(
    before: tuple[int, ...], after: tuple[int, ...]
) -> None:
    places = [Place(spec=one) for one in specs_of(before)]
    wanted = specs_of(after)
    plan = assign(places, wanted)
    assert sorted(one.name for one in [*(new for _, new in plan.kept), *plan.missing]) == sorted(
        one.name for one in wanted
    )
    assert len(plan.kept) + len(plan.surplus) == len(places)
    assert {id(place) for place, _ in plan.kept} | {id(place) for place in plan.surplus} == set(
        map(id, places)
    )
    assert all(place.spec.claims == new.claims for place, new in plan.kept)


@given(counts=COUNTS)
def test_the_same_configuration_moves_nobody(counts: tuple[int, ...]) -> None:
    plan = assign([Place(spec=one) for one in specs_of(counts)], specs_of(counts))
    assert (plan.surplus, plan.missing) == ([], [])
    assert all(place.spec.name == new.name for place, new in plan.kept)


def test_other_claims_are_another_child() -> None:
    place = Place(spec=spec("ocr-1", never_ready, claims=("ocr_index",)))
    plan = assign([place], [spec("ocr-1", never_ready, claims=("ocr_acte",))])
    assert (len(plan.kept), plan.surplus, len(plan.missing)) == (0, [place], 1)
