"""What is asked of purchases: paid files by host, the list, the budgets."""

from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from tests.migrations.calls import Row, Value
from tests.migrations.protocol import Protocol
from tests.migrations.till import PAID, allow

FIELDS = [
    "id", "registry", "identity", "kind", "row_id", "state", "price_cents", "account", "worker", "host",
    "token", "intent_at", "clicked_at", "secured_at", "closed_at", "allowed_by", "sha256", "size",
    "reference", "facts",
]  # fmt: skip


def secure(protocol: Protocol, identity: str, host: str = "h1", kind: str = "land") -> int:
    return protocol.bought(protocol.claimed(kind, host=host), "secured", identity)


def secured(protocol: Protocol, host: str = "h1") -> list[Row]:
    return protocol.rows("pool_secured", host=host)


def listed(protocol: Protocol, how_many: int = 99, **narrow: Value) -> list[int]:
    return [row["id"] for row in protocol.rows("pool_purchases_list", filter=narrow, how_many=how_many)]


def seen_at(protocol: Protocol, host: str) -> Value:
    return protocol.one("select seen_at from public.pool_hosts where host = %s", host)["seen_at"]


def fill(protocol: Protocol, count: int) -> None:
    """Secured purchases, one a second, the newest first."""
    protocol.query(
        "insert into public.pool_purchases (registry, identity, kind, row_id, token, worker, host, "
        "price_cents, budget_day, state, secured_at) select 'land', n::text, 'land', gen_random_uuid(), "
        "gen_random_uuid(), 'w', 'h', 150, current_date, 'secured', now() - make_interval(secs => n) "
        "from generate_series(1, %s) n",
        count,
    )


@pytest.mark.parametrize("kind", PAID)
def test_a_paid_file_is_listed_until_it_is_delivered(rich: Protocol, kind: str) -> None:
    claim = rich.claimed(kind, host="h1")
    purchase = rich.bought(claim, "secured")
    (row,) = secured(rich, "h2")
    assert (row["id"], row["kind"], row["row_id"], row["host"]) == (purchase, kind, claim["row_id"], "h1")
    assert row["secured_at"] == rich.purchase(purchase)["secured_at"]
    assert rich.settle(claim, "done") == "applied"
    assert secured(rich, "h2") == []


def test_only_what_is_secured_is_a_paid_file_that_waits(rich: Protocol) -> None:
    for state in ("intent", "clicked", "unknown"):
        rich.bought(rich.claimed("land"), state, state)
    assert secured(rich) == []


def test_a_host_is_seen_by_asking_and_one_that_never_asked_was_never_seen(rich: Protocol) -> None:
    secure(rich, "a", "h1")
    secure(rich, "b", "h2")
    here, there = secured(rich, "h1")
    assert 0 <= here["host_seen_seconds"] < 60
    assert there["host_seen_seconds"] is None
    rich.query("update public.pool_hosts set seen_at = now() - interval '2 hours' where host = 'h1'")
    here, there = secured(rich, "h2")
    assert here["host_seen_seconds"] == pytest.approx(7200, abs=60)
    assert 0 <= there["host_seen_seconds"] < 60


def test_a_host_that_asks_often_is_written_once_in_ten_seconds(rich: Protocol) -> None:
    secured(rich)
    first = seen_at(rich, "h1")
    secured(rich)
    assert seen_at(rich, "h1") == first
    rich.query("update public.pool_hosts set seen_at = seen_at - interval '11 seconds'")
    secured(rich)
    assert seen_at(rich, "h1") > first


def test_a_host_seen_in_the_future_is_written_again(rich: Protocol) -> None:
    """Somebody set the database's clock back."""
    secure(rich, "a", "h1")
    secured(rich)
    first = seen_at(rich, "h1")
    rich.query("update public.pool_hosts set seen_at = seen_at + interval '1 hour'")
    assert [row["host_seen_seconds"] for row in secured(rich, "h2")] == [0]
    secured(rich)
    assert seen_at(rich, "h1") - first < timedelta(minutes=1)


def test_paid_files_are_listed_oldest_first_and_at_most_a_thousand(protocol: Protocol) -> None:
    fill(protocol, 1100)
    rows = secured(protocol)
    assert len(rows) == 1000
    times = [row["secured_at"] for row in rows]
    assert times == sorted(times)
    assert len(protocol.rows("pool_purchases_list", filter={}, how_many=5000)) == 1000


