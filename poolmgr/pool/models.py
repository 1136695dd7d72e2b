"""What the scout says of paid models: the use of their limits, and what they cost today."""

from dataclasses import dataclass, field

from poolmgr.domain.json import Json, JsonObject, number, record, records, text, whole
from poolmgr.telemetry.events import emit

MOST_MODELS = 20
LONGEST_WORD = 200
FIGURES = ("requests", "requests_limit", "tokens", "tokens_limit", "stopped_seconds")


@dataclass
class Models:
    """spent: whether the day's money is; said once, and once that it is not any more."""

    limits: list[JsonObject] = field(default_factory=list)
    spent_micros: int = 0
    limit_micros: int = 0
    heard: bool = False
    spent: bool = False

    def hear(self, message: JsonObject) -> bool:
        self.limits = [plain(one) for one in records(message, "limits")[:MOST_MODELS]]
        self.spent_micros = whole(message, "spent_micros")
        self.limit_micros = whole(message, "limit_micros")
        self.heard = True
        self.judge()
        return True

    def judge(self) -> None:
        before, self.spent = self.spent, self.spent_micros >= self.limit_micros
        if self.spent != before:
            error = f"the day's money for models is spent: quota.cad_a_day is {self.limit_micros / 1e6:g}"
            emit(
                "models.spent" if self.spent else "models.free",
                cad=round(self.spent_micros / 1e6, 4),
                error=error if self.spent else "",
            )

    def as_json(self) -> JsonObject | None:
        """None where no model is paid for."""
        if not self.heard:
            return None
        return {
            "limits": list[Json](self.limits),
            "cad_today": round(self.spent_micros / 1e6, 4),
            "cad_a_day": round(self.limit_micros / 1e6, 4),
        }


def plain(one: JsonObject) -> JsonObject:
    waiting = record(one, "waiting")
    return {
        "model": text(one, "model")[:LONGEST_WORD],
        **{key: whole(one, key) for key in FIGURES},
        "factor": number(one, "factor", 1.0),
        "paused_seconds": number(one, "paused_seconds"),
        "waiting": {name[:LONGEST_WORD]: whole(waiting, name) for name in list(waiting)[:MOST_MODELS]},
    }
