"""What people ask and order of accounts, and that each account has one holder whoever asks from wherever."""

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from tests.migrations.calls import Row, call
from tests.migrations.protocol import Protocol
from tests.migrations.test_accounts import give_back, lease

SECRET = "très-secret"


def put(protocol: Protocol, username: str | None, password: str | None = SECRET) -> str:
    return str(protocol.value("pool_account_put", username=username, password=password))


def switch(protocol: Protocol, username: str, *, is_active: bool) -> str:
    return str(protocol.value("pool_account_switch", username=username, is_active=is_active))


def named(protocol: Protocol, username: str | None, lease_id: UUID | None = None) -> Row | None:
    found: Row | None = protocol.value(
        "pool_account_lease_named",
        lease_id=lease_id or uuid4(),
        username=username,
        worker="tester",
        host="h2",
        lease_seconds=60,
    )
    return found


def listed(protocol: Protocol) -> list[Row]:
    return protocol.rows("pool_accounts_list", how_many=99)


def fail(protocol: Protocol, times: int = 3) -> None:
    """The one account is refused so often."""
    for _ in range(times):
        lease_id = uuid4()
        assert lease(protocol, lease_id)
        give_back(protocol, lease_id, "login_failed")


def test_an_account_is_added_and_found_again(protocol: Protocol) -> None:
    assert put(protocol, "anne") == "added"
    assert put(protocol, "anne") == "already"
    (row,) = listed(protocol)
    assert (row["username"], row["is_active"], row["failure_count"]) == ("anne", True, 0)
    assert lease(protocol) == "anne"


def test_a_new_password_makes_an_account_active_and_forgets_its_failures(protocol: Protocol) -> None:
    put(protocol, "anne", "old")
    fail(protocol)
    switch(protocol, "anne", is_active=False)
    assert put(protocol, "anne", "old") == "already"
    assert lease(protocol) is None
    assert put(protocol, "anne", "new") == "replaced"
    assert put(protocol, "anne", "new") == "already"
    (row,) = listed(protocol)
    assert (row["is_active"], row["failure_count"]) == (True, 0)
    lent = named(protocol, "anne")
    assert lent is not None
    assert lent["password"] == "new"


@pytest.mark.parametrize(
    ("username", "password", "why"),
    [(None, "x", "a name"), (" ", "x", "a name"), ("anne", "", "a password"), ("anne", None, "a password")],
)
def test_half_an_account_is_refused(
    protocol: Protocol, username: str | None, password: str | None, why: str
) -> None:
    assert put(protocol, username, password) == f"refused: an account has {why}"
    assert listed(protocol) == []


def test_what_the_table_itself_does_not_take_is_refused_without_a_word_of_it(own_protocol: Protocol) -> None:
    own_protocol.query("alter table public.worker_accounts add check (length(password) > 20)")
    answer = put(own_protocol, "anne")
    assert answer == "refused: worker_accounts does not take it (SQLSTATE 23514)"


def test_an_account_is_switched_off_and_on_and_its_failures_are_forgotten(protocol: Protocol) -> None:
    put(protocol, "anne")
    assert switch(protocol, "anne", is_active=True) == "already"
    assert switch(protocol, "anne", is_active=False) == "applied"
    assert switch(protocol, "anne", is_active=False) == "already"
    assert lease(protocol) is None
    assert switch(protocol, "anne", is_active=True) == "applied"
    fail(protocol)
    assert lease(protocol) is None
    assert switch(protocol, "anne", is_active=True) == "applied"
    assert switch(protocol, "anne", is_active=True) == "already"
    assert lease(protocol) == "anne"
    assert switch(protocol, "bruno", is_active=True) == "refused: no account has this name"


def test_the_list_says_who_holds_an_account_until_when_and_never_a_password(protocol: Protocol) -> None:
    for name in ("carl", "anne", "bruno"):
        put(protocol, name)
    held, expired = uuid4(), uuid4()
    named(protocol, "bruno", held)
    named(protocol, "carl", expired)
    protocol.query("update public.pool_account_leases set expires_at = now() where lease_id = %s", expired)
    rows = listed(protocol)
    assert [(row["username"], row["worker"], row["host"]) for row in rows] == [
        ("anne", None, None),
        ("bruno", "tester", "h2"),
        ("carl", None, None),
    ]
    assert [row["leased_until"] is not None for row in rows] == [False, True, False]
    assert [row["last_used"] is not None for row in rows] == [False, True, True]
    assert SECRET not in json.dumps(rows, default=str)
    assert "password" not in rows[0]
    give_back(protocol, held, "ok")
    assert [row["worker"] for row in listed(protocol)] == [None] * 3


