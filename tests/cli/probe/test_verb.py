"""`registre-pool probe` as an operator types it."""

import json

import pytest

from poolmgr.local.replica.accounts import ACCOUNTS
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.req.control import ReqReplica
from poolmgr.registries.foncier import names
from tests.cli.accounts.test_trials import failures, lent, put
from tests.cli.conftest import Verb
from tests.clusters import Database

ACCOUNT = ACCOUNTS[1]


def at(replica: Replica) -> tuple[str, ...]:
    return ("--set", f"foncier.url={replica.url}", "--set", f"req.url={ReqReplica(replica).url}", "probe")


def test_a_changed_label_is_exit_1_with_the_one_file_to_change_and_the_account_comes_back(
    verb: Verb, any_database: Database, replica: Replica
) -> None:
    put(any_database, ACCOUNT.username, ACCOUNT.password, failures=1)
    replica.fault("changed_label", field="Rechercher", label="Obtenir", times=None)
    before = replica.till()
    answer = verb(*at(replica), "land", "--account", ACCOUNT.username, "--json")
    assert answer.returncode == 1, answer.stderr
    told = json.loads(answer.stdout)
    assert (told["schema"], told["registry"], told["counts"]["changed"]) == (1, "land", 1)
    (changed,) = [one for one in told["points"] if one["verdict"] == "changed"]
    assert (changed["what"], changed["expected"]) == (names.SEARCH.what, "« Rechercher »")
    assert "« Obtenir »" in changed["found"]
    assert names.WHERE in answer.stderr
    assert ACCOUNT.password not in answer.stdout + answer.stderr
    assert (failures(any_database), lent(any_database)) == ({ACCOUNT.username: 0}, [("probe", "ok")])
    assert replica.till().since(before).clicks == []


@pytest.mark.proof
def test_a_site_as_it_is_known_is_exit_0_and_a_table(
    verb: Verb, any_database: Database, replica: Replica
) -> None:
    put(any_database, ACCOUNT.username, ACCOUNT.password)
    answer = verb(*at(replica), "land")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert names.CADASTRE.what in answer.stdout
    assert answer.stdout.splitlines()[-1].endswith("unseen")


@pytest.mark.proof
def test_a_login_that_is_refused_is_exit_4_and_counts_as_a_failure(
    verb: Verb, any_database: Database, replica: Replica
) -> None:
    put(any_database, ACCOUNT.username, "wrong")
    answer = verb(*at(replica), "land")
    assert answer.returncode == 4, answer.stderr
    assert "le mot de passe est invalide" in answer.stdout
    assert failures(any_database) == {ACCOUNT.username: 1}


@pytest.mark.proof
def test_a_site_that_turned_us_away_is_left_alone_by_the_next_probe_too(verb: Verb, replica: Replica) -> None:
    req = ReqReplica(replica)
    req.reset()
    req.fault("ban", "page", times=None)
    assert verb(*at(replica), "req").returncode == 4
    answer = verb(*at(replica), "req")
    assert answer.returncode == 4
    assert "left alone for another" in answer.stdout
    assert req.visits().reached == {"page": 1}


def test_without_a_persons_word_no_page_is_opened_and_the_line_to_add_is_said(
    verb: Verb, any_database: Database
) -> None:
    put(any_database, ACCOUNT.username, ACCOUNT.password)
    answer = verb("probe", "land")
    assert (answer.returncode, answer.stdout) == (78, "")
    assert "foncier.automation_acknowledged is false" in answer.stderr
    assert "below [foncier]: automation_acknowledged = true" in answer.stderr
    assert lent(any_database) == []
