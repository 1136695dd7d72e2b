"""A job is read, stored and written in its own environment: nothing else can be written down."""

from dataclasses import replace
from uuid import uuid4

import pytest

from poolmgr.config.settings import QueueSettings
from poolmgr.domain.errors import ForeignToken
from poolmgr.domain.jobs import Claim, EnvironmentName, RowId, Token
from poolmgr.domain.outcomes import GiveUp
from poolmgr.stores.purchases import DatabasePurchases
from poolmgr.stores.queue import DatabaseQueue
from tests.stores.scripted import Scripted

PROD, STAGING = EnvironmentName("prod"), EnvironmentName("staging")


def of_staging() -> Token:
    return Token(str(uuid4()), STAGING)


@pytest.fixture
def database() -> Scripted:
    return Scripted(rows=[])


@pytest.fixture
def queue(database: Scripted) -> DatabaseQueue:
    return DatabaseQueue(database, PROD, QueueSettings())


async def test_a_queue_refuses_a_token_of_another_environment(
    queue: DatabaseQueue, database: Scripted
) -> None:
    claim = Claim(environment=STAGING, token=of_staging(), kind="land", row_id=RowId(str(uuid4())), attempt=1)
    mine = Token(str(uuid4()), PROD)
    for call in (
        queue.settle(claim, GiveUp(error="no")),
        queue.renew([mine, claim.token]),
        queue.release([mine, claim.token], "drain"),
        queue.settle(replace(claim, environment=PROD), GiveUp(error="no")),
    ):
        with pytest.raises(ForeignToken, match="A job of staging was about to be written into prod"):
            await call
    assert database.asked == []


async def test_purchases_refuse_a_token_of_another_environment(database: Scripted) -> None:
    purchases = DatabasePurchases(database, PROD)
    for call in (
        purchases.intent(of_staging(), "land", "a lot", 150),
        purchases.mark(1, of_staging(), "clicked", {}),
    ):
        with pytest.raises(ForeignToken):
            await call
    assert database.asked == []


def test_a_token_is_its_text_and_stays_one() -> None:
    token = of_staging()
    assert token == str(token)
    assert {token: 1}[Token(str(token), STAGING)] == 1
    assert token.of(STAGING) == str(token)
    assert type(token.of(STAGING)) is str
