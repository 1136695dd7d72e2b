"""Money over environments and hosts: databases share nothing, hosts on one database share everything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import psycopg
import pytest

from poolmgr.config.settings import QueueSettings
from poolmgr.domain.errors import ForeignToken
from poolmgr.domain.jobs import Claim, EnvironmentName
from poolmgr.domain.json import JsonObject
from poolmgr.domain.outcomes import Done, Released
from poolmgr.domain.purchases import Intent, PurchaseId
from poolmgr.stores.purchases import DatabasePurchases
from poolmgr.stores.queue import DatabaseQueue
from tests.clusters import Cluster, Database
from tests.stores.conftest import direct
from tests.stores.rows import add_land, cell

ONE_DOCUMENT: JsonObject = {"budgets": {"land": 299}, "prices": {"land": 150}}


@dataclass(frozen=True, kw_only=True)
class Host:
    """One machine's way to one environment, over connections of its own."""

    name: str
    queue: DatabaseQueue
    purchases: DatabasePurchases
    product: psycopg.Connection

    async def claim(self) -> Claim | None:
        found = await self.queue.claim(str(uuid4()), ["land"], f"worker of {self.name}", self.name, 1)
        return found[0] if found else None

    async def claim_new(self, source: str = "index") -> Claim:
        """A new row, or an older one that waits still."""
        add_land(self.product, source=source)
        claim = await self.claim()
        assert claim is not None
        return claim

    async def intend(self, claim: Claim, identity: str = "a lot") -> Intent:
        return await self.purchases.intent(claim.token, "land", identity, 150)

    async def click(self, claim: Claim, identity: str = "a lot") -> PurchaseId:
        intent = await self.intend(claim, identity)
        assert intent.answer == "go"
        assert await self.purchases.mark(intent.id, claim.token, "clicked", {}) == "applied"
        return intent.id

    async def deliver(self, claim: Claim, purchase: PurchaseId) -> None:
        facts: JsonObject = {"sha256": "ab", "size": 2, "host": self.name}
        assert await self.purchases.mark(purchase, claim.token, "secured", facts) == "applied"
        done = Done(result={"supabase_path": "actes/a.pdf"})
        assert await self.queue.settle(claim, done) == "applied"

    async def ready(self) -> int:
        depths = await self.queue.depths(self.name)
        return next(depth.ready for depth in depths if depth.kind == "land")


@asynccontextmanager
async def host(database: Database, environment: str, name: str) -> AsyncIterator[Host]:
    named = EnvironmentName(environment)
    async with direct(database.url) as adapter:
        yield Host(
            name=name,
            queue=DatabaseQueue(adapter, named, QueueSettings()),
            purchases=DatabasePurchases(adapter, named),
            product=database.connect(),
        )


@asynccontextmanager
async def environments(
    cluster: Cluster, database: Database, settings: JsonObject
) -> AsyncIterator[tuple[Host, Host]]:
    """One host, two environments: prod and dev, with the same settings."""
    other = cluster.create_database()
    async with AsyncExitStack() as stack:
        stack.callback(cluster.drop_database, other)
        both = (
            await stack.enter_async_context(host(database, "prod", "h1")),
            await stack.enter_async_context(host(other, "dev", "h1")),
        )
        for one in both:
            await one.queue.configure(settings)
        yield both


@asynccontextmanager
async def hosts(database: Database, settings: JsonObject) -> AsyncIterator[tuple[Host, Host]]:
    """Two hosts, one environment."""
    async with host(database, "prod", "h1") as first, host(database, "prod", "h2") as second:
        await first.queue.configure(settings)
        yield first, second


RICH: JsonObject = {"budgets": {"land": 1_000_000}}


async def test_what_may_be_paid_in_one_environment_holds_nothing_in_another(
    cluster: Cluster, database: Database
) -> None:
    async with environments(cluster, database, RICH) as (prod, dev):
        claim = await prod.claim_new()
        purchase = await prod.click(claim)
        await prod.purchases.mark(purchase, claim.token, "unknown", {})
        assert await prod.queue.settle(claim, Released(error="stop", after_seconds=0)) == "applied"
        other = await prod.claim_new()
        assert await prod.intend(other) == Intent(answer="held", id=purchase)
        there = await dev.claim_new()
        assert (await dev.intend(there)).answer == "go"
        with pytest.raises(ForeignToken):
            await dev.purchases.mark(purchase, claim.token, "secured", {})
        assert (await dev.purchases.allow(purchase + 1000, "marie")).startswith("refused: ")
        assert (await prod.purchases.states([purchase])) == {purchase: "unknown"}
        assert cell(prod.product, "extraction_queue", claim.row_id, "status_id") == 4


