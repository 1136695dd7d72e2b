"""Who searches the stand-in of the REQ with a real browser."""

from dataclasses import dataclass, field

import pytest
from playwright.async_api import BrowserContext

from poolmgr.config.settings import ReqSettings
from poolmgr.domain.errors import PoolError
from poolmgr.local.replica.req.control import ReqReplica
from poolmgr.registries.browser.screen import Screen
from poolmgr.registries.req import names
from poolmgr.registries.req.searching import Findings, Pace, Searching
from tests.registries.browsers import SECONDS


@dataclass
class Seeker:
    """last: the search that was made last, however it ended."""

    context: BrowserContext
    req: ReqReplica
    last: Searching = field(init=False)

    async def search(self, query: str, seconds: float = SECONDS, **settings: float) -> Findings:
        screen = await Screen.opened(self.context, seconds, names.WHERE)
        self.context.set_default_timeout(seconds * 1000)
        values = {"url": self.req.url, "pause_seconds": 0, "result_tries": 1, **settings}
        self.last = Searching(screen, query, ReqSettings.model_validate(values), Pace(0))
        return await self.last.run()

    async def fails(
        self, query: str, kind: type[PoolError], seconds: float = SECONDS, **settings: float
    ) -> PoolError:
        with pytest.raises(kind) as caught:
            await self.search(query, seconds, **settings)
        assert type(caught.value) is kind
        return caught.value


def names_of(findings: Findings) -> list[str]:
    """What the companies call themselves."""
    found = []
    for company in findings.companies:
        state = company.cleaned_data["etat_des_informations"]
        assert isinstance(state, dict)
        identification = state["identification_entreprise"]
        assert isinstance(identification, dict)
        found.append(str(identification["Nom"]))
    return found
