"""What a test, the demo or a measurement asks of a running replica."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import ProxyHandler, Request, build_opener

import orjson

from poolmgr.domain.errors import Refused
from poolmgr.domain.json import JsonObject, record, text, whole
from poolmgr.local.replica.asked import Asked
from poolmgr.local.replica.faults import SLOW_SECONDS, Fault, When
from poolmgr.local.replica.paths import CONTROL
from poolmgr.local.replica.till import Receipts

LIMIT_SECONDS = 10.0
# whatever proxy the environment names: the replica is on this machine
OPENER = build_opener(ProxyHandler({}))


@dataclass(frozen=True, kw_only=True)
class Steps:
    """How often each step was reached since the last reset, and how many requests hang at it now."""

    reached: Mapping[str, int]
    waiting: Mapping[str, int]


class Replica:
    """`url` is the site's base, as the stack tells it. Raises Refused for what the replica does not know."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, method: str, name: str, values: JsonObject | None = None) -> JsonObject:
        body = None if values is None else orjson.dumps(values)
        request = Request(urljoin(self.url, f"{CONTROL}{name}"), body, method=method)
        try:
            with OPENER.open(request, timeout=LIMIT_SECONDS) as response:
                answer: JsonObject = orjson.loads(response.read())
        except HTTPError as refused:
            with refused:
                raise Refused(text(orjson.loads(refused.read()), "error")) from refused
        return answer

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
        spares: int = 0,
    ) -> None:
        """Sets one more fault; `times` None lasts until they are cleared."""
        fault = Fault(
            name=name,
            step=step,
            times=times,
            seconds=seconds,
            when=when,
            field=field,
            label=label,
            spares=spares,
        )
        self.ask("POST", "faults", fault.values())

    def clear_faults(self) -> None:
        self.ask("DELETE", "faults")

    def release(self) -> None:
        """Lets go what hangs now."""
        self.ask("POST", "release", {})

    def till(self) -> Receipts:
        return Receipts.read(self.ask("GET", "till"))

    def steps(self) -> Steps:
        answer = self.ask("GET", "steps")
        reached, waiting = record(answer, "reached"), record(answer, "waiting")
        return Steps(
            reached={step: whole(reached, step) for step in reached},
            waiting={step: whole(waiting, step) for step in waiting},
        )

    def settings(
        self,
        *,
        save_mode: str | None = None,
        session_seconds: float | None = None,
        blank_first_option: bool | None = None,
        accounts: Mapping[str, str] | None = None,
    ) -> None:
        """Sets what is given. `accounts` are all that the site then knows, with their passwords."""
        values: JsonObject = {
            "save_mode": save_mode,
            "session_seconds": session_seconds,
            "blank_first_option": blank_first_option,
            "accounts": None if accounts is None else {**accounts},
        }
        self.ask("POST", "settings", {name: value for name, value in values.items() if value is not None})

    def add_document(self, asked: Asked) -> None:
        """This number exists there from now on, and nowhere else."""
        self.ask("POST", "documents", asked.values())

    def reset(self) -> None:
        """As after a start; the till alone forgets nothing."""
        self.ask("POST", "reset", {})
