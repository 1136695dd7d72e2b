"""The demo as a newcomer runs it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from poolmgr.local import stack
from tests.pools import command, environment
from tests.waiting import until

DEMO_SECONDS = 150


@pytest.fixture
def data_folder(open_folder: Path) -> Iterator[Path]:
    yield open_folder
    stack.down(open_folder / "demo")


def processes_in(folder: Path) -> list[str]:
    """Command lines that name the folder; ours, and everything the demo starts does."""
    found = psutil.process_iter(["cmdline"])
    return [line for one in found if str(folder) in (line := " ".join(one.info["cmdline"] or []))]


@pytest.mark.timeout(DEMO_SECONDS + 30)
@pytest.mark.parametrize(
    "words", [("--jobs", "7"), pytest.param((), marks=pytest.mark.proof)], ids=["part", "all"]
)
def test_every_document_of_the_demo_ends_as_expected_and_nothing_is_left_running(
    data_folder: Path, words: Sequence[str]
) -> None:
    answer = command(
        "--set", f"pool.data_folder={data_folder}", "demo", "--json", *words,
        folder=data_folder, timeout_seconds=DEMO_SECONDS,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    report = json.loads(answer.stdout)
    assert report["schema"] == 1
    assert set(report) >= {"jobs", "totals", "books", "seconds"}
    assert set(report["jobs"][0]) >= {
        "source", "document", "expected", "outcome", "attempts", "cents", "seconds", "pages", "characters",
        "recall",
    }  # fmt: skip
    assert all(job["as_expected"] for job in report["jobs"])
    check_readings(report)
    check_money(report)
    if not words:
        check_mix(report)
    check_searches(report)
    assert len(list((data_folder / "demo" / "texts").glob("*.txt"))) == len(read(report))
    assert processes_in(data_folder) == []


def read(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [job for job in report["jobs"] if job["recall"] is not None]


def of(report: dict[str, Any], *sources: str) -> list[dict[str, Any]]:
    return [job for job in report["jobs"] if job["source"] in sources]


def check_searches(report: dict[str, Any]) -> None:
    """A name that is known, and one that is not, in each of the two registries."""
    found, nothing = of(report, "req")
    assert (found["outcome"], found["companies"], nothing["outcome"], nothing["companies"]) == (
        "done", 3, "error", 0,
    )  # fmt: skip
    assert "Aucune entreprise trouvée" in nothing["error"]
    assert [(job["form"], job["outcome"], job["cents"]) for job in of(report, "rdprm")] == [
        ("found", "done", 1200), ("nothing", "done", 1200),
    ]  # fmt: skip
    assert report["totals"]["companies"] == 3


def check_readings(report: dict[str, Any]) -> None:
    """What is good is read well; what is not ends in its own way."""
    good = read(report)
    assert {job["form"] for job in good} >= {"born_digital", "scanned"}
    assert all(job["recall"] >= (0.95 if job["form"] == "scanned" else 0.99) for job in good)
    bad = [job for job in report["jobs"] if job["expected"] == "error" and job["source"] != "req"]
    assert bad
    assert all(job["attempts"] == 1 and job["error"] for job in bad)
    held = [job for job in report["jobs"] if job["expected"] == "held"]
    assert all(job["attempts"] == 0 and "purchases allow" in job["error"] for job in held)


def check_mix(report: dict[str, Any]) -> None:
    """Everything that the demo promises to show is there."""
    assert len(report["jobs"]) >= 20
    good = read(report)
    scanned = [job for job in good if job["form"] == "scanned"]
    # an index is one page: it is read from the register's own table
    assert 14 <= sum(job["pages"] for job in good) <= 24
    assert 4 <= sum(job["pages"] for job in scanned) <= 8
    assert {(job["source"], job["form"]) for job in good} == {
        ("index", "cut_once"),
        *((source, form) for source in ("index", "acte") for form in ("born_digital", "scanned")),
    }
    plans = [job for job in report["jobs"] if job["source"] == "plan_cadastraux"]
    assert [job["outcome"] for job in plans] == ["done", "done"]
    bad = {job["form"]: job for job in of(report, "index", "acte") if job["expected"] == "error"}
    assert set(bad) == {"encrypted", "missing", "ambiguous"}
    assert "may be « Bonaventure 1 », « Bonaventure 2 »" in bad["ambiguous"]["error"]
    assert {job["form"] for job in report["jobs"] if job["expected"] == "held"} == {"corrupt", "empty"}
    (again,) = (job for job in report["jobs"] if job["form"] == "cut_once")
    assert again["saved_again"] == 1


def check_money(report: dict[str, Any]) -> None:
    """What the register sells was paid once; a file that was cut was saved again and not bought again."""
    unsold = ("missing", "ambiguous")
    documents = of(report, "index", "acte", "plan_cadastraux")
    assert all(job["cents"] == (0 if job["form"] in unsold else 150) for job in documents)
    cents = 150 * sum(1 for job in documents if job["form"] not in unsold) + 2 * 1200
    assert report["books"] == {
        "agree": True, "ledger_cents": cents, "till_cents": cents, "differences": [],
    }  # fmt: skip
    assert report["totals"]["cents"] == cents


def test_a_demo_that_is_interrupted_leaves_nothing_running(data_folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "poolmgr", "--set", f"pool.data_folder={data_folder}", "demo", "--jobs", "60"],
        cwd=data_folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    until((data_folder / "demo" / "control.sock").exists, 30, "the pool's start")
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) != 0
    until(lambda: processes_in(data_folder) == [], 15, "the end of every process")


@pytest.mark.proof
def test_a_stack_that_is_kept_holds_the_texts_until_it_is_stopped(data_folder: Path) -> None:
    here = ("--set", f"pool.data_folder={data_folder}")
    answer = command(
        *here, "demo", "--jobs", "3", "--searches", "0", "--seed", "5", "--keep", "--json", folder=data_folder
    )
    assert answer.returncode == 0, answer.stderr
    report = json.loads(answer.stdout)
    assert len(report["jobs"]) == 3
    with psycopg.connect(report["database_url"]) as connection:
        query = "select left(file_content, 14) from public.extraction_queue where status_id = 5"
        assert connection.execute(query).fetchall() == [("--- Page 1 ---",)] * 2
    kept = ("--set", f"pool.data_folder={data_folder / 'demo'}", "local")
    assert command(*kept, "status", folder=data_folder).returncode == 0
    assert command(*kept, "down", folder=data_folder).returncode == 0
    assert processes_in(data_folder) == []
