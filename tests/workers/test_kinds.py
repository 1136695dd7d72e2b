"""Each job goes to the work of its kind."""

import pytest

from poolmgr.domain.errors import NotAvailable
from poolmgr.domain.jobs import Claim, EnvironmentName, JobKind, RowId, Token
from poolmgr.domain.outcomes import Done, Outcome
from poolmgr.domain.ports import Documents
from poolmgr.workers.kinds import ByKind
from tests.workers.queues import DocumentsInMemory


def claim(kind: JobKind) -> Claim:
    dev = EnvironmentName("dev")
    return Claim(environment=dev, token=Token("t", dev), kind=kind, row_id=RowId("r"), attempt=1)


async def land(claim: Claim, _: Documents) -> Outcome:
    return Done(result={"land": claim.row_id})


async def req(claim: Claim, _: Documents) -> Outcome:
    return Done(result={"req": claim.row_id})


async def test_a_job_goes_to_the_work_of_its_kind() -> None:
    work = ByKind({"land": land, "req": req})
    assert await work(claim("req"), DocumentsInMemory()) == Done(result={"req": "r"})
    assert await work(claim("land"), DocumentsInMemory()) == Done(result={"land": "r"})


async def test_a_kind_that_nobody_does_is_nobodys_fault() -> None:
    with pytest.raises(NotAvailable, match="no rdprm jobs"):
        await ByKind({"land": land})(claim("rdprm"), DocumentsInMemory())
