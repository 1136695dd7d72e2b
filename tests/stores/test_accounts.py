"""What any adapter must do with logins, and that no password is ever said."""

from uuid import uuid4

import psycopg
import pytest

from poolmgr.domain.errors import Refused, StoreError
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.purchases import Account, Leave, Registry
from poolmgr.stores.accounts import DatabaseAccounts
from tests.stores.conftest import Till, TillOpening
from tests.stores.rows import add
from tests.stores.scripted import Scripted, answering

SECRET = "très-secret"
DEV = EnvironmentName("dev")


async def lease(till: Till, lease_id: str = "", registry: Registry = "land") -> Account | None:
    lent = await till.accounts.lease(lease_id or str(uuid4()), registry, "w1", "h1", 60)
    assert not isinstance(lent, Leave)
    return lent


async def test_a_lease_brings_an_account_that_nobody_else_gets(
    till: TillOpening, product: psycopg.Connection
) -> None:
    account = add(product, "worker_accounts", username="a", password=SECRET)
    lease_id = str(uuid4())
    async with till() as opened:
        lent = await lease(opened, lease_id)
        assert lent == Account(id=account, username="a", password=SECRET)
        assert await lease(opened, lease_id) == lent
        assert await lease(opened) is None
        assert await opened.accounts.give_back(lease_id, "ok") == "applied"
        assert await opened.accounts.give_back(lease_id, "ok") == "already"
        assert await lease(opened, lease_id) is None
        assert await lease(opened) == lent


async def test_the_account_of_the_configuration_has_one_holder(till: TillOpening) -> None:
    async with till() as opened:
        assert await lease(opened, registry="rdprm") == Account(id="config", username="", password="")
        assert await lease(opened, registry="rdprm") is None


async def test_three_refused_logins_switch_an_account_off(
    till: TillOpening, product: psycopg.Connection
) -> None:
    add(product, "worker_accounts", username="a", password=SECRET)
    async with till() as opened:
        for _ in range(3):
            lease_id = str(uuid4())
            assert await lease(opened, lease_id)
            await opened.accounts.give_back(lease_id, "login_failed")
        assert await lease(opened) is None


async def test_an_account_without_a_login_is_named_by_its_id(
    till: TillOpening, product: psycopg.Connection
) -> None:
    account = add(product, "worker_accounts", username="", password=SECRET)
    async with till() as opened:
        with pytest.raises(StoreError, match=account) as raised:
            await lease(opened)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    "said",
    [
        SECRET,
        [SECRET],
        {"password": SECRET},
        {"id": 5, "username": "a", "password": SECRET},
        {"id": "a", "username": None, "password": SECRET},
        {"id": "a", "username": "a", "password": [SECRET]},
        5,
    ],
)
async def test_an_answer_of_another_form_never_shows_what_it_holds(said: Json) -> None:
    two: list[JsonObject] = [{"pool_account_lease": said}, {"pool_account_lease": said}]
    for database in (answering("pool_account_lease", said), Scripted(rows=two), Scripted(rows=[{"x": said}])):
        with pytest.raises(StoreError) as raised:
            await DatabaseAccounts(database, DEV).lease(str(uuid4()), "land", "w1", "h1", 60)
        assert SECRET not in f"{raised.value} {raised.value!r} {raised.value.__cause__}"


def test_an_account_that_is_shown_hides_its_password() -> None:
    assert SECRET not in repr(Account(id="a", username="a", password=SECRET))


@pytest.mark.parametrize("said", ["refused: no", "lost", "", None, 1])
async def test_a_return_that_answers_an_unknown_word_is_a_store_error(said: Json) -> None:
    with pytest.raises(StoreError, match="pool_account_return answered"):
        await DatabaseAccounts(answering("pool_account_return", said), DEV).give_back(str(uuid4()), "ok")


async def test_accounts_are_put_in_listed_and_switched_without_their_passwords(till: TillOpening) -> None:
    async with till() as opened:
        roster = opened.accounts
        assert [await roster.put("anne", SECRET) for _ in range(2)] == ["added", "already"]
        assert await roster.put("anne", "a newer one") == "replaced"
        assert (await roster.put("", SECRET)).startswith("refused: ")
        (row,) = await roster.accounts_list(9)
        assert (row["username"], row["is_active"], row["failure_count"]) == ("anne", True, 0)
        assert (row["last_used"], row["worker"], row["host"], row["leased_until"]) == (None,) * 4
        assert "password" not in row
        assert [await roster.switch("anne", is_active=False) for _ in range(2)] == ["applied", "already"]
        assert await lease(opened) is None
        assert (await roster.switch("bruno", is_active=True)).startswith("refused: ")
        assert await roster.accounts_list(0) == []


async def test_a_named_account_is_lent_to_one_and_listed_with_its_holder(till: TillOpening) -> None:
    async with till() as opened:
        await opened.accounts.put("anne", SECRET)
        await opened.accounts.switch("anne", is_active=False)
        lease_id = str(uuid4())
        lent = await lease_named(opened, "anne", lease_id)
        assert lent is not None
        assert (lent.username, lent.password) == ("anne", SECRET)
        assert await lease_named(opened, "anne", lease_id) == lent
        assert await lease_named(opened, "anne") is None
        assert await lease_named(opened, "bruno") is None
        (row,) = await opened.accounts.accounts_list(9)
        assert (row["worker"], row["host"]) == ("w2", "h2")
        assert "T" in str(row["leased_until"])
        assert await opened.accounts.give_back(lease_id, "ok") == "applied"


async def lease_named(till: Till, username: str, lease_id: str = "") -> Account | None:
    return await till.accounts.lease_named(lease_id or str(uuid4()), username, "w2", "h2", 60)


async def test_text_that_no_database_holds_is_refused_without_a_word_of_it(till: TillOpening) -> None:
    async with till() as opened:
        for bad in (f"{SECRET}\0", f"{SECRET}\udcff"):
            with pytest.raises(Refused) as raised:
                await opened.accounts.put("anne", bad)
            assert SECRET not in f"{raised.value} {raised.value.__cause__}"


@pytest.mark.parametrize("said", ["lost", "", None, 1])
async def test_an_order_that_answers_an_unknown_word_is_a_store_error(said: Json) -> None:
    with pytest.raises(StoreError, match="pool_account_put answered"):
        await DatabaseAccounts(answering("pool_account_put", said), DEV).put("anne", SECRET)
    with pytest.raises(StoreError, match="pool_account_switch answered"):
        await DatabaseAccounts(answering("pool_account_switch", said), DEV).switch("anne", is_active=True)


@pytest.mark.parametrize("said", [SECRET, [SECRET], {"password": SECRET}, 5])
async def test_a_named_lease_of_another_form_never_shows_what_it_holds(said: Json) -> None:
    database = answering("pool_account_lease_named", said)
    with pytest.raises(StoreError, match="pool_account_lease_named") as raised:
        await DatabaseAccounts(database, DEV).lease_named(str(uuid4()), "anne", "w1", "h1", 60)
    assert SECRET not in f"{raised.value} {raised.value!r}"
