"""The work of a child that takes jobs of several kinds."""

from collections.abc import Mapping

from poolmgr.domain.errors import NotAvailable
from poolmgr.domain.jobs import Claim, JobKind
from poolmgr.domain.json import JsonObject
from poolmgr.domain.outcomes import Outcome
from poolmgr.domain.ports import Documents
from poolmgr.registries.browser.story import telling
from poolmgr.workers.jobs import DoWork


class ByKind:
    """Each job to the work of its kind, each with its own story."""

    def __init__(self, works: Mapping[JobKind, DoWork]) -> None:
        self.works = works

    async def __call__(self, claim: Claim, documents: Documents) -> Outcome:
        work = self.works.get(claim.kind)
        if work is None:
            raise NotAvailable(f"This child does no {claim.kind} jobs.")
        job: JsonObject = {
            "environment": claim.environment,
            "kind": claim.kind,
            "row": claim.row_id,
            "attempt": claim.attempt,
        }
        with telling(job):
            return await work(claim, documents)
