"""Children that get no answer where the scout gets one: said once, when it lasts."""

from collections.abc import Collection
from dataclasses import dataclass

from poolmgr.domain.json import JsonObject, text
from poolmgr.telemetry.events import emit

BEGIN, END = ".unanswered", ".answered"
MOST_OPEN = 1000
LONGEST_WORD = 100
LONGEST_ERROR = 500


@dataclass(kw_only=True)
class Complaint:
    """since: on the parent's clock; while the environment is known to be down, the clock stands still."""

    environment: str
    call: str
    error: str
    since: float


class Complaints:
    """Each child says for itself that an environment does not answer; when that is so for all, the scout has
    said it. `open`: by worker, environment and call; `said`: by environment and call, the sentence."""

    def __init__(self) -> None:
        self.open: dict[tuple[str, str, str], Complaint] = {}
        self.said: dict[tuple[str, str], str] = {}

    def hear(self, worker: str, event: str, fields: JsonObject, now: float) -> None:
        """Of an event that is no complaint nothing is kept."""
        environment, call = text(fields, "environment")[:LONGEST_WORD], event.rpartition(".")[0]
        key = (worker, environment, call)
        if event.endswith(END):
            self.open.pop(key, None)
        elif event.endswith(BEGIN) and len(self.open) < MOST_OPEN:
            error = text(fields, "error")[:LONGEST_ERROR]
            self.open[key] = Complaint(environment=environment, call=call, error=error, since=now)

    def judge(self, living: Collection[str], down: Collection[str], now: float, patience: float) -> None:
        """patience: seconds in which the scout would have seen it, too."""
        self.open = {key: one for key, one in self.open.items() if key[0] in living}
        for one in self.open.values():
            if one.environment in down:
                one.since = now
            elif now - one.since >= patience and (one.environment, one.call) not in self.said:
                self.said[one.environment, one.call] = one.error
                emit("environment.troubled", environment=one.environment, call=one.call, error=one.error)
        lasting = {(one.environment, one.call) for one in self.open.values()}
        for environment, call in [key for key in self.said if key not in lasting]:
            del self.said[environment, call]
            emit("environment.untroubled", environment=environment, call=call)

    def sentences(self, environment: str) -> list[str]:
        """For `status`."""
        return [f"{call}: {error}" for (name, call), error in self.said.items() if name == environment]
