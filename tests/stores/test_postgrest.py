"""What becomes of an answer that is an error, is late, is lost, or is no answer of PostgREST at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import psycopg
import pytest
from pydantic import SecretStr

from poolmgr.config.settings import QueueSettings
from poolmgr.domain.errors import NotMigrated, PoolError, Refused, StoreError, StoreUnreachable, Unauthorised
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.json import Json
from poolmgr.domain.outcomes import Done
from poolmgr.stores.postgrest import PostgrestDatabase
from poolmgr.stores.project import Project
from poolmgr.stores.queue import DatabaseQueue
from tests.project.faults import FAULTS, Fault, Faults
from tests.project.keys import key, signed
from tests.project.opened import Hosted
from tests.stores.rows import add_downloaded, cell

LOST_REPLIES: tuple[Fault, ...] = tuple(fault for fault in FAULTS if fault not in ("delayed", "hangs"))


@asynccontextmanager
async def opened(
    hosted: Hosted, role: str = "service_role", call_timeout_seconds: float = 10.0
) -> AsyncIterator[PostgrestDatabase]:
    database = hosted.rest(role, call_timeout_seconds)
    try:
        yield database
    finally:
        await database.close()


def queue_over(database: PostgrestDatabase) -> DatabaseQueue:
    return DatabaseQueue(database, EnvironmentName("dev"), QueueSettings())


async def error_of(database: PostgrestDatabase, function: str, **arguments: Json) -> PoolError:
    with pytest.raises(PoolError) as raised:
        await database.call(function, arguments)
    return raised.value


@pytest.mark.parametrize("role", ["anon", "authenticated"])
async def test_the_public_keys_open_nothing_and_are_told_which_key_does(
    hosted_project: Hosted, role: str
) -> None:
    async with opened(hosted_project, role) as database:
        error = await error_of(database, "pool_version")
    assert isinstance(error, Unauthorised)
    assert "service_role" in error.advice
    assert key(role) not in str(error)


@pytest.mark.parametrize(
    "wrong", ["no.key.atall", signed({"role": "service_role"}, "another secret that is long enough too")]
)
async def test_a_key_that_is_none_is_unauthorised_and_not_shown(hosted_project: Hosted, wrong: str) -> None:
    project = Project(url=hosted_project.url, key=SecretStr(wrong))
    database = PostgrestDatabase(project, call_timeout_seconds=5, connections=1)
    error = await error_of(database, "pool_version")
    await database.close()
    assert isinstance(error, Unauthorised)
    assert wrong not in str(error)


async def test_a_database_without_our_functions_is_not_migrated(
    hosted_project: Hosted, any_database: object
) -> None:
    async with opened(hosted_project) as database:
        missing = await error_of(database, "pool_nothing")
        other = await error_of(database, "pool_depths", colour="red")
    assert isinstance(missing, NotMigrated)
    assert isinstance(other, NotMigrated)
    assert "registre-pool migrate" in missing.advice


async def test_data_that_the_database_cannot_hold_is_refused(hosted_project: Hosted) -> None:
    async with opened(hosted_project) as database:
        for arguments in (
            {"settings": {"land_unknown": "a\0b"}},
            {"settings": {"land_unknown": "\ud800"}},
            {"settings": {"max_attempts": 2**70}},
        ):
            assert isinstance(await error_of(database, "pool_configure", **arguments), Refused)
        assert isinstance(await error_of(database, "pool_why", kind="land", row_id="no uuid"), Refused)


async def test_an_address_that_is_no_project_says_so(hosted_project: Hosted) -> None:
    project = Project(url=f"{hosted_project.url}/elsewhere", key=SecretStr(key("service_role")))
    database = PostgrestDatabase(project, call_timeout_seconds=5, connections=1)
    error = await error_of(database, "pool_version")
    await database.close()
    assert isinstance(error, StoreError)
    assert "no PostgREST" in str(error)


async def test_nobody_there_is_unreachable_within_the_time_of_a_call(hosted_project: Hosted) -> None:
    nowhere = Project(url="http://127.0.0.1:9", key=SecretStr("key"))
    database = PostgrestDatabase(nowhere, call_timeout_seconds=5, connections=1)
    assert isinstance(await error_of(database, "pool_version"), StoreUnreachable)
    await database.close()
    hosted_project.meets(Faults(share=1, kinds=("hangs",)))
    async with opened(hosted_project, call_timeout_seconds=0.2) as silent:
        error = await error_of(silent, "pool_version")
    assert isinstance(error, StoreUnreachable)
    assert "within 0.2 s" in str(error)


async def test_postgrest_without_its_database_is_unreachable(hosted_project: Hosted) -> None:
    assert hosted_project.database is not None
    hosted_project.gateway.rest = hosted_project.gateway.rest and hosted_project.gateway.rest / "gone"
    async with opened(hosted_project) as database:
        error = await error_of(database, "pool_version")
    assert isinstance(error, StoreUnreachable)
    assert "503" in str(error)


@pytest.mark.parametrize("fault", LOST_REPLIES)
async def test_an_answer_lost_on_its_way_is_asked_for_again_and_nothing_is_done_twice(
    hosted_project: Hosted, any_database: object, fault: Fault
) -> None:
    """Claim, settle and an order: one fault each, then the truth."""
    assert hosted_project.database is not None
    product = hosted_project.database.connect()
    rows = [add_downloaded(product) for _ in range(2)]
    async with opened(hosted_project) as database:
        queue = queue_over(database)
        met = hosted_project.meets(OnceEach(share=1, kinds=(fault,)))
        claim_id = str(uuid4())
        if fault not in ("doubled", "hangs up"):
            with pytest.raises(StoreUnreachable):  # whoever asks for work repeats it himself, and knows it
                await queue.claim(claim_id, ["ocr_index"], "w", "h", 1)
        claims = await queue.claim(claim_id, ["ocr_index"], "w", "h", 1)
        assert len(claims) == 1
        said = await queue.settle(claims[0], Done(result={"file_content": "texte"}))
        assert said in ("applied", "already")
        assert await queue.cancel("ocr_index", next(row for row in rows if row != claims[0].row_id)) in (
            "applied",
            "already",
        )
    assert met.hits[fault] == 3
    assert cell(product, "extraction_queue", claims[0].row_id, "file_content") == "texte"
    assert live_leases(product) == 0


async def test_many_calls_at_once_share_few_connections(hosted_project: Hosted) -> None:
    async with opened(hosted_project) as database:
        answers = await asyncio.gather(*(database.call("pool_version", {}) for _ in range(40)))
        assert len(answers) == 40
        assert len(hosted_project.gateway.lines) <= 4


async def test_nothing_is_opened_before_the_first_call(hosted_project: Hosted) -> None:
    database = hosted_project.rest()
    assert database.client is None
    await database.close()


class OnceEach(Faults):
    """The first request of each path meets the fault, the rest none."""

    def __init__(self, **values: object) -> None:
        super().__init__(**values)  # type: ignore[arg-type]
        self.seen: set[str] = set()

    def draw(self, path: str) -> Fault | None:
        if path in self.seen:
            return None
        self.seen.add(path)
        return super().draw(path)


def live_leases(product: psycopg.Connection) -> int:
    row = product.execute("select count(*) from public.pool_leases where ended_at is null").fetchone()
    assert row is not None
    return int(row[0])
