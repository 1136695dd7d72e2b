import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from poolmgr.domain.errors import StoreUnreachable
from poolmgr.local import processes
from poolmgr.local.replica import paths, server
from poolmgr.local.replica.control import Replica
from poolmgr.local.samples.catalogue import catalogue
from tests.local.replica.visitor import Visitor
from tests.waiting import until

SECONDS = 20.0


@pytest.fixture
def own(tmp_path: Path) -> Iterator[server.Server]:
    made = server.Server(folder=tmp_path / "replica")
    yield made
    server.stop(made.folder, timeout_seconds=SECONDS)


def start(own: server.Server) -> bool:
    return server.start(own, timeout_seconds=SECONDS)


def running(own: server.Server) -> psutil.Process:
    found = server.process(own.folder)
    assert found is not None
    return found


def control(own: server.Server) -> Replica:
    return Replica(server.url(own.folder) or "")


def test_it_listens_on_this_machine_alone_in_a_session_of_its_own(own: server.Server) -> None:
    assert start(own)
    process = running(own)
    assert os.getsid(process.pid) == process.pid
    assert process.pid not in [child.pid for child in psutil.Process().children(recursive=True)]
    (listening,) = [c for c in process.net_connections(kind="inet") if c.status == psutil.CONN_LISTEN]
    assert listening.laddr[0] == "127.0.0.1"
    assert not start(own)
    assert running(own).pid == process.pid


def test_the_till_and_the_address_survive_a_restart_and_the_sessions_do_not(own: server.Server) -> None:
    start(own)
    url = server.url(own.folder)
    visitor = Visitor(url or "")
    visitor.login()
    visitor.search_lot("2274178")
    sold = control(own).till().sales
    killed = running(own)
    killed.send_signal(signal.SIGKILL)
    until(lambda: not processes.alive(killed))
    assert start(own)
    assert server.url(own.folder) == url
    assert control(own).till().sales == sold
    assert len(sold) == 1
    assert visitor.get(paths.INDEX).location == f"{paths.LOGIN}?msg=expir"


def test_another_port_is_taken_when_the_last_one_is_gone(own: server.Server) -> None:
    start(own)
    server.stop(own.folder, timeout_seconds=SECONDS)
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", urlsplit(server.url(own.folder) or "").port or 0))
        squatter.listen()
        assert start(own)
        assert control(own).steps().waiting == {}


def test_stopping_waits_for_no_hanging_request_and_may_be_repeated(own: server.Server) -> None:
    start(own)
    control(own).fault("hang", "entry")
    visitor = Visitor(server.url(own.folder) or "")

    def hang() -> None:
        with suppress(OSError):
            visitor.get(paths.BASE)

    thread = threading.Thread(target=hang)
    thread.start()
    until(lambda: control(own).steps().waiting == {"entry": 1})
    began = time.monotonic()
    assert server.stop(own.folder, timeout_seconds=SECONDS)
    assert time.monotonic() - began < 2
    thread.join()
    assert not server.stop(own.folder, timeout_seconds=SECONDS)


def test_one_that_does_not_answer_is_replaced(own: server.Server) -> None:
    start(own)
    frozen = running(own)
    frozen.send_signal(signal.SIGSTOP)
    assert server.start(own, timeout_seconds=2)
    assert not processes.alive(frozen)


def test_it_knows_the_catalogue_that_it_is_given(tmp_path: Path) -> None:
    own = server.Server(folder=tmp_path / "replica", seed=5, jobs=3)
    start(own)
    sample = catalogue(5, 3)[2]
    visitor = Visitor(server.url(own.folder) or "")
    visitor.login()
    frames, _ = visitor.follow(
        visitor.search_acte(sample.document_number, sample.acte_type or "", sample.circonscription)
    )
    assert visitor.save(frames).body == sample.make()
    server.stop(own.folder, timeout_seconds=SECONDS)


def test_a_start_that_fails_shows_what_was_said(own: server.Server) -> None:
    (own.folder / server.TILL).mkdir(parents=True)
    with pytest.raises(StoreUnreachable, match=r"did not start:\n(?s:.*)IsADirectoryError"):
        start(own)