def test_a_purchase_is_listed_with_all_that_people_need(rich: Protocol) -> None:
    claim = rich.claimed("land", worker="w9", host="h9")
    purchase = rich.bought(claim, "secured")
    (row,) = rich.rows("pool_purchases_list", filter={}, how_many=9)
    assert list(row) == FIELDS
    stored = rich.purchase(purchase)
    assert row == {name: stored[name] for name in FIELDS}
    assert (row["sha256"], row["size"], row["token"], row["worker"]) == ("ab", 2, claim["token"], "w9")


def test_the_list_of_purchases_is_narrowed(rich: Protocol) -> None:
    lot, search = rich.claimed("land"), rich.claimed("rdprm")
    first, second = rich.bought(lot, "unknown"), rich.bought(search, "clicked")
    assert listed(rich) == [second, first]
    assert listed(rich, id=first) == [first]
    assert listed(rich, ids=[first, second, 0]) == [second, first]
    assert listed(rich, ids=[]) == []
    assert listed(rich, registry="rdprm") == [second]
    assert listed(rich, state="unknown") == [first]
    assert listed(rich, state="unknown", registry="rdprm") == []
    assert listed(rich, row_id=str(lot["row_id"])) == [first]
    assert listed(rich, row_id=str(uuid4())) == []
    assert listed(rich, since=rich.purchase(second)["intent_at"].isoformat()) == [second]
    assert listed(rich, since=None, ids=None, id=None) == [second, first]
    assert listed(rich, how_many=1) == [second]
    assert listed(rich, how_many=-1) == []


def test_the_list_of_purchases_goes_on_where_it_stopped(protocol: Protocol) -> None:
    fill(protocol, 25)
    seen: list[int] = []
    while page := listed(protocol, 10, **({"before": seen[-1]} if seen else {})):
        seen += page
    assert len(seen) == 25
    assert seen == sorted(seen, reverse=True)


def test_a_filter_that_is_not_known_is_refused_with_those_that_are(protocol: Protocol) -> None:
    with pytest.raises(
        psycopg.errors.InvalidParameterValue, match="sate does not narrow purchases"
    ) as refused:
        listed(protocol, sate="unknown")
    assert refused.value.diag.message_hint == "id, ids, registry, state, row_id, since, before"


@pytest.mark.parametrize(
    "narrow",
    [{"id": "x"}, {"ids": 5}, {"ids": ["x"]}, {"row_id": "x"}, {"since": "x"}, {"before": "x"}],
    ids=str,
)
def test_a_filter_that_cannot_be_is_refused(protocol: Protocol, narrow: Row) -> None:
    with pytest.raises(psycopg.errors.DataError):
        listed(protocol, **narrow)


def test_who_allowed_a_purchase_is_listed(rich: Protocol) -> None:
    purchase = rich.bought(rich.claimed("land"), "unknown")
    assert allow(rich, purchase) == "applied"
    (row,) = rich.rows("pool_purchases_list", filter={"id": purchase}, how_many=1)
    assert (row["state"], row["allowed_by"]) == ("allowed", "marie")


def test_budgets_are_listed_newest_first_for_so_many_days(rich: Protocol) -> None:
    rich.bought(rich.claimed("land"), "clicked")
    rich.bought(rich.claimed("rdprm"), "intent")
    rich.query(
        "insert into public.pool_budgets (registry, day, limit_cents, spent_cents) "
        "select 'land', day - 6, 500, 450 from public.pool_budgets where registry = 'land'"
    )

    def budgets(days: int) -> list[tuple[Value, ...]]:
        rows = rich.rows("pool_budgets_list", days=days)
        return [
            (row["registry"], row["limit_cents"], row["reserved_cents"], row["spent_cents"]) for row in rows
        ]

    today = [("land", 1_000_000, 0, 150), ("rdprm", 1_000_000, 150, 0)]
    assert budgets(1) == budgets(6) == today
    assert budgets(7) == budgets(2_000_000_000) == [*today, ("land", 500, 0, 450)]
    assert budgets(0) == budgets(-5) == []
    days = [row["day"] for row in rich.rows("pool_budgets_list", days=7)]
    assert days[0] - days[-1] == timedelta(days=6)
