"""Whether the land registry turns this machine away: obeyed, never got around."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from poolmgr.domain.errors import SiteChanged, SiteDown, TurnedAway
from poolmgr.domain.json import text
from poolmgr.registries.browser.screen import Screen
from poolmgr.registries.foncier.messages import BAN_MARKS, BAN_STATUSES, recognise

SHOWN_CHARACTERS = 200


@asynccontextmanager
async def explained(screen: Screen) -> AsyncIterator[None]:
    """What is not as expected may be a refusal of us: raises TurnedAway for SiteDown and SiteChanged then."""
    try:
        yield
    except (SiteDown, SiteChanged):
        if why := await refusal(screen):
            raise TurnedAway(why) from None
        raise


async def refusal(screen: Screen) -> str:
    """In the words of the page that is shown; empty when it says nothing of the kind."""
    evidence = await screen.evidence()
    said = " ".join(text(evidence, "text").split())
    message = recognise(said)
    is_refused = message is not None and message.meaning == "excess"
    if is_refused or screen.status in BAN_STATUSES or await screen.holds(BAN_MARKS):
        shown = f"{text(evidence, 'page')} (status {screen.status}) shows « {said[:SHOWN_CHARACTERS]} »"
        return f"The site turns this machine away: {shown}."
    return ""
