import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from poolmgr.local import postgres, processes
from tests.clusters import VERSIONS, Cluster, Database
from tests.waiting import until

KILLED_SESSION = """
import os, signal
from tests.clusters import Clusters, VERSIONS
clusters = Clusters()
print(clusters.private_cluster(VERSIONS[0]).server.folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
NEXT_SESSION = """
from tests.clusters import Clusters
with Clusters():
    pass
"""


def test_each_test_has_a_database_of_its_own_that_is_migrated(database: Database) -> None:
    owner = database.connect()
    assert owner.execute("select count(*) > 0 from public.pool_migrations").fetchone() == (True,)
    owner.execute("create table public.only_here ()")
    assert database.cluster.version in VERSIONS


def test_the_next_test_does_not_see_what_the_last_one_made(database: Database) -> None:
    row = database.connect().execute("select to_regclass('public.only_here')").fetchone()
    assert row == (None,)


def test_a_frozen_cluster_answers_nobody_until_it_is_thawed(private_cluster: Cluster) -> None:
    database = private_cluster.create_database()
    connection = database.connect()
    private_cluster.freeze()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(database.url, connect_timeout=2)
    private_cluster.thaw()
    assert connection.execute("select 1").fetchone() == (1,)


def test_a_killed_cluster_keeps_what_was_committed(private_cluster: Cluster) -> None:
    database = private_cluster.create_database()
    connection = database.connect()
    connection.execute("create table kept as select 7 as seven")
    private_cluster.kill()
    with pytest.raises(psycopg.OperationalError):
        connection.execute("select 1")
    private_cluster.start()
    assert database.connect().execute("select seven from kept").fetchone() == (7,)


def test_what_a_killed_session_left_running_is_ended_by_the_next() -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_SESSION], capture_output=True, text=True, timeout=50, check=False
    )
    folder = Path(killed.stdout.strip())
    left = postgres.process(folder)
    assert left is not None, killed.stderr
    subprocess.run([sys.executable, "-c", NEXT_SESSION], timeout=50, check=True)
    until(lambda: not processes.alive(left))
    assert not folder.parent.parent.exists()
