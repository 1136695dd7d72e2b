"""Accounts as people put them in: no password is ever said."""

import json
import os
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pytest

from poolmgr.domain.json import JsonObject, records
from tests.cli.conftest import Verb
from tests.clusters import Database
from tests.pools import environment
from tests.waiting import until

SECRET = "Très;secret,1"


def stored(database: Database) -> dict[str, tuple[str, bool, int]]:
    """password, is_active, failure_count by name."""
    query = "select username, password, is_active, failure_count from public.worker_accounts"
    return {
        name: (password, active, failed)
        for name, password, active, failed in database.connect().execute(query)
    }


def add(verb: Verb, username: str, password: str) -> str:
    answer = verb("accounts", "add", username, "--password-stdin", piped=f"{password}\n")
    assert answer.returncode == 0, answer.stderr
    assert password not in answer.stdout + answer.stderr
    return answer.stdout


def listed(verb: Verb) -> list[JsonObject]:
    answer = verb("accounts", "list", "--json")
    found: JsonObject = json.loads(answer.stdout)
    assert found["schema"] == 1
    return records(found, "accounts")


def lend(database: Database, username: str) -> None:
    """As a worker of a pool on another host has it."""
    database.connect("service_role").execute(
        "select public.pool_account_lease_named(%s, %s, 'registre-1-x', 'elsewhere', 600)",
        (uuid4(), username),
    )


def test_an_account_is_added_from_a_pipe_given_another_password_and_never_shown(
    verb: Verb, any_database: Database
) -> None:
    assert add(verb, "anne", SECRET) == "anne added\n"
    assert add(verb, " anne ", SECRET) == "anne has this password already\n"
    assert add(verb, "anne", "another one").startswith("anne has another password now")
    assert stored(any_database) == {"anne": ("another one", True, 0)}
    shown = verb("accounts", "list")
    assert shown.stdout.split()[:8] == [
        "username", "state", "failures", "last_used", "worker", "host", "leased_until", "id",
    ]  # fmt: skip
    assert shown.stdout.splitlines()[1].split()[:3] == ["anne", "free", "0"]
    assert "another one" not in shown.stdout


@pytest.mark.parametrize("piped", ["", "\n", "a\nb\n", "a\0b\n"])
def test_what_can_be_no_password_is_a_usage_error(verb: Verb, any_database: Database, piped: str) -> None:
    answer = verb("accounts", "add", "anne", "--password-stdin", piped=piped)
    assert answer.returncode == 2
    assert stored(any_database) == {}


def test_without_a_terminal_nobody_is_asked(verb: Verb) -> None:
    answer = verb("accounts", "add", "anne", piped=f"{SECRET}\n")
    assert (answer.returncode, "--password-stdin" in answer.stderr) == (2, True)
    assert SECRET not in answer.stderr


