"""Sessions with hosted browsers: each registry at its own address, and no trouble of one is another's."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from poolmgr.cli import registre
from poolmgr.config.settings import Settings
from poolmgr.local.replica.control import Replica
from poolmgr.registries.browser.driver import Browser
from poolmgr.registries.browser.hosted import HostedBrowser
from poolmgr.registries.browser.workshop import Workshop
from tests.registries.hosts import KEY, host
from tests.replicas import index, put_accounts, put_orders
from tests.workers.counters import CounterOpening
from tests.workers.purse import PurseOpening
from tests.workers.shopping import outcome_of, shopping

FAR = SecretStr("wss://browsers.example/?apiKey=k3y")


async def test_each_address_has_its_own_browser_and_this_machine_has_one(at_counter: CounterOpening) -> None:
    async with at_counter("anne") as here:
        seats = here.hall.seats
        assert seats.browsing() is seats.browsing(SecretStr(""))
        assert seats.browsing(FAR) is seats.browsing(SecretStr(FAR.get_secret_value()))
        async with seats.browsing(FAR).visiting():
            assert (seats.browsing(FAR).users, seats.browsing().users) == (1, 0)
        await seats.prove()
        assert len(here.hall.browsers) == 2


async def test_a_hosted_browser_that_fails_rests_its_registry_alone(at_counter: CounterOpening) -> None:
    async with at_counter("anne") as here:
        here.work.readiness.need_no_browser()
        settled = Settings.model_validate({"rdprm": {"cdp_url": FAR}})
        here.work.readiness.doubt("rdprm", settled.rdprm, "it does not answer")
        assert [here.gate.takes(kind) for kind in ("land", "rdprm")] == [True, False]
        assert here.gate.width > 0
        here.work.readiness.doubt("land", settled.foncier, "it does not answer")
        assert here.gate.width == 0


def test_the_browser_of_this_machine_does_not_reach_what_is_visited_with_another(tmp_path: Path) -> None:
    read = {"automation_acknowledged": True}
    settled = Settings.model_validate({"foncier": read, "req": read | {"cdp_url": FAR}})
    assert registre.hosts(settled) == ["www.registrefoncier.gouv.qc.ca"]
    workshop = Workshop(tmp_path, "worker-1")
    far = registre.browser(settled.req.cdp_url, settled, workshop, [])
    near = registre.browser(settled.foncier.cdp_url, settled, workshop, [])
    assert (type(far), type(near)) == (HostedBrowser, Browser)


@pytest.mark.proof
async def test_a_document_is_bought_with_a_hosted_browser_whose_key_is_said_nowhere(
    purse: PurseOpening, replica: Replica, tmp_path: Path
) -> None:
    with host(tmp_path) as hosted:
        async with (
            purse() as open_purse,
            shopping(open_purse, replica.url, cdp_url=hosted.address.get_secret_value()) as show,
        ):
            put_accounts(open_purse.database, 1)
            (row,) = put_orders(open_purse.database, [index("2784199")])
            show.loop.hear({"word": "wake"})
            assert await outcome_of(show, row) == "done"
            (started,) = await show.parent.hears_of("browser.started")
            assert started["hosted"] is True
            assert KEY not in str(show.parent.said)
            assert hosted.process.poll() is None
