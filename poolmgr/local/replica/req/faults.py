"""What is to go wrong on this site, where and how often."""

from dataclasses import dataclass

from starlette.responses import Response

from poolmgr.local.replica.connections import HangUp
from poolmgr.local.replica.faults import Fault, Faults
from poolmgr.local.replica.passage import Passage
from poolmgr.local.replica.req import notices
from poolmgr.local.replica.req.vocabulary import ANSWERS, FAULTS, FIELDS, LABELS, STANDING, STEPS
from poolmgr.local.replica.visit import Visit


@dataclass(frozen=True, kw_only=True)
class ReqFault(Fault):
    def check(self) -> None:
        if self.name not in FAULTS:
            raise ValueError(f"name is one of {', '.join(FAULTS)}")
        if self.name not in STANDING and self.step not in STEPS:
            raise ValueError(f"step is one of {', '.join(STEPS)}")
        known = {"renamed_field": FIELDS, "changed_label": LABELS}.get(self.name)
        if known is not None and self.field not in known:
            raise ValueError(f"field is one of {', '.join(known)}")


class ReqFaults(Faults):
    answers = ANSWERS
    elsewhere = STANDING


class ReqPassage(Passage):
    def reply(self, fault: Fault, _visit: Visit) -> Response:
        return HangUp(self.server) if fault.name == "disconnect" else notices.OF_FAULT[fault.name]()
