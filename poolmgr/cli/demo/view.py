"""What the demo shows: progress while it runs, a table at the end. Progress goes to stderr, always."""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from poolmgr.cli.demo.books import Books
from poolmgr.cli.demo.jobs import Result, kinds_at_work
from poolmgr.cli.printing import WIDEST
from poolmgr.domain.json import JsonObject, text

LINE_EVERY_SECONDS = 2.0
STATES = ("waiting", "running", "done", "error", "held")


class Progress:
    """One line that lives on a terminal; elsewhere a new line every two seconds."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.live = (
            Live(console=console, refresh_per_second=8, transient=True) if console.is_terminal else None
        )
        self.said_at = -LINE_EVERY_SECONDS

    def __enter__(self) -> Self:
        if self.live:
            self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live:
            self.live.stop()

    def show(self, rows: Mapping[str, JsonObject], status: JsonObject, seconds: float) -> None:
        line = summary(rows, status, seconds)
        if self.live:
            self.live.update(Text(line))
        elif seconds - self.said_at >= LINE_EVERY_SECONDS:
            self.said_at = seconds
            self.console.print(line, highlight=False, soft_wrap=True)


def summary(rows: Mapping[str, JsonObject], status: JsonObject, seconds: float) -> str:
    states = Counter(text(row, "state") for row in rows.values())
    jobs = " ".join(f"{state} {states[state]}" for state in STATES)
    kinds = (
        ", ".join(f"{count} {kind}" for kind, count in sorted(kinds_at_work(status).items())) or "none yet"
    )
    ended = states["done"] + states["error"] + states["held"]
    pace = f"{60 * ended / seconds:.0f} jobs a minute" if seconds >= 1 else "starting"
    return f"{seconds:5.1f} s  jobs: {jobs}  children: {kinds}  {pace}"


def table(results: Sequence[Result]) -> Table:
    shown = Table(box=None, pad_edge=False)
    for title in ("document", "outcome"):
        shown.add_column(title, no_wrap=True)
    for title in ("attempts", "CAD", "seconds", "pages", "characters", "recall", "companies"):
        shown.add_column(title, justify="right", no_wrap=True)
    for one in results:
        shown.add_row(
            one.job.sample.name,
            outcome_text(one),
            str(one.attempts),
            f"{one.cents / 100:.2f}" if one.cents else "-",
            f"{one.seconds:.1f}",
            str(one.pages or "-"),
            str(one.characters or "-"),
            "-" if one.recall is None else f"{one.recall:.3f}",
            str(one.found or "-"),
        )
    return shown


def print_whole(shown: Table, console: Console) -> None:
    """No cell is shortened, however narrow the terminal."""
    wide = Console(file=console.file, width=WIDEST, force_terminal=console.is_terminal)
    wide.print(shown, crop=False)


def outcome_text(one: Result) -> Text:
    if not one.as_expected:
        why = f"{one.outcome}, expected {one.job.sample.expected}"
        if one.outcome == one.job.sample.expected and one.recall is None:
            why = f"{one.outcome}, {one.found} companies"
        elif one.outcome == one.job.sample.expected:
            why = f"{one.outcome}, recall under {one.job.sample.least_recall}"
        return Text(why, style="red")
    if one.outcome == "done":
        return Text("done", style="green")
    return Text(f"{one.outcome} (expected)", style="yellow")


def errors(results: Sequence[Result]) -> list[str]:
    return [f"{one.job.sample.name}: {one.error}" for one in results if one.error]


def conclusion(totals: JsonObject, seconds: float) -> str:
    return (
        f"{totals['as_expected']} of {totals['jobs']} jobs as expected, "
        f"{totals['pages']} pages in {seconds:.1f} s, "
        f"{totals['pages_a_minute']} pages a minute, least recall {totals['least_recall']}"
    )


def money(books: Books) -> str:
    """What a person who pays wants to know."""
    spent, sold = books.ledger_cents / 100, books.till_cents / 100
    if books.agree:
        return f"{spent:.2f} CAD spent, and the registry's till says the same: nothing was paid twice"
    return f"{spent:.2f} CAD spent, but the till says {sold:.2f}: {'; '.join(books.differences)}"
