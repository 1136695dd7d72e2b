"""Writes docs/proof.md after a whole `make proof`: what ran, how long, and the figures each test recorded."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

REPORT = Path(__file__).parents[1] / "docs" / "proof.md"


class ProofReport:
    """Figures come from the tests' own `record_property(name, value)`."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.lines: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.failed:
            figures = ", ".join(f"{name} {value}" for name, value in report.user_properties)
            name = report.nodeid.removeprefix("tests/").replace("|", "\\|")
            self.lines.append(f"| {name} | {report.outcome} | {report.duration:.0f} | {figures} |")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.lines and session.config.args_source.name != "ARGS":
            REPORT.write_text("\n".join([*self.heading(), *self.lines]) + "\n", encoding="utf-8")

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
            "| test | outcome | seconds | figures |",
            "|---|---|---|---|",
        ]


def pytest_configure(config: pytest.Config) -> None:
    if config.option.markexpr == "proof":
        config.pluginmanager.register(ProofReport(config), "proof-report")
