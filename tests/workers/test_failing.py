"""A failed job's pages are kept for people, without its secrets, and never at the job's expense."""

import asyncio
import json
import stat
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import orjson
import pytest
from PIL import Image
from playwright.async_api import BrowserContext

from poolmgr.config.settings import OcrSettings
from poolmgr.domain.errors import NotSold, SiteDown
from poolmgr.domain.jobs import JobKind
from poolmgr.domain.json import JsonObject, strings, text
from poolmgr.local.replica.accounts import ACCOUNTS, RDPRM
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.rdprm.control import RdprmReplica
from poolmgr.local.replica.req.control import ReqReplica
from poolmgr.ocr.tessdata import find
from poolmgr.ocr.tesseract import recognise
from poolmgr.registries.browser.story import limited, telling
from poolmgr.stores.failures import Failures
from poolmgr.workers.buying import NotClicked
from poolmgr.workers.failing import Failing
from tests.pools import command, configuration
from tests.replicas import acte, put_accounts, put_names, put_orders, put_searches
from tests.workers.purse import PurseOpening
from tests.workers.shopping import outcome_of, shopping
from tests.workers.stage import line

JOB: JsonObject = {"environment": "dev", "kind": "land", "row": "row-1", "attempt": 1}
LOGINS = [one for account in (*ACCOUNTS, RDPRM) for one in (account.username, account.password)]
SECRETS = (*LOGINS, RDPRM.answer)


class Silent:
    """A browser's session that never answers."""

    async def cookies(self) -> Sequence[object]:
        await asyncio.Event().wait()
        return []


SILENT = cast("BrowserContext", Silent())


def failures(folder: Path) -> Failures:
    return Failures(folder=folder / "failures", days=1, megabytes=100)


def story(folder: Path, row: str) -> JsonObject:
    (file,) = [one for one in failures(folder).of(row) if one.name == "story.json"]
    found: JsonObject = orjson.loads(file.read_bytes())
    return found


async def test_a_browser_that_does_not_answer_is_waited_for_no_longer_than_was_said(tmp_path: Path) -> None:
    async with line() as (_, pipe):
        failing = Failing(failures(tmp_path), 0.2, ["s3cret-key"], pipe)
        began = time.monotonic()
        with telling(JOB) as told:
            told.tell("Opening the s3cret-key page")
            await failing.keep(SILENT, SiteDown("down, with s3cret-key"), ["ab1234"])
        assert time.monotonic() - began < 5
        found = story(tmp_path, "row-1")
        assert (found["class"], found["error"]) == ("SiteDown", "down, with ***")
        assert (found["pages"], found["not_kept"]) == ([], "the browser did not answer in time")
        assert strings(found, "steps")[0].endswith("Opening the *** page")


async def test_a_time_limit_that_ends_meanwhile_changes_nothing_of_the_error(tmp_path: Path) -> None:
    async with line() as (_, pipe):
        failing = Failing(failures(tmp_path), 30, [], pipe)
        began = time.monotonic()

        async def work() -> None:
            async with limited(0.2):
                try:
                    raise NotSold("nothing there", evidence={})
                except NotSold as error:
                    await failing.keep(SILENT, error)
                    raise

        with telling(JOB), pytest.raises(NotSold):
            await work()
        assert time.monotonic() - began < 5
        assert story(tmp_path, "row-1")["not_kept"] == "the browser did not answer in time"


async def test_a_job_whose_time_is_over_has_failed_and_one_that_is_stopped_has_not(tmp_path: Path) -> None:
    async with line() as (_, pipe):
        failing = Failing(failures(tmp_path), 0.1, [], pipe)

        async def work(row: str, seconds: float) -> None:
            with telling({**JOB, "row": row}):
                async with limited(seconds):
                    try:
                        await asyncio.Event().wait()
                    except BaseException as error:
                        await failing.keep(SILENT, error)
                        raise

        with pytest.raises(TimeoutError):
            await work("late", 0.1)
        stopped = asyncio.create_task(work("stopped", 30))
        await asyncio.sleep(0)
        stopped.cancel()
        await asyncio.wait({stopped})
        assert stopped.cancelled()
        assert story(tmp_path, "late")["class"] == "CancelledError"
        assert failures(tmp_path).of("stopped") == []


