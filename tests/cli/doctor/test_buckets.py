import asyncio
from pathlib import Path

from poolmgr.cli.doctor import buckets
from poolmgr.cli.doctor.findings import Finding
from poolmgr.cli.environments import Access
from poolmgr.config.settings import EnvironmentSettings, QueueSettings, Settings
from poolmgr.domain.errors import StoreUnreachable
from poolmgr.domain.jobs import EnvironmentName
from poolmgr.domain.json import Json, JsonObject
from poolmgr.stores.paths import BUCKETS


def bucket(**more: Json) -> JsonObject:
    return {"public": False, "file_size_limit": None, "allowed_mime_types": None} | more


def judged(**given: JsonObject) -> dict[str, Finding]:
    sound = {name: bucket() for name in BUCKETS.values()}
    named = {name.replace("_", "-"): one for name, one in given.items()}
    return {one.check: one for one in buckets.judged("storage", sound | named, megabytes=200)}


def test_private_buckets_that_take_anything_or_pdf_are_sound() -> None:
    (finding,) = judged(
        index=bucket(allowed_mime_types=["application/pdf"], file_size_limit=300_000_000)
    ).values()
    assert (finding.check, finding.grade) == ("storage", "ok")


def test_a_missing_bucket_is_a_failure() -> None:
    told = {name: bucket() for name in BUCKETS.values() if name != "actes"}
    (finding,) = buckets.judged("storage", told, megabytes=200)
    assert (finding.check, finding.grade) == ("storage actes", "failure")
    assert "private" in finding.fix


def test_no_bucket_at_all_may_be_the_keys_fault_and_is_said_once() -> None:
    (finding,) = buckets.judged("storage", {}, megabytes=200)
    assert (finding.check, finding.grade, "anon key" in finding.detail) == ("storage", "failure", True)


def test_a_public_bucket_one_without_pdf_and_a_small_one_are_told_apart() -> None:
    found = judged(
        index=bucket(public=True),
        actes=bucket(allowed_mime_types=["image/png"]),
        plans_cadastraux=bucket(file_size_limit=50_000_000),
    )
    assert {check: one.grade for check, one in found.items()} == {
        "storage index": "failure",
        "storage actes": "failure",
        "storage plans-cadastraux": "warning",
    }
    assert "image/png and no PDF" in found["storage actes"].detail
    assert "50 MB" in found["storage plans-cadastraux"].detail


class Shelf:
    """A store of documents as Supabase Storage is one."""

    def __init__(self, down: bool) -> None:
        self.down = down
        self.closed = False

    async def buckets(self) -> list[JsonObject]:
        if self.down:
            raise StoreUnreachable("storage is silent", advice="wait")
        return [bucket(name=name) for name in BUCKETS.values()]

    async def close(self) -> None:
        self.closed = True


class Project(Access):
    """An environment whose documents rest on a shelf."""

    shelf = Shelf(down=False)

    def documents(self, queue: QueueSettings) -> Shelf:  # type: ignore[override]
        return self.shelf


def looked_at(folder: Path, kind: type[Access]) -> list[Finding]:
    found: list[Finding] = []
    access = kind(
        name=EnvironmentName("prod"), database_url="", documents_folder=folder, settings=EnvironmentSettings()
    )
    asyncio.run(buckets.examine(access, Settings(), found))
    return found


def test_a_store_that_knows_its_buckets_is_asked_and_closed(tmp_path: Path) -> None:
    for down, grade in ((False, "ok"), (True, "failure")):
        Project.shelf = Shelf(down=down)
        (finding,) = looked_at(tmp_path, Project)
        assert (finding.check, finding.grade) == ("environment prod storage", grade)
        assert Project.shelf.closed


def test_a_folder_has_no_buckets(tmp_path: Path) -> None:
    (finding,) = looked_at(tmp_path, Access)
    assert (finding.grade, str(tmp_path) in finding.detail) == ("ok", True)
