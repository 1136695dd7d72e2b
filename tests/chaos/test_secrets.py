import json
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil

from poolmgr.pool import control
from tests.chaos import papers
from tests.chaos.audit import Audit
from tests.chaos.faults import freeze_holder, is_replaced
from tests.clusters import Database
from tests.journald import Journald, reading_journald
from tests.pools import Pool, Setting, command, put
from tests.waiting import until

# As they stand in a URL, and as they are meant.
SECRETS = {
    "in use": "g%2Eheim-one-A1b2C3",
    "of a database that is away": "g%2Eheim-two-D4e5F6",
    "service key": "eyJhbGciOi.g.heim-three.G7h8",
    "redis": "g%2Eheim-four-J9k0",
    "mistyped": "g.heim-five-L1m2",
}
VERBS = (
    ("status",), ("status", "--json"), ("check-config",), ("doctor",), ("doctor", "--json"), ("reload",),
    ("jobs", "list"), ("purchases", "list"), ("migrate", "plan"), ("status", "--decisions"), ("plan",),
)  # fmt: skip


def configured(database: Database, folder: Path) -> dict[str, Setting]:
    away = f"postgresql://postgres:{SECRETS['of a database that is away']}@127.0.0.1:1/postgres"
    return {
        "log__level": "debug",
        "log__format": "journal",
        "log__files": True,
        "log__journal_socket": str(folder / "journal"),
        "environments__dev__database_url": database.url.replace(
            "//postgres@", f"//postgres:{SECRETS['in use']}@"
        ),
        "environments__dev__service_key": SECRETS["service key"],
        "environments__prod__database_url": away,
        "environments__prod__documents_folder": str(folder / "elsewhere"),
        "redis__url": f"redis://:{SECRETS['redis']}@127.0.0.1:1/0",
    }


def test_a_whole_run_with_outages_shows_no_secret_anywhere(
    any_database: Database, tmp_path: Path, audit: Audit
) -> None:
    documents = [papers.scan(2), b"no pdf", papers.printed(1, 40)]
    rows = put(tmp_path, any_database, [("ocr_index", data) for data in documents])
    said: dict[str, str] = {}
    with (
        reading_journald(tmp_path / "journal") as journal,
        Pool(tmp_path, any_database, **configured(any_database, tmp_path)) as pool,
    ):
        victim = freeze_holder(pool, audit)
        victim.kill()
        until(lambda: is_replaced(pool, victim), 5, "a replacement")
        until(lambda: audit.is_settled(rows), 30, "the end of the jobs")
        until(lambda: journal.entries(POOL_EVENT="environment.down"), 10, "the outage")
        said["command lines"] = "\n".join(command_lines(pool))
        for words in VERBS:
            answer = command(*words, folder=tmp_path)
            said[" ".join(words)] = answer.stdout + answer.stderr
        for word in ("status", "decisions", "reload", "nonsense"):
            said[f"control {word}"] = json.dumps(control.ask(pool.control_path, word, 10))
        check_mistyped(pool, said, journal)
        assert pool.stop() == 0
        assert journal.entries(POOL_EVENT="pool.stopped")
        said["journal"] = "\n".join(one.decode(errors="replace") for one in journal.raw)
    said |= {str(file.relative_to(tmp_path)): file.read_text(errors="replace") for file in written(tmp_path)}
    logged = "".join(text for where, text in said.items() if where.endswith(".ndjson"))
    for event in ("job.claimed", "child.exited", "environment.down", "pool.reload_refused"):
        assert event in said["journal"]
        assert event in logged
    assert all(said[where] for where in ("status", "doctor", "check-config", "command lines"))
    shown = [
        f"{name}: {where}"
        for name, secret in SECRETS.items()
        for where, text in said.items()
        if secret in text or secret.replace("%2E", ".") in text
    ]
    assert shown == []


def written(folder: Path) -> list[Path]:
    """Whatever the pool and its verbs left there; config.toml and the papers are the test's own."""
    files = [file for file in folder.rglob("*") if file.is_file() and file.name != "config.toml"]
    return [file for file in files if folder / "documents" not in file.parents]


def check_mistyped(pool: Pool, said: dict[str, str], journal: Journald) -> None:
    """A secret in the wrong form is wrong, and still a secret."""
    pool.configure(environments__dev__database_url=SECRETS["mistyped"])
    pool.send(signal.SIGHUP)
    until(lambda: journal.entries(POOL_EVENT="pool.reload_refused"), 10, "the refusal")
    answer = command("check-config", folder=pool.folder)
    assert answer.returncode == 78
    said["check-config of a mistake"] = answer.stdout + answer.stderr


def command_lines(pool: Pool) -> Iterator[str]:
    for process in [psutil.Process(pool.pid), *pool.descendants()]:
        yield " ".join(process.cmdline())
