"""Logins that are really tried, on the replica: what is said of each, and what becomes of its account."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from poolmgr.local import stack
from poolmgr.local.replica.accounts import ACCOUNTS
from poolmgr.local.replica.control import Replica
from tests.cli.accounts.test_verb import SECRET, lend, stored
from tests.cli.conftest import Verb
from tests.clusters import Database
from tests.pools import command, environment
from tests.waiting import until

GOOD, OTHER = ACCOUNTS[:2]


def put(
    database: Database, username: str, password: str, *, is_active: bool = True, failures: int = 0
) -> None:
    database.connect().execute(
        "insert into public.worker_accounts (username, password, is_active, failure_count) "
        "values (%s, %s, %s, %s)",
        (username, password, is_active, failures),
    )


def at(replica: Replica) -> tuple[str, ...]:
    return ("--set", f"foncier.url={replica.url}", "accounts", "test")


def failures(database: Database) -> dict[str, int]:
    return {name: failed for name, (_, _, failed) in stored(database).items()}


def lent(database: Database) -> list[tuple[str, str | None]]:
    """Every lease there was: worker and result."""
    query = "select worker, result from public.pool_account_leases order by leased_at"
    return [(worker.rpartition("-")[0], result) for worker, result in database.connect().execute(query)]


def test_all_active_accounts_log_in_one_after_the_other_and_are_given_back(
    verb: Verb, any_database: Database, replica: Replica
) -> None:
    put(any_database, GOOD.username, GOOD.password, failures=2)
    put(any_database, OTHER.username, "wrong", is_active=False)
    before = replica.till()
    answer = verb(*at(replica))
    assert (answer.returncode, answer.stdout) == (0, f"{GOOD.username}: logged in\n"), answer.stderr
    assert [(login.account, login.ok) for login in replica.till().since(before).logins] == [
        (GOOD.username, True)
    ]
    assert replica.till().since(before).clicks == []
    assert failures(any_database) == {GOOD.username: 0, OTHER.username: 0}
    assert lent(any_database) == [("accounts-test", "ok")]


def test_an_account_that_is_refused_fails_the_command_and_counts_and_the_others_are_tried(
    verb: Verb, any_database: Database, replica: Replica
) -> None:
    put(any_database, "inconnu", SECRET)
    put(any_database, OTHER.username, OTHER.password, is_active=False)
    put(any_database, "sans", "")
    names = ("inconnu", "sans", OTHER.username, "inconnu")
    answer = verb(*at(replica), *names, "--json")
    told = json.loads(answer.stdout)
    assert (answer.returncode, told["schema"]) == (1, 1)
    assert [(one["username"], one["verdict"]) for one in told["accounts"]] == [
        ("inconnu", "refused"),
        ("sans", "refused"),
        (OTHER.username, "ok"),
    ]
    assert "le mot de passe est invalide" in told["accounts"][0]["sentence"]
    assert "2 of 3 accounts are not proven" in answer.stderr
    assert "ecret" not in answer.stdout + answer.stderr
    assert failures(any_database) == {"inconnu": 1, "sans": 0, OTHER.username: 0}
    assert sorted(str(result) for _, result in lent(any_database)) == ["login_failed", "ok", "released"]


def test_an_account_in_use_is_passed_over_and_said(
    verb: Verb, any_database: Database, replica: Replica
) -> None:
    put(any_database, GOOD.username, GOOD.password)
    lend(any_database, GOOD.username)
    before = replica.till()
    answer = verb(*at(replica))
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith(f"{GOOD.username}: in use by registre-1-x on elsewhere until 20")
    assert replica.till().since(before).logins == []
    assert lent(any_database) == [("registre-1", None)]


def test_a_site_that_is_down_is_no_accounts_fault_and_is_asked_once(
    verb: Verb, any_database: Database, replica: Replica
) -> None:
    for account in (GOOD, OTHER):
        put(any_database, account.username, account.password)
    replica.fault("error_500", "login", times=1)
    answer = verb(*at(replica))
    assert answer.returncode == 1
    assert answer.stdout.count("status 500") == 2
    assert failures(any_database) == {GOOD.username: 0, OTHER.username: 0}
    assert lent(any_database) == [("accounts-test", "released")]


def test_without_a_persons_word_no_login_is_tried(verb: Verb, any_database: Database) -> None:
    put(any_database, "anne", SECRET)
    answer = verb("accounts", "test")
    assert (answer.returncode, answer.stdout) == (78, "")
    assert "foncier.automation_acknowledged is false" in answer.stderr
    assert lent(any_database) == []


def test_a_misspelt_name_is_said_before_any_login(
    verb: Verb, any_database: Database, replica: Replica
) -> None:
    put(any_database, GOOD.username, GOOD.password)
    answer = verb(*at(replica), GOOD.username, "anna")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "No account has the name anna." in answer.stderr
    assert lent(any_database) == []


def test_an_account_stays_ours_while_the_site_takes_its_time_and_goes_back_on_control_c(
    verb: Verb, any_database: Database, replica: Replica, tmp_path: Path
) -> None:
    put(any_database, GOOD.username, GOOD.password)
    replica.fault("hang", "login", times=1)
    clocks = {"renew_seconds": 0.3, "self_fence_seconds": 2, "lease_seconds": 4, "call_timeout_seconds": 0.5}
    assigned = [word for key, value in clocks.items() for word in ("--set", f"queue.{key}={value}")]
    trying = subprocess.Popen(
        [sys.executable, "-m", "poolmgr", *assigned, *at(replica)], cwd=tmp_path, env=environment()
    )
    try:
        until(lambda: replica.steps().waiting.get("login") == 1, 30, "a login on its way")
        query = "select expires_at from public.pool_account_leases"
        before = any_database.connect().execute(query).fetchone()
        until(lambda: any_database.connect().execute(query).fetchone() != before, 10, "a longer lease")
        trying.send_signal(signal.SIGINT)
        assert trying.wait(20) == 130
    finally:
        trying.kill()
        replica.release()
    assert lent(any_database) == [("accounts-test", "released")]
    assert failures(any_database) == {GOOD.username: 0}


@pytest.fixture
def stack_folder(open_folder: Path) -> Iterator[Path]:
    yield open_folder
    stack.down(open_folder)


def test_without_environments_the_stacks_accounts_are_tried_on_its_replica(stack_folder: Path) -> None:
    data = ("--set", f"pool.data_folder={stack_folder}")
    down = command(*data, "accounts", "test", folder=stack_folder)
    assert (down.returncode, "registre-pool local up" in down.stderr) == (3, True)
    assert command(*data, "local", "up", folder=stack_folder).returncode == 0
    answer = command(*data, "accounts", "test", folder=stack_folder)
    assert answer.stdout.splitlines() == [f"{account.username}: logged in" for account in ACCOUNTS]
    assert answer.returncode == 0
