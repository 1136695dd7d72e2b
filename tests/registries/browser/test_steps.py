import asyncio
import traceback

import pytest
from playwright.async_api import Error
from playwright.async_api import TimeoutError as BrowserTimeout

from poolmgr.domain.errors import BrowserLost, Outage, SiteChanged, SiteDown
from poolmgr.registries.browser import steps
from poolmgr.registries.browser.steps import step, translated

SECRET = "g.heim-A1b2C3"


@pytest.mark.parametrize(
    ("said", "kind", "sentence"),
    [
        (
            "net::ERR_CONNECTION_REFUSED at http://site/?session=1",
            SiteDown,
            "Opening: ERR_CONNECTION_REFUSED.",
        ),
        ("net::ERR_NAME_NOT_RESOLVED at https://site/", SiteDown, "Opening: ERR_NAME_NOT_RESOLVED."),
        ("Execution context was destroyed", SiteDown, "Opening: Execution context was destroyed"),
        ("Target page, context or browser has been closed", BrowserLost, "Opening: Target page, context or"),
        ("Page crashed", BrowserLost, "Opening: Page crashed"),
        ("Connection closed while reading from the driver", BrowserLost, "Opening: Connection closed"),
        ("write EPIPE", BrowserLost, "Opening: write EPIPE"),
    ],
)
def test_an_error_of_the_browser_is_the_sites_or_its_own(
    said: str, kind: type[Outage], sentence: str
) -> None:
    error = translated("Opening", Error(f"{said}\nCall log:\n  - fill({SECRET!r})"))
    assert type(error) is kind
    assert error.sentence.startswith(sentence)
    assert SECRET not in str(error)
    assert "session" not in str(error)


async def test_a_page_that_does_not_come_in_time_is_the_sites_fault() -> None:
    with pytest.raises(SiteDown, match=r"^Opening: nothing came within 3 s\.$") as caught:
        async with step("Opening", 3):
            raise BrowserTimeout(f"Timeout 3000ms exceeded.\nCall log:\n  - fill({SECRET!r})")
    assert SECRET not in "".join(traceback.format_exception(caught.value))


async def test_a_driver_that_says_nothing_at_all_is_a_lost_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "DRIVER_MARGIN_SECONDS", 0.0)
    with pytest.raises(BrowserLost, match=r"Opening: the browser did not answer within 0.01 s"):
        async with step("Opening", 0.01):
            await asyncio.Event().wait()


async def test_an_error_that_was_understood_already_stays_what_it_is() -> None:
    with pytest.raises(SiteChanged, match=r"^no button$"):
        async with step("Looking", 1), step("Looking closer", 1):
            raise SiteChanged("no button")


async def test_a_step_that_is_cancelled_is_no_error_of_anybody() -> None:
    began = asyncio.Event()

    async def work() -> None:
        async with step("Waiting", 60):
            began.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