def test_a_named_account_has_one_holder_whoever_asks(protocol: Protocol) -> None:
    put(protocol, "anne")
    lease_id = uuid4()
    lent = named(protocol, "anne", lease_id)
    assert lent is not None
    assert (lent["username"], lent["password"]) == ("anne", SECRET)
    assert named(protocol, "anne", lease_id) == lent
    assert (named(protocol, "anne"), lease(protocol)) == (None, None)
    assert give_back(protocol, lease_id, "ok") == "applied"
    assert named(protocol, "anne", lease_id) is None
    assert lease(protocol) == "anne"
    assert named(protocol, "anne") is None


def test_a_named_account_is_lent_though_it_is_off_or_has_failed(protocol: Protocol) -> None:
    put(protocol, "anne")
    fail(protocol)
    switch(protocol, "anne", is_active=False)
    lease_id = uuid4()
    assert named(protocol, "anne", lease_id)
    assert give_back(protocol, lease_id, "ok") == "applied"
    (row,) = listed(protocol)
    assert (row["is_active"], row["failure_count"]) == (False, 0)


@pytest.mark.parametrize("username", ["bruno", "", None, "ANNE"])
def test_a_name_that_no_account_has_is_lent_to_nobody(protocol: Protocol, username: str | None) -> None:
    put(protocol, "anne")
    assert named(protocol, username) is None


def test_a_name_that_stands_in_two_rows_is_one_login_and_has_one_holder(protocol: Protocol) -> None:
    protocol.query(
        "insert into public.worker_accounts (username, password) values ('anne', 'old'), ('anne', 'old')"
    )
    assert put(protocol, "anne", "new") == "replaced"
    lease_id = uuid4()
    assert lease(protocol, lease_id) == "anne"
    assert (lease(protocol), named(protocol, "anne")) == (None, None)
    give_back(protocol, lease_id, "ok")
    assert switch(protocol, "anne", is_active=False) == "applied"
    assert lease(protocol) is None


def test_accounts_take_turns(protocol: Protocol) -> None:
    names = ["anne", "bruno", "carl"]
    for name in names:
        put(protocol, name)
    turns = []
    for _ in range(6):
        lease_id = uuid4()
        turns.append(lease(protocol, lease_id))
        give_back(protocol, lease_id, "ok")
    assert sorted(map(str, turns[:3])) == names
    assert turns[3:] == turns[:3]


def test_a_dead_workers_account_is_free_at_once(protocol: Protocol) -> None:
    put(protocol, "anne")
    assert lease(protocol) == "anne"
    protocol.value("pool_release_worker", worker="another", reason="it died", crashed=True)
    assert lease(protocol) is None
    protocol.value("pool_release_worker", worker="w1", reason="it died", crashed=True)
    assert lease(protocol) == "anne"
    (row,) = listed(protocol)
    assert row["failure_count"] == 0


def test_many_hosts_that_ask_at_once_never_share_an_account(own_protocol: Protocol) -> None:
    protocol, names = own_protocol, ["anne", "bruno", "carl"]
    for name in names:
        put(protocol, name)
    connections = [protocol.database.connect("service_role") for _ in range(8)]

    def ask(number: int) -> str | None:
        asked: Row = {"lease_id": uuid4(), "worker": "w", "host": f"h{number}", "lease_seconds": 60}
        function = "pool_account_lease" if number % 2 else "pool_account_lease_named"
        asked |= {"registry": "land"} if number % 2 else {"username": names[number // 2 % 3]}
        ((found,),) = (row.values() for row in call(connections[number], function, asked))
        return None if found is None else str(found["username"])

    for _ in range(10):
        with ThreadPoolExecutor(len(connections)) as threads:
            lent = [name for name in threads.map(ask, range(len(connections))) if name]
        assert sorted(lent) == names
        protocol.query("update public.pool_account_leases set ended_at = now(), result = 'ok'")


def test_the_same_name_put_at_once_is_one_account(own_protocol: Protocol) -> None:
    connections = [own_protocol.database.connect("service_role") for _ in range(6)]

    def add(number: int) -> str:
        asked: Row = {"username": "anne", "password": SECRET}
        ((found,),) = (row.values() for row in call(connections[number], "pool_account_put", asked))
        return str(found)

    with ThreadPoolExecutor(len(connections)) as threads:
        answers = sorted(threads.map(add, range(len(connections))))
    assert answers == ["added", *["already"] * 5]
    assert len(listed(own_protocol)) == 1
