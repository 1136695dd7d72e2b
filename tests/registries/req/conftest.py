"""Each test has a page of its own on the stand-in of the REQ, which is as after a start."""

from collections.abc import Iterator

import pytest
from playwright.async_api import BrowserContext

from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.req.control import ReqReplica
from tests.registries.req.seeker import Seeker


@pytest.fixture
def req(running_replica: Replica) -> Iterator[ReqReplica]:
    stand_in = ReqReplica(running_replica)
    stand_in.reset()
    yield stand_in
    stand_in.reset()


@pytest.fixture
def seeker(context: BrowserContext, req: ReqReplica) -> Seeker:
    return Seeker(context, req)
