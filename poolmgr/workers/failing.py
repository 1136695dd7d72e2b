"""Keeping what a failed job's pages show, quickly or not at all: its own error is never held up by it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import orjson
from playwright.async_api import BrowserContext, Error

from poolmgr.registries.browser.evidence import Sheet, collect
from poolmgr.registries.browser.steps import first_line
from poolmgr.registries.browser.story import STORY, Story
from poolmgr.stores.failures import Failures
from poolmgr.telemetry.secrets import Redactor
from poolmgr.workers.buying import AskedAlready, NotClicked
from poolmgr.workers.pipe import Pipe
from poolmgr.workers.visits import TooMany

LONGEST_TEXT = 2000
NO_FAILURES = (AskedAlready, NotClicked, TooMany)
"""No site was asked for anything then."""


class Failing:
    """secrets: of the configuration; no site knows them, so they go to no page."""

    def __init__(self, failures: Failures, seconds: float, secrets: Sequence[str], pipe: Pipe) -> None:
        self.failures = failures
        self.seconds = seconds
        self.secrets = tuple(secrets)
        self.pipe = pipe

    async def keep(self, context: BrowserContext, error: BaseException, told: Sequence[str] = ()) -> None:
        """Within `seconds`. Raises nothing: what failed is known already, and has to be said. told: the
        secrets that the site knows."""
        story = STORY.get()
        if story is None or not self.failures.days or not is_failure(error, story):
            return
        found: list[Sheet] = []
        looking = asyncio.ensure_future(collect(context, told, found))
        with suppress(asyncio.CancelledError):  # then the job ends with its own error, at once
            await asyncio.wait({looking}, timeout=self.seconds)
        looking.cancel()
        self.write(story, error, found, reason(looking), told)

    def write(
        self, story: Story, error: BaseException, found: Sequence[Sheet], why: str, told: Sequence[str]
    ) -> None:
        said = {**story.as_json(), "error": str(error) or type(error).__name__, "class": type(error).__name__}
        if why:
            said["not_kept"] = why
        said["pages"] = [one.address for one in found]
        plain = Redactor([*self.secrets, *told]).plain(said, LONGEST_TEXT)
        files = {"story.json": orjson.dumps(plain, option=orjson.OPT_INDENT_2)}
        for number, one in enumerate(found, 1):
            name = "page" if number == 1 else f"page-{number}"
            files |= {f"{name}.html": one.html.encode()}
            files |= {f"{name}.png": one.picture} if one.picture else {}
        job = {name: str(story.job.get(name, "")) for name in ("environment", "kind", "row")}
        try:
            place = self.failures.keep(job["environment"], job["kind"], job["row"], files)
            self.failures.sweep()
        except OSError as trouble:
            self.pipe.event("failure.lost", **story.job, error=str(trouble))
            return
        self.pipe.event("failure.kept", **story.job, folder=str(place))


def is_failure(error: BaseException, story: Story) -> bool:
    """A job that is stopped has not failed, one whose time is over has."""
    if isinstance(error, asyncio.CancelledError):
        return story.is_late
    return isinstance(error, Exception) and not isinstance(error, NO_FAILURES)


def reason(looking: asyncio.Future[None]) -> str:
    """Why not all of the pages are kept; empty when they are."""
    if not looking.done():
        return "the browser did not answer in time"
    if looking.cancelled():
        return "there was no time left"
    error = looking.exception()
    return "" if error is None else first_line(error) if isinstance(error, Error) else type(error).__name__
