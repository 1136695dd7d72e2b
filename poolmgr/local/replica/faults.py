"""What is to go wrong, where and how often."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, Self, TypeAlias

from poolmgr.domain.json import JsonObject, number, text, whole
from poolmgr.local.replica.names import FIELDS, FRAMES, LABELS, Look
from poolmgr.local.replica.steps import ANSWERS, FAULTS, FILES, STANDING, STEPS

When: TypeAlias = Literal["before", "after"]
SLOW_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`times` None: until cleared. `when` is before or after the step has done what it does. So many
    visits as it `spares` pass the step before it meets one.

    `field` is what a standing fault is about: a field, a word, an account. `label` is its new name or word.
    """

    name: str
    step: str = ""
    times: int | None = None
    seconds: float = SLOW_SECONDS
    when: When = "before"
    field: str = ""
    label: str = ""
    spares: int = 0

    @classmethod
    def read(cls, values: JsonObject) -> Self:
        """Raises ValueError with what is wrong about it."""
        name, step = text(values, "name"), text(values, "step")
        if name in FILES:
            step = step or "save"
        fault = cls(
            name=name,
            step=step,
            times=None if values.get("times") is None else whole(values, "times"),
            seconds=number(values, "seconds", SLOW_SECONDS),
            when="after" if text(values, "when") == "after" else "before",
            field=text(values, "field"),
            label=text(values, "label"),
            spares=whole(values, "spares"),
        )
        fault.check()
        return fault

    def check(self) -> None:
        if self.name not in FAULTS:
            raise ValueError(f"name is one of {', '.join(FAULTS)}")
        if self.name not in STANDING and self.step not in STEPS:
            raise ValueError(f"step is one of {', '.join(STEPS)}")
        known = {"renamed_field": FIELDS, "changed_label": LABELS, "frame_missing": FRAMES}.get(self.name)
        if known is not None and self.field not in known:
            raise ValueError(f"field is one of {', '.join(known)}")

    def values(self) -> JsonObject:
        return {
            "name": self.name,
            "step": self.step,
            "times": self.times,
            "seconds": self.seconds,
            "when": self.when,
            "field": self.field,
            "label": self.label,
            "spares": self.spares,
        }

    @property
    def new_name(self) -> str:
        return self.label or f"{self.field}Nouv"


class Faults:
    """The faults that are set, in the order in which they were.

    answers: those that take the place of an answer. elsewhere: those that no step meets.
    """

    answers: tuple[str, ...] = ANSWERS
    elsewhere: tuple[str, ...] = (*FILES, *STANDING)

    def __init__(self) -> None:
        self.all: list[Fault] = []

    def set(self, fault: Fault) -> None:
        self.all.append(fault)

    def clear(self) -> None:
        self.all.clear()

    def take(self, step: str, when: When) -> Iterator[Fault]:
        """The waits that meet this step now, up to the first answer; each is used up by one."""
        for fault in [*self.all]:
            if (fault.step, fault.when) == (step, when) and fault.name not in self.elsewhere:
                if fault.spares:
                    self.all[self.all.index(fault)] = replace(fault, spares=fault.spares - 1)
                    continue
                self.use(fault)
                yield fault
                if fault.name in self.answers:
                    return

    def take_file(self) -> str:
        """What is to become of the file that is saved now; empty for nothing."""
        fault = next((fault for fault in self.all if fault.name in FILES), None)
        if fault is None:
            return ""
        self.use(fault)
        return fault.name

    def use(self, fault: Fault) -> None:
        if fault.times is None or fault not in self.all:
            return
        position = self.all.index(fault)
        if fault.times > 1:
            self.all[position] = replace(fault, times=fault.times - 1)
        else:
            del self.all[position]

    def standing(self, name: str) -> list[Fault]:
        return [fault for fault in self.all if fault.name == name]

    def meets(self, name: str, username: str) -> bool:
        """Whether a standing fault is about this account, or about all."""
        return any(fault.field in ("", username) for fault in self.standing(name))

    def look(self, *, blank: bool) -> Look:
        return Look(
            names={fault.field: fault.new_name for fault in self.standing("renamed_field")},
            words={fault.field: fault.new_name for fault in self.standing("changed_label")},
            blank_first_option=blank or bool(self.standing("blank_first_option")),
            duplicate_options=bool(self.standing("duplicate_options")),
        )
