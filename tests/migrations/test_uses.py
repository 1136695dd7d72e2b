"""How much an account is used a day, and what it is kept from."""

from uuid import UUID, uuid4

from tests.migrations.protocol import Protocol

LIMITS = {"interval_seconds": 0, "documents": 2, "cents": 0, "price_cents": 150}


def lend(
    protocol: Protocol, limits: dict[str, int], lease_id: UUID | None = None, registry: str = "land"
) -> object:
    """Under which name, or what is answered instead."""
    said = protocol.value(
        "pool_account_lease",
        lease_id=lease_id or uuid4(),
        registry=registry,
        worker="w1",
        host="h1",
        lease_seconds=60,
        limits=limits,
    )
    return said and (said.get("username") or said.get("spent") or said["id"])


def use(
    protocol: Protocol, lease_id: UUID, limits: dict[str, int], use_id: UUID | None = None
) -> dict[str, object]:
    said = protocol.value("pool_account_use", lease_id=lease_id, use_id=use_id or uuid4(), limits=limits)
    assert isinstance(said, dict)
    return said


def staffed(protocol: Protocol, *usernames: str) -> Protocol:
    for place, username in enumerate(usernames):
        protocol.query(
            "insert into public.worker_accounts (username, password, last_used) values (%s, 'secret', "
            "'2026-01-01'::timestamptz + make_interval(days => %s))",
            username,
            place,
        )
    return protocol


def test_an_account_that_is_spent_is_not_lent_and_the_next_one_is(protocol: Protocol) -> None:
    staffed(protocol, "a", "b")
    held = uuid4()
    assert lend(protocol, LIMITS, held) == "a"
    assert [use(protocol, held, LIMITS)["answer"] for _ in range(3)] == ["go", "go", "spent"]
    protocol.value("pool_account_return", lease_id=held, result="ok")
    protocol.query("update public.worker_accounts set last_used = null where username = 'a'")
    other = uuid4()
    assert lend(protocol, LIMITS, other) == "b"
    assert lend(protocol, LIMITS) == "documents", "the only free one is spent"
    assert lend(protocol, LIMITS | {"documents": 3}) == "a", "a limit that was raised counts at once"


def test_who_holds_a_spent_account_keeps_it_and_is_told_until_when(protocol: Protocol) -> None:
    staffed(protocol, "a")
    held = uuid4()
    lend(protocol, LIMITS, held)
    limits = LIMITS | {"documents": 0, "cents": 300}
    said = [use(protocol, held, limits) for _ in range(3)]
    assert [one.get("left") for one in said] == [1, 0, None]
    assert [one.get("limit") for one in said] == [None, None, "cents"]
    assert 0 < float(str(said[2]["seconds"])) <= 90_000
    assert lend(protocol, limits, held) == "a", "a lease is renewed whatever was spent"


def test_a_search_is_counted_once_and_what_was_not_bought_is_given_back(protocol: Protocol) -> None:
    staffed(protocol, "a")
    held, first = uuid4(), uuid4()
    lend(protocol, LIMITS, held)
    assert [use(protocol, held, LIMITS, first)["answer"] for _ in range(3)] == ["go"] * 3
    for _ in range(2):
        asked = {"lease_id": held, "use_id": first, "documents": 0, "cents": 0}
        assert protocol.value("pool_account_used", **asked) == "applied"
    assert [use(protocol, held, LIMITS)["answer"] for _ in range(3)] == ["go", "go", "spent"]


def test_the_shortest_time_between_two_searches_holds_over_leases_and_days(protocol: Protocol) -> None:
    staffed(protocol, "a")
    held, limits = uuid4(), {"interval_seconds": 30}
    lend(protocol, limits, held)
    assert use(protocol, held, limits)["answer"] == "go"
    protocol.value("pool_account_return", lease_id=held, result="ok")
    protocol.query("update public.pool_account_uses set day = day - 1")
    again = uuid4()
    assert lend(protocol, limits, again) == "a"
    said = use(protocol, again, limits)
    assert said["answer"] == "wait"
    assert 20 < float(str(said["seconds"])) <= 30
    protocol.query("update public.pool_account_uses set used_at = used_at - interval '30 s'")
    assert use(protocol, again, limits)["answer"] == "go"


def test_yesterday_is_another_day(protocol: Protocol) -> None:
    staffed(protocol, "a")
    held = uuid4()
    lend(protocol, LIMITS, held)
    assert [use(protocol, held, LIMITS)["answer"] for _ in range(3)] == ["go", "go", "spent"]
    protocol.query("update public.pool_account_uses set day = day - 1")
    assert use(protocol, held, LIMITS)["answer"] == "go"
    protocol.query("update public.pool_account_uses set day = day - 50")
    use(protocol, held, LIMITS)
    assert protocol.one("select count(*) n from public.pool_account_uses")["n"] == 1, "old ones are forgotten"


def test_the_one_login_of_the_rdprm_has_its_limits_too(protocol: Protocol) -> None:
    held, limits = uuid4(), {"documents": 0, "cents": 2000, "price_cents": 1200}
    assert lend(protocol, limits, held, "rdprm") == "config"
    use_id = uuid4()
    assert use(protocol, held, limits, use_id)["answer"] == "go"
    assert use(protocol, held, limits)["limit"] == "cents"
    protocol.value("pool_account_used", lease_id=held, use_id=use_id, documents=1, cents=700)
    assert use(protocol, held, limits)["answer"] == "go"
    protocol.value("pool_account_return", lease_id=held, result="ok")
    assert lend(protocol, limits | {"price_cents": 1}, None, "rdprm") == "config"
    assert lend(protocol, limits, None, "rdprm") is None, "in use, which comes first"


def test_whose_account_is_gone_may_begin_nothing_and_what_he_did_is_still_counted(protocol: Protocol) -> None:
    staffed(protocol, "a")
    held, asked = uuid4(), uuid4()
    lend(protocol, LIMITS, held)
    protocol.value("pool_account_return", lease_id=held, result="ok")
    assert use(protocol, held, LIMITS)["answer"] == "lost"
    assert use(protocol, uuid4(), LIMITS)["answer"] == "lost"
    late = {"use_id": asked, "documents": 1, "cents": 150}
    assert protocol.value("pool_account_used", lease_id=held, **late) == "applied"
    assert protocol.value("pool_account_used", lease_id=uuid4(), **late) == "already"
    assert protocol.one("select account, cents from public.pool_account_uses") == {
        "account": "a",
        "cents": 150,
    }