async def test_what_no_site_was_asked_for_is_not_kept_nor_what_is_no_job(tmp_path: Path) -> None:
    async with line() as (_, pipe):
        failing = Failing(failures(tmp_path), 0.1, [], pipe)
        await failing.keep(SILENT, SiteDown("nobody's"))
        with telling(JOB):
            await failing.keep(SILENT, NotClicked("the lease is lost"))
        assert failures(tmp_path).kept() == []


async def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_raised(tmp_path: Path) -> None:
    (tmp_path / "failures").write_text("no folder")
    async with line() as (parent, pipe):
        with telling(JOB):
            await Failing(failures(tmp_path), 0.1, [], pipe).keep(SILENT, SiteDown("down"))
        (lost,) = await parent.hears_of("failure.lost")
        assert "exists" in text(lost, "error")


def check_harmless(files: Sequence[Path]) -> None:
    """They may be read by anybody whom their owner gives them."""
    for file in files:
        data = file.read_bytes()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        for secret in SECRETS:
            assert secret.encode() not in data, (file, secret)


async def test_a_failed_job_keeps_its_page_and_jobs_show_says_where(
    purse: PurseOpening, replica: Replica
) -> None:
    replica.fault("unknown_page", "submit", times=1)
    async with purse() as open_purse:
        put_accounts(open_purse.database)
        async with shopping(open_purse, replica.url, step_seconds=5, answer_seconds=1) as show:
            (row,) = put_orders(open_purse.database, [acte("12345678")])
            show.loop.hear({"word": "wake"})
            await outcome_of(show, row)
        found = failures(open_purse.folder).of(row)
        assert [one.name for one in found] == ["page.html", "page.png", "story.json"]
        check_harmless(found)
        page = found[0].read_text()
        assert "Script/13_01_11/pf_13_01_11_08_reqst.asp" in page
        told = story(open_purse.folder, row)
        assert (told["kind"], told["row"], told["class"]) == ("land", row, "SiteDown")
        steps = "\n".join(strings(told, "steps"))
        assert steps.index("Opening the search for an acte") < steps.index(
            "Pressing the button « Rechercher »"
        )
        assert show.parent.events("failure.kept")
        config = configuration(
            open_purse.folder, open_purse.database, {"pool.data_folder": str(open_purse.folder)}
        )
        (open_purse.folder / "config.toml").write_text(config)
        answer = command("jobs", "show", row, "--json", folder=open_purse.folder)
        assert json.loads(answer.stdout)["kept"] == [str(one) for one in found]
        assert str(found[1]) in command("jobs", "show", row, folder=open_purse.folder).stdout


def words_of(picture: Path) -> str:
    """As a person reads them; twice as large, for Tesseract likes it so."""
    with Image.open(picture) as image:
        grey = image.convert("L").resize((image.width * 2, image.height * 2))
    return recognise(np.asarray(grey, dtype=np.uint8), 192, find(OcrSettings()), "fra", 60).text


@pytest.mark.proof
async def test_no_login_is_to_be_read_in_the_pictures_of_any_registrys_failures(
    purse: PurseOpening, replica: Replica
) -> None:
    rdprm, req = RdprmReplica(replica.url), ReqReplica(replica)
    rdprm.fault("account_lock", times=None)
    req.fault("unknown_page", "results", times=None)
    kinds: tuple[JobKind, ...] = ("land", "req", "rdprm")
    async with purse() as open_purse:
        put_accounts(open_purse.database)
        async with shopping(open_purse, replica.url, claims=kinds, step_seconds=3) as show:
            rows = [
                # The form says who is logged in, and the place is ambiguous.
                *put_orders(open_purse.database, [acte("12345678", circonscription_fonciere="Bonaventure")]),
                *put_searches(open_purse.database, "quincaillerie"),
                *put_names(open_purse.database, "Béton Fictif inc."),
            ]
            show.loop.hear({"word": "wake"})
            for row in rows:
                await outcome_of(show, row)
        found = {row: failures(open_purse.folder).of(row) for row in rows}
    check_harmless([file for files in found.values() for file in files])
    land, company, name = [
        words_of(next(file for file in found[row] if file.name == "page.png")) for row in rows
    ]
    assert "Fermer la session" in land
    assert "Type de document" in land
    assert "replica-" not in land
    assert "verrouill" in name
    assert RDPRM.username not in name
    assert company
    assert replica.till().orders == []