async def test_what_may_be_paid_on_one_host_is_held_on_every_other(database: Database) -> None:
    async with hosts(database, RICH) as (here, there):
        claim = await here.claim_new()
        purchase = await here.click(claim)
        await here.queue.settle(claim, Released(error="stop", after_seconds=0))
        assert await there.claim() is None
        other = await there.claim_new()
        assert await there.intend(other) == Intent(answer="held", id=purchase)
        assert await there.purchases.allow(purchase, "marie") == "applied"
        again = await there.claim()
        assert again is not None
        assert again.row_id == claim.row_id
        assert (await there.intend(again)).answer == "go"


async def test_each_environment_has_its_own_budget(cluster: Cluster, database: Database) -> None:
    async with environments(cluster, database, ONE_DOCUMENT) as (prod, dev):
        await prod.click(await prod.claim_new())
        add_land(prod.product)
        assert (await prod.claim(), await prod.ready()) == (None, 0)
        await dev.click(await dev.claim_new())
        (spent,) = await dev.purchases.budgets(1)
        assert (spent["spent_cents"], spent["enough"]) == (150, False)


async def test_hosts_of_one_environment_share_its_budget(database: Database) -> None:
    async with hosts(database, ONE_DOCUMENT) as (here, there):
        await here.click(await here.claim_new())
        add_land(here.product)
        assert (await there.claim(), await there.ready(), await here.ready()) == (None, 0, 0)
        assert await here.purchases.budgets(1) == await there.purchases.budgets(1)


async def test_of_two_hosts_that_ask_at_once_one_gets_the_last_of_the_budget(database: Database) -> None:
    async with hosts(database, ONE_DOCUMENT) as (here, there):
        claims = [await here.claim_new(), await there.claim_new()]
        answers = await asyncio.gather(here.intend(claims[0], "a"), there.intend(claims[1], "b"))
        assert sorted(one.answer for one in answers) == ["go", "over_budget"]
        reserved = next(one for one in answers if one.answer == "over_budget")
        assert (reserved.limit_cents, reserved.reserved_cents, reserved.spent_cents) == (299, 150, 0)


async def test_a_new_day_begins_in_each_environment(cluster: Cluster, database: Database) -> None:
    async with environments(cluster, database, ONE_DOCUMENT) as both:
        for one in both:
            await one.click(await one.claim_new())
            add_land(one.product)
            assert await one.claim() is None
        prod, dev = both
        prod.product.execute("update public.pool_budgets set day = day - 1")
        assert await prod.claim() is not None
        assert await dev.claim() is None


async def test_a_document_is_used_again_in_its_own_environment_alone(
    cluster: Cluster, database: Database
) -> None:
    async with environments(cluster, database, RICH) as (prod, dev):
        claim = await prod.claim_new("acte")
        purchase = await prod.click(claim, "an acte")
        await prod.deliver(claim, purchase)
        again = await prod.intend(await prod.claim_new("acte"), "an acte")
        assert (again.answer, again.id, again.path) == ("reuse", purchase, "actes/a.pdf")
        there = await dev.intend(await dev.claim_new("acte"), "an acte")
        assert there.answer == "go"


async def test_a_document_is_used_again_on_every_host(database: Database) -> None:
    async with hosts(database, RICH) as (here, there):
        claim = await here.claim_new("acte")
        purchase = await here.click(claim, "an acte")
        assert (await there.intend(await there.claim_new("acte"), "an acte")).answer == "wait"
        await here.deliver(claim, purchase)
        again = await there.intend(await there.claim_new("acte"), "an acte")
        assert (again.answer, again.id) == ("reuse", purchase)


async def test_a_paid_file_is_delivered_by_its_host_alone_though_nothing_is_left(database: Database) -> None:
    async with hosts(database, ONE_DOCUMENT) as (here, there):
        claim = await here.claim_new()
        purchase = await here.click(claim)
        await here.purchases.mark(purchase, claim.token, "secured", {"sha256": "ab", "host": "h1"})
        await here.queue.settle(claim, Released(error="storage is away", after_seconds=0))
        assert (await there.claim(), await there.ready(), await here.ready()) == (None, 0, 1)
        again = await here.claim()
        assert again is not None
        assert again.row_id == claim.row_id
        assert await here.queue.settle(again, Done(result={"supabase_path": "index/a.pdf"})) == "applied"
        assert await there.purchases.states([purchase]) == {purchase: "delivered"}
