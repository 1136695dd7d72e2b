"""Writes docs/proof.md after a whole `make proof`: what ran, how long, and the figures each test recorded."""

import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

REPORT = Path(__file__).parents[1] / "docs" / "proof.md"


@dataclass(frozen=True, kw_only=True)
class Result:
    name: str
    outcome: str
    seconds: float
    figures: str

    @property
    def group(self) -> tuple[str, str, str]:
        """Cases of one test that passed and have nothing to tell are one line."""
        alike = self.outcome == "passed" and not self.figures
        return (self.name.partition("[")[0] if alike else self.name, self.outcome, self.figures)


class ProofReport:
    """Figures come from the tests' own `record_property(name, value)`."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.results: list[Result] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.failed:
            self.results.append(
                Result(
                    name=report.nodeid.removeprefix("tests/").replace("|", "\\|"),
                    outcome=report.outcome,
                    seconds=report.duration,
                    figures=", ".join(f"{name} {value}" for name, value in report.user_properties),
                )
            )

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.results and session.config.args_source.name != "ARGS":
            lines = [*self.heading(), *table(self.results)]
            REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def heading(self) -> list[str]:
        commit = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            capture_output=True,
            text=True,
            check=False,
            cwd=REPORT.parent,
        )
        memory = psutil.virtual_memory().total / 2**30
        return [
            "# The last long run",
            "",
            "Written by `make proof`; a fault counts only if its victim held a lease.",
            "",
            (
                f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit.stdout.strip() or 'unknown'}, "
                f"{psutil.cpu_count()} cores, {memory:.0f} GiB."
            ),
            "",
        ]


def table(results: Sequence[Result]) -> Iterator[str]:
    """What failed first, then by name. seconds: of all cases together."""
    yield "| test | cases | outcome | seconds | figures |"
    yield "|---|---|---|---|---|"
    groups: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for one in results:
        groups[one.group].append(one.seconds)
    for name, outcome, figures in sorted(groups, key=lambda group: (group[1] == "passed", group)):
        seconds = groups[name, outcome, figures]
        yield f"| {name} | {len(seconds)} | {outcome} | {sum(seconds):.0f} | {figures} |"


def pytest_configure(config: pytest.Config) -> None:
    if config.option.markexpr == "proof":
        config.pluginmanager.register(ProofReport(config), "proof-report")
