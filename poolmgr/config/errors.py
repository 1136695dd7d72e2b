"""What is wrong with a configuration: every problem at once, each with its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing to correct.

    where: `config.toml:12`, `environment` or `command line`; key: the key or variable written there.
    """

    where: str
    key: str
    sentence: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.where, self.key, self.sentence) if part)


class ConfigError(Exception):
    """The configuration cannot be used."""

    exit_code: ClassVar[int] = 78

    def __init__(self, sentence: str, *, advice: str = "", problems: Sequence[Problem] = ()) -> None:
        self.sentence = sentence
        self.advice = advice
        self.problems = tuple(problems)
        super().__init__(sentence)

    def __str__(self) -> str:
        return f"{self.sentence}\n  {self.advice}" if self.advice else self.sentence
