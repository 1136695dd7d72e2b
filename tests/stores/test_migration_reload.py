import pytest

from poolmgr.domain.errors import NotMigrated, PoolError, StoreError, StoreUnreachable
from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.ports import Database as DatabasePort
from poolmgr.stores import migrations
from poolmgr.stores.migration_files import Migration
from poolmgr.stores.migration_reload import is_reloaded
from poolmgr.stores.migrations import Step
from tests.clusters import Database
from tests.stores.conftest import direct

FILES = [Migration(name=f"pool_00{number}_a.sql", text=str(number)) for number in (1, 2)]


def version(*files: Migration) -> JsonObject:
    recorded: list[Json] = [{"name": file.name, "checksum": file.checksum} for file in files]
    return {"migrations": recorded}


class Reloading(DatabasePort):
    """PostgREST around a reload: what it answers to one call after the other; the last for ever."""

    def __init__(self, *answers: JsonObject | PoolError) -> None:
        self.answers = list(answers)

    async def call(self, function: str, arguments: JsonObject) -> list[JsonObject]:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, PoolError):
            raise answer
        return [{function: answer}]

    async def close(self) -> None: ...


async def test_what_postgrest_does_not_know_yet_is_asked_again() -> None:
    names = [file.name for file in FILES]
    answers = (NotMigrated("PGRST202"), StoreUnreachable("restarting"), version(FILES[0]), version(*FILES))
    database = Reloading(*answers)
    assert await is_reloaded(database, names, seconds=10)
    assert len(database.answers) == 1


async def test_it_is_not_waited_for_longer_than_is_said() -> None:
    assert not await is_reloaded(Reloading(NotMigrated("PGRST205")), ["pool_001_a.sql"], seconds=0.05)


async def test_an_answer_that_no_waiting_changes_is_raised() -> None:
    with pytest.raises(StoreError, match="anon"):
        await is_reloaded(Reloading(StoreError("the key is of anon")), ["pool_001_a.sql"], seconds=10)


async def test_a_plan_by_call_alone_tells_all_states() -> None:
    newer = Migration(name="pool_009_newer.sql", text="9")
    changed = Migration(name=FILES[0].name, text="other")
    steps = await migrations.plan_by_call(Reloading(version(FILES[0], newer)), files=[changed, FILES[1]])
    assert steps == [
        Step(name=FILES[0].name, state="changed"),
        Step(name=FILES[1].name, state="pending"),
        Step(name=newer.name, state="unknown"),
    ]


async def test_a_plan_by_call_where_nothing_was_ever_applied_is_all_pending(empty_url: str) -> None:
    async with direct(empty_url) as database:
        steps = await migrations.plan_by_call(database)
    assert {step.state for step in steps} == {"pending"}


async def test_a_plan_by_call_says_what_a_plan_says(database: Database) -> None:
    async with direct(database.url) as store:
        assert await migrations.plan_by_call(store) == await migrations.plan(database.url)
