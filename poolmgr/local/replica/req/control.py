"""What a test, the demo or a measurement asks of the running stand-in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from poolmgr.domain.json import JsonObject, record, strings, whole
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.faults import SLOW_SECONDS, When
from poolmgr.local.replica.req.faults import ReqFault
from poolmgr.local.replica.req.vocabulary import BASE


@dataclass(frozen=True, kw_only=True)
class Visits:
    """Since the last reset: what was searched for, which files were looked at, how often each step was
    reached, and how many requests hang at it now."""

    asked: Sequence[str]
    consulted: Sequence[str]
    reached: Mapping[str, int]
    waiting: Mapping[str, int]


class ReqReplica:
    """Of the same server as the land registry's. Raises Refused for what the stand-in does not know."""

    def __init__(self, replica: Replica) -> None:
        self.replica = replica

    @property
    def url(self) -> str:
        return urljoin(self.replica.url, BASE)

    def ask(self, method: str, name: str, values: JsonObject | None = None) -> JsonObject:
        return self.replica.ask(method, f"req/{name}", values)

    def fault(
        self,
        name: str,
        step: str = "",
        *,
        times: int | None = 1,
        seconds: float = SLOW_SECONDS,
        when: When = "before",
        field: str = "",
        label: str = "",
    ) -> None:
        """Sets one more fault; `times` None lasts until they are cleared."""
        fault = ReqFault(
            name=name, step=step, times=times, seconds=seconds, when=when, field=field, label=label
        )
        self.ask("POST", "faults", fault.values())

    def clear_faults(self) -> None:
        self.ask("DELETE", "faults")

    def release(self) -> None:
        self.ask("POST", "release", {})

    def add_company(self, neq: str, name: str, *others: str, broken: bool = False) -> None:
        """In front of all others; a broken one's page lacks what identifies it."""
        self.ask("POST", "companies", {"neq": neq, "name": name, "others": [*others], "broken": broken})

    def page_size(self, results: int) -> None:
        """So many a page of the list, until the next reset."""
        self.ask("POST", "page_size", {"results": results})

    def visits(self) -> Visits:
        answer = self.ask("GET", "visits")
        reached, waiting = record(answer, "reached"), record(answer, "waiting")
        return Visits(
            asked=strings(answer, "asked"),
            consulted=strings(answer, "consulted"),
            reached={step: whole(reached, step) for step in reached},
            waiting={step: whole(waiting, step) for step in waiting},
        )

    def reset(self) -> None:
        """As after a start."""
        self.ask("POST", "reset", {})
