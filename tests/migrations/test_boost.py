"""Corrected texts of rows that were read long ago: never over a newer text, never under somebody's hands."""

import hashlib
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.migrations.calls import Row
from tests.migrations.protocol import Protocol

PAGES = [
    {"page": 1, "corrections": [{"rule": "52"}], "rules_version": "v1"},
    {"page": 2, "corrections": [], "rules_version": "v1"},
]


def digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def done(protocol: Protocol, kind: str = "ocr_index", **columns: object) -> UUID:
    return protocol.add(kind, **{"status_id": 5, "file_content": "texte"} | columns)


def boost(protocol: Protocol, row_id: UUID, text: str = "texte", kind: str = "ocr_index") -> str:
    return str(
        protocol.value(
            "pool_boost", row_id=row_id, kind=kind, digest=digest(text), boosted="corrigé", pages=Jsonb(PAGES)
        )
    )


def unboosted(protocol: Protocol, after: UUID | None = None, how_many: int = 9) -> list[Row]:
    return protocol.rows("pool_unboosted", kind="ocr_index", after=after, how_many=how_many)


def test_a_corrected_text_stands_beside_the_text_with_its_corrections_by_page(protocol: Protocol) -> None:
    row_id = done(protocol)
    assert boost(protocol, row_id) == "applied"
    row = protocol.row("ocr_index", row_id)
    assert (row["file_content"], row["boosted_file_content"], row["status_id"]) == ("texte", "corrigé", 5)
    kept = protocol.query("select * from public.pool_ocr_results where row_id = %s order by page", row_id)
    assert [(page["page"], page["kind"], page["rules_version"]) for page in kept] == [
        (1, "ocr_index", "v1"),
        (2, "ocr_index", "v1"),
    ]
    assert kept[0]["corrections"] == [{"rule": "52"}]
    assert boost(protocol, row_id) == "already"


def test_what_a_page_said_before_stays(protocol: Protocol) -> None:
    claim = protocol.claimed("ocr_index")
    pages = [{"page": 1, "engine": "gemini", "model": "m-1", "prompt_version": "index-1", "text": "verbatim"}]
    protocol.settle(claim, "done", result={"file_content": "texte", "pages": pages})
    assert boost(protocol, claim["row_id"]) == "applied"
    page = protocol.one(
        "select * from public.pool_ocr_results where row_id = %s and page = 1", claim["row_id"]
    )
    assert (page["engine"], page["model"], page["prompt_version"]) == ("gemini", "m-1", "index-1")
    assert page["content"]["text"] == "verbatim"
    assert page["content"]["corrections"] == page["corrections"] == [{"rule": "52"}]


def test_a_settled_reading_tells_its_kind_model_and_rules(protocol: Protocol) -> None:
    claim = protocol.claimed("ocr_acte")
    pages = [{"kind": "ocr_acte", "model": "m-1", "rules_version": "v2", "corrections": [], "text": "a"}]
    protocol.settle(claim, "done", result={"file_content": "a", "boosted_file_content": "b", "pages": pages})
    (page,) = protocol.query("select * from public.pool_ocr_results where row_id = %s", claim["row_id"])
    assert (page["kind"], page["model"], page["rules_version"]) == ("ocr_acte", "m-1", "v2")


def test_a_worker_that_lost_its_lease_replaces_no_page(protocol: Protocol) -> None:
    late = protocol.claimed("ocr_index")
    protocol.expire(late)
    protocol.rescue()
    protocol.ripen()
    (owner,) = protocol.claim("ocr_index", worker="w2")
    protocol.settle(owner, "done", result={"file_content": "neuf", "pages": [{"text": "neuf"}]})
    assert (
        protocol.settle(late, "done", result={"file_content": "vieux", "pages": [{"text": "vieux"}]})
        == "lost"
    )
    (page,) = protocol.query("select content from public.pool_ocr_results where row_id = %s", late["row_id"])
    assert page["content"]["text"] == "neuf"


@pytest.mark.parametrize(
    "columns",
    [
        {"file_content": "un autre texte"},
        {"status_id": 3},
        {"status_id": 6},
        {"boosted_file_content": "déjà corrigé autrement"},
        {"file_content": None},
    ],
)
def test_a_row_that_changed_meanwhile_is_left_alone(protocol: Protocol, columns: dict[str, object]) -> None:
    row_id = done(protocol)
    protocol.set("ocr_index", row_id, **columns)
    before = protocol.row("ocr_index", row_id)
    assert boost(protocol, row_id).startswith("refused: ")
    assert protocol.row("ocr_index", row_id) == before


def test_a_row_that_somebody_holds_is_neither_offered_nor_written(protocol: Protocol) -> None:
    claim = protocol.claimed("ocr_index")
    protocol.set("ocr_index", claim["row_id"], status_id=5, file_content="texte")
    assert unboosted(protocol) == []
    assert boost(protocol, claim["row_id"]).startswith("refused: ")


def test_a_row_under_somebodys_lock_is_not_waited_for(protocol: Protocol) -> None:
    row_id = done(protocol)
    with protocol.beside() as other:
        other.execute("select 1 from public.extraction_queue where id = %s for update", [row_id])
        assert boost(protocol, row_id) == "refused: somebody works on it"
    assert boost(protocol, row_id) == "applied"


def test_rows_are_offered_by_id_after_the_last_one_seen(protocol: Protocol) -> None:
    ids = sorted(done(protocol, document_number=str(number)) for number in range(5))
    done(protocol, kind="ocr_acte")
    done(protocol, boosted_file_content="corrigé")
    done(protocol, file_content="")
    first = unboosted(protocol, how_many=3)
    assert [row["row_id"] for row in first] == ids[:3]
    assert first[0]["digest"] == digest("texte")
    assert [row["row_id"] for row in unboosted(protocol, after=ids[2])] == ids[3:]


def test_what_there_is_to_do_is_counted(protocol: Protocol) -> None:
    done(protocol)
    done(protocol, file_content="abc")
    done(protocol, boosted_file_content="corrigé")
    done(protocol, file_content=None)
    (counts,) = protocol.rows("pool_unboosted_counts", kind="ocr_index")
    assert counts == {"rows": 2, "characters": 8, "unread": 1}
    (none,) = protocol.rows("pool_unboosted_counts", kind="ocr_acte")
    assert none == {"rows": 0, "characters": 0, "unread": 0}


def test_a_row_that_is_gone_is_said_to_be(protocol: Protocol) -> None:
    assert boost(protocol, uuid4()) == "refused: there is no such row"


def test_nothing_is_no_corrected_text(protocol: Protocol) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        protocol.value("pool_boost", row_id=uuid4(), kind="ocr_index", digest="", boosted="", pages=Jsonb([]))