class Terminal:
    """A person at a terminal: what stands on it is what the command wrote, and what was echoed."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.master, slave = os.openpty()
        os.set_blocking(self.master, False)
        self.shown = ""
        self.process = subprocess.Popen(
            ["setsid", "--ctty", sys.executable, "-m", "poolmgr", *words],
            cwd=folder,
            env=environment(),
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)

    def shows(self, words: str) -> bool:
        with suppress(OSError):  # nothing new, or nobody there any more
            self.shown += os.read(self.master, 4096).decode()
        return words in self.shown

    def asks(self, words: str) -> bool:
        """Shown, and it listens: what is typed before the echo goes off is thrown away with it."""
        return self.shows(words) and not termios.tcgetattr(self.master)[3] & termios.ECHO

    def types(self, words: str) -> None:
        os.write(self.master, f"{words}\n".encode())


@contextmanager
def terminal(folder: Path, *words: str) -> Iterator[Terminal]:
    opened = Terminal(folder, *words)
    try:
        yield opened
    finally:
        opened.process.kill()
        opened.process.wait()
        os.close(opened.master)


def test_a_password_is_asked_for_twice_and_not_echoed(
    verb: Verb, any_database: Database, tmp_path: Path
) -> None:
    with terminal(tmp_path, "accounts", "add", "anne") as here:
        until(lambda: here.asks("Password"), 30, "the question")
        here.types(SECRET)
        until(lambda: here.asks("Repeat"), 30, "the second question")
        here.types(SECRET)
        until(lambda: here.shows("anne added"), 30, "the answer")
        assert SECRET not in here.shown
    assert stored(any_database)["anne"][0] == SECRET


def test_a_file_is_put_in_its_bad_lines_are_named_and_again_it_changes_nothing(
    verb: Verb, any_database: Database, tmp_path: Path
) -> None:
    add(verb, "bruno", "old")
    lines = ["\ufeffutilisateur;mot_de_passe", f'anne;"{SECRET}"', f"x;{SECRET}", "bruno;new", "carl"]
    file = tmp_path / "accounts.csv"
    file.write_bytes("\r\n".join(lines).encode())
    tried = verb("accounts", "import", str(file), "--dry-run")
    assert (tried.returncode, tried.stdout) == (1, "1 new, 1 known\n")
    assert stored(any_database) == {"bruno": ("old", True, 0)}
    first = verb("accounts", "import", str(file))
    assert (first.returncode, first.stdout) == (1, "1 added, 1 replaced, 0 already\n")
    assert first.stderr.splitlines()[:2] == [
        "line 3: 3 fields instead of 2; one that holds a separator stands in quotes",
        "line 5: 1 fields instead of 2; one that holds a separator stands in quotes",
    ]
    assert stored(any_database) == {"anne": (SECRET, True, 0), "bruno": ("new", True, 0)}
    again = verb("accounts", "import", str(file), "--json")
    told = json.loads(again.stdout)
    assert (again.returncode, told["counts"]) == (1, {"added": 0, "replaced": 0, "already": 2})
    assert [(one["line"], one["username"]) for one in told["lines"]] == [(2, "anne"), (4, "bruno")]
    assert [one["line"] for one in told["bad"]] == [3, 5]
    for answer in (tried, first, again):
        assert "ecret" not in answer.stdout + answer.stderr


def test_a_good_file_is_done_with_and_one_without_header_is_refused(
    verb: Verb, any_database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text("username,password\nanne,a\n")
    assert verb("accounts", "import", str(file)).returncode == 0
    file.write_text(f"bruno,{SECRET}\n")
    answer = verb("accounts", "import", str(file))
    assert (answer.returncode, "ecret" in answer.stdout + answer.stderr) == (1, False)
    assert verb("accounts", "import", str(tmp_path / "none.csv")).returncode == 2
    assert [*stored(any_database)] == ["anne"]


def test_what_the_table_does_not_take_is_a_bad_line_and_the_others_are_put_in(
    verb: Verb, any_database: Database, tmp_path: Path
) -> None:
    any_database.connect().execute(
        "alter table public.worker_accounts alter password type varchar(9), add check (password <> 'b')"
    )
    file = tmp_path / "accounts.csv"
    file.write_text("username,password\nanne,much-too-long\nbruno,b\ncarl,c\n")
    answer = verb("accounts", "import", str(file))
    assert (answer.returncode, answer.stdout) == (1, "1 added, 0 replaced, 0 already\n")
    assert "line 2: refused: the database does not take it" in answer.stderr
    assert "line 3: refused: worker_accounts does not take it" in answer.stderr
    assert "much-too-long" not in answer.stderr
    assert [*stored(any_database)] == ["carl"]


def test_an_account_is_switched_off_and_on_and_said_when_it_was_already(
    verb: Verb, any_database: Database
) -> None:
    add(verb, "anne", SECRET)
    said = [verb("accounts", word, "anne").stdout for word in ("disable", "disable", "enable", "enable")]
    assert said == [
        "anne is off\n",
        "anne is off already\n",
        "anne may be used, its failures are forgotten\n",
        "anne may be used already\n",
    ]
    missing = verb("accounts", "disable", "bruno")
    assert (missing.returncode, "no account has this name" in missing.stderr) == (1, True)


def test_the_list_says_why_an_account_is_not_lent_and_adding_it_again_says_the_way_out(
    verb: Verb, any_database: Database
) -> None:
    for name in ("anne", "bruno", "carl"):
        add(verb, name, SECRET)
    any_database.connect().execute(
        "update public.worker_accounts set failure_count = 3 where username = 'bruno'"
    )
    verb("accounts", "disable", "carl")
    lend(any_database, "anne")
    rows = listed(verb)
    assert [(row["username"], row["state"]) for row in rows] == [
        ("anne", "in use"), ("bruno", "failed"), ("carl", "off"),
    ]  # fmt: skip
    assert (rows[0]["worker"], rows[0]["host"]) == ("registre-1-x", "elsewhere")
    assert "password" not in rows[0]
    assert "registre-pool accounts enable bruno" in add(verb, "bruno", SECRET)
