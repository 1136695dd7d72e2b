from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from poolmgr.domain.errors import StoreError
from poolmgr.stores import paths

MS = 1761868800000
TOKEN = "0f8fad5b-d9cb-469f-a165-70867728950e"
HOST = "https://abc.supabase.co/storage/v1/object"


@pytest.mark.parametrize(
    ("written", "source", "expected"),
    [
        ("index/123-Montr_al-1.pdf", "index", "index/123-Montr_al-1.pdf"),
        ("plans-cadastraux/a.pdf", "plan_cadastraux", "plans-cadastraux/a.pdf"),
        ("actes/a.pdf", "index", "actes/a.pdf"),
        ("123-Montr_al-1.pdf", "index", "index/123-Montr_al-1.pdf"),
        ("123.pdf", "acte", "actes/123.pdf"),
        ("/index/a.pdf", "index", "index/a.pdf"),
        (" index/a.pdf\n", "index", "index/a.pdf"),
        ("2025/10/a.pdf", "acte", "actes/2025/10/a.pdf"),
        ("session/nom.pdf", "rdprm", "rdprm-documents/session/nom.pdf"),
        ("a%20b.pdf", "index", "index/a%20b.pdf"),
        (f"{HOST}/public/index/a.pdf", "acte", "index/a.pdf"),
        (f"{HOST}/sign/actes/a%20b.pdf?token=ey.J_-x/y", "acte", "actes/a b.pdf"),
        (f"{HOST}/authenticated/actes/a.pdf", "acte", "actes/a.pdf"),
        (f"{HOST}/index/1-Montr%C3%A9al.pdf?download=", "index", "index/1-Montréal.pdf"),
        (f"{HOST}/public/index/d/a+b.pdf#page=2", "index", "index/d/a+b.pdf"),
        ("/storage/v1/object/public/index/a.pdf", "index", "index/a.pdf"),
    ],
)
def test_every_form_of_a_path_in_the_wild_is_located(written: str, source: str, expected: str) -> None:
    assert paths.locate(written, source) == expected


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "/",
        "index/",
        "index/../secret.pdf",
        "..",
        "index//a.pdf",
        "index/./a.pdf",
        "index/a\0.pdf",
        "index/a\nb.pdf",
        "index/" + "a" * 256,
        "index/" + "/".join(["a" * 200] * 6),
        "index/\ud800.pdf",
        f"{HOST}/public/index/%2e%2e/%2e%2e/etc/passwd",
        f"{HOST}/public/index/a%00.pdf",
        f"{HOST}/public/index/%ff.pdf",
        f"{HOST}/public/index",
        "http://[broken/storage/v1/object/public/index/a.pdf",
    ],
)
def test_a_path_that_is_no_place_of_a_document_is_refused(written: str) -> None:
    with pytest.raises(StoreError):
        paths.locate(written, "index")


def test_a_bare_name_of_an_unknown_source_is_refused_with_the_known_ones() -> None:
    with pytest.raises(StoreError, match="plan_cadastraux"):
        paths.locate("a.pdf", "photo")


@given(st.text(max_size=400), st.sampled_from(["index", "acte", "plan_cadastraux", "rdprm", "?"]))
def test_locating_any_text_gives_a_safe_place_or_a_store_error(written: str, source: str) -> None:
    try:
        located = paths.locate(written, source)
    except StoreError:
        return
    container, name = paths.parts(located)
    assert f"{container}/{name}" == located
    assert ".." not in located.split("/")


def test_names_are_the_products_with_the_tokens_start() -> None:
    assert (
        paths.object_name(
            "index", number="2 784 195", circonscription="Montréal", cadastre="Cadastre du Québec",
            milliseconds=MS, token=TOKEN,
        )
        == f"2784195-Montr_al-Cadastre_du_Qu_bec-{MS}-0f8fad5b.pdf"
    )  # fmt: skip
    assert (
        paths.object_name(
            "acte", number="12345", circonscription="Laval", cadastre="ignored", milliseconds=MS, token=TOKEN
        )
        == f"12345-Laval-{MS}-0f8fad5b.pdf"
    )
    assert (
        paths.rdprm_object_name("s1", " Les Entreprises ÉTÉ inc. ", TOKEN)
        == "s1/les_entreprises_t_inc-0f8fad5b.pdf"
    )


def test_a_missing_place_leaves_its_position_in_the_name() -> None:
    assert paths.object_name("index", number="", milliseconds=MS, token=TOKEN) == f"_-_-_-{MS}-0f8fad5b.pdf"


HOSTILE = st.text(max_size=300)


@given(HOSTILE, HOSTILE, HOSTILE)
@example("0" * 100, "0" * 100, "0" * 100)
def test_any_name_is_one_that_storage_and_a_folder_take(
    number: str, circonscription: str, cadastre: str
) -> None:
    name = paths.object_name(
        "index",
        number=number,
        circonscription=circonscription,
        cadastre=cadastre,
        milliseconds=MS,
        token=TOKEN,
    )
    assert "/" not in name
    assert name.isascii()
    assert paths.locate(f"index/{name}", "index") == f"index/{name}"


@given(HOSTILE, HOSTILE)
def test_two_numbers_never_share_a_name(one: str, other: str) -> None:
    names = [paths.object_name("acte", number=n, milliseconds=MS, token=TOKEN) for n in (one, other)]
    assert (names[0] == names[1]) == ("".join(one.split()) == "".join(other.split()))


@given(st.uuids(), HOSTILE)
def test_an_rdprm_name_is_in_its_sessions_folder(session: UUID, name: str) -> None:
    made = paths.rdprm_object_name(str(session), name, TOKEN)
    assert paths.locate(made, "rdprm") == f"rdprm-documents/{made}"
    assert made.startswith(f"{session}/")
    assert made.count("/") == 1
