"""The work of a child that takes jobs of several kinds."""

from collections.abc import Mapping

from poolmgr.domain.errors import NotAvailable
from poolmgr.domain.jobs import Claim, JobKind
from poolmgr.domain.outcomes import Outcome
from poolmgr.domain.ports import Documents
from poolmgr.workers.jobs import DoWork


class ByKind:
    """Each job to the work of its kind."""

    def __init__(self, works: Mapping[JobKind, DoWork]) -> None:
        self.works = works

    async def __call__(self, claim: Claim, documents: Documents) -> Outcome:
        work = self.works.get(claim.kind)
        if work is None:
            raise NotAvailable(f"This child does no {claim.kind} jobs.")
        return await work(claim, documents)
