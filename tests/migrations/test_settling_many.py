"""Several settlements in one call are what each would be alone."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.migrations.calls import DONE, KINDS, Row, Value
from tests.migrations.protocol import Protocol


def settled(protocol: Protocol, *settlements: Row) -> dict[str, str]:
    rows = protocol.service.execute(
        "select token::text, answer from public.pool_settle_many(%s)", [Jsonb(list(settlements))]
    ).fetchall()
    return dict(rows)


def done(claim: Row, **result: Value) -> Row:
    said = {"outcome": "done", "result": DONE[claim["kind"]] | result}
    return {"token": str(claim["token"]), "outcome": said}


def test_every_kind_is_finished_as_alone_and_again_is_already(rich: Protocol) -> None:
    for kind in KINDS:
        rich.add(kind)
    claims = [claim for claim in rich.claim(how_many=9) if claim["kind"] != "rdprm"]
    answers = settled(rich, *(done(claim) for claim in claims))
    assert set(answers.values()) == {"applied"}
    assert set(settled(rich, *(done(claim) for claim in claims)).values()) == {"already"}
    left = rich.one("select count(*)::int as n from public.pool_leases where ended_at is null")
    assert left["n"] == 1


def test_one_that_is_refused_undoes_itself_alone(rich: Protocol) -> None:
    for _ in range(3):
        rich.add("ocr_index")
    first, second, third = rich.claim("ocr_index", how_many=3)
    bad = {"token": str(second["token"]), "outcome": {"outcome": "done", "result": {}}}
    answers = settled(rich, done(first), bad, done(third))
    assert answers[str(first["token"])] == answers[str(third["token"])] == "applied"
    assert answers[str(second["token"])].startswith("refused: ")
    assert "(22023)" in answers[str(second["token"])]
    assert rich.row("ocr_index", second["row_id"])["status_id"] == 6
    assert rich.settle(second, "retry") == "applied"


def test_too_many_and_none_at_all(protocol: Protocol) -> None:
    assert settled(protocol) == {}
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        settled(protocol, *({"token": None, "outcome": {}} for _ in range(1001)))


def test_crossing_calls_wait_for_each_other_and_never_deadlock(rich: Protocol) -> None:
    """Purchases of one day share one budget row; each call brings its jobs in another order."""
    for number in range(40):
        rich.add("land", document_number=str(number))
    claims = rich.claim("land", how_many=40)
    for number, claim in enumerate(claims):
        rich.value(
            "pool_purchase_intent",
            token=claim["token"],
            registry="land",
            identity=f"lot {number}",
            price_cents=1,
        )
    halves = [claims[0::2], list(reversed(claims[1::2]))]
    url = rich.database.url_as("service_role")

    def release(half: list[Row]) -> set[str]:
        words = [{"token": str(one["token"]), "outcome": {"outcome": "retry", "error": "no"}} for one in half]
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            rows = connection.execute(
                "select answer from public.pool_settle_many(%s)", [Jsonb(words)]
            ).fetchall()
        return {answer for (answer,) in rows}

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(release, halves)) == [{"applied"}, {"applied"}]
    assert rich.budget("land")[0] == 0
