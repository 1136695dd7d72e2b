"""The RDPRM's stand-in by itself: what sells, to whom, and what its till keeps."""

from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import orjson
import pytest

from poolmgr.domain.errors import Refused
from poolmgr.domain.json import JsonObject
from poolmgr.local.replica.accounts import RDPRM
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.rdprm import papers, paths
from poolmgr.local.replica.rdprm.control import RdprmReplica

LIMIT_SECONDS = 10.0


class Client:
    """Over real HTTP, with one cookie."""

    def __init__(self, url: str) -> None:
        self.address = urlsplit(url)
        self.cookie = ""

    def send(self, path: str, values: dict[str, object] | None = None) -> tuple[int, bytes]:
        connection = HTTPConnection(self.address.netloc, timeout=LIMIT_SECONDS)
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        body = None if values is None else urlencode(values)
        try:
            connection.request("GET" if body is None else "POST", path, body, headers)
            answer = connection.getresponse()
            self.cookie = (answer.getheader("Set-Cookie") or self.cookie).partition(";")[0]
            return answer.status, answer.read()
        finally:
            connection.close()

    def call(self, path: str, **values: object) -> JsonObject:
        status, body = self.send(path, values)
        assert status == 200, body
        answer: JsonObject = orjson.loads(body)
        return answer

    def log_in(self) -> None:
        self.send(paths.LOGIN, {"code": RDPRM.username, "mdp": RDPRM.password})
        self.send(paths.QUESTION, {"reponse": RDPRM.answer})


@pytest.fixture
def rdprm(replica: Replica) -> RdprmReplica:
    return RdprmReplica(replica.url)


@pytest.fixture
def client(rdprm: RdprmReplica) -> Iterator[Client]:
    made = Client(rdprm.url)
    made.log_in()
    yield made
    rdprm.reset()


def test_only_the_second_confirmation_sells_and_once(rdprm: RdprmReplica, client: Client) -> None:
    before = rdprm.till()
    offer = client.call(paths.SEARCH, nom="Béton inc.", reference="abc")
    assert offer["prix"] == "12,00 $"
    number = offer["noDemande"]
    assert client.send(f"{paths.FILE}?noDemande={number}")[0] == 404
    assert client.call(paths.CONFIRMATION, noDemande=number, etape=1)["encore"] is True
    assert rdprm.till().since(before).searches == []
    sold = client.call(paths.CONFIRMATION, noDemande=number, etape=2)
    assert sold["inscriptions"] == papers.rows_of("Béton inc.", large=False)
    client.call(paths.CONFIRMATION, noDemande=number, etape=2)
    (paid,) = rdprm.till().since(before).searches
    assert (paid.name, paid.reference, paid.price_cents, paid.found) == ("Béton inc.", "abc", 1200, True)
    assert client.send(f"{paths.FILE}?noDemande={number}")[1] == papers.extract("Béton inc.", large=False)


def test_nobody_is_served_without_a_session_or_with_anothers_search(
    rdprm: RdprmReplica, client: Client
) -> None:
    number = client.call(paths.SEARCH, nom="Acier inc.")["noDemande"]
    stranger = Client(rdprm.url)
    assert stranger.send(paths.SEARCH, {"nom": "Acier inc."})[0] == 401
    assert stranger.send(f"{paths.FILE}?noDemande={number}")[0] == 302
    assert client.send(paths.CONFIRMATION, {"noDemande": "999999", "etape": "1"})[0] == 404


def test_a_login_needs_password_and_answer_and_ends_the_older_session(
    rdprm: RdprmReplica, client: Client
) -> None:
    before = rdprm.till()
    other = Client(rdprm.url)
    other.send(paths.LOGIN, {"code": RDPRM.username, "mdp": "wrong"})
    other.send(paths.LOGIN, {"code": RDPRM.username, "mdp": RDPRM.password})
    assert other.send(paths.SEARCH, {"nom": "x"})[0] == 401
    other.send(paths.QUESTION, {"reponse": RDPRM.answer})
    assert other.call(paths.SEARCH, nom="x")["prix"] == "12,00 $"
    assert client.send(paths.SEARCH, {"nom": "x"})[0] == 401
    till = rdprm.till().since(before)
    assert ([one.why for one in till.logins], len(till.evictions)) == (["password", ""], 1)


def test_what_there_is_not_is_refused(rdprm: RdprmReplica) -> None:
    with pytest.raises(Refused, match="name is one of"):
        rdprm.fault("no_such")
    with pytest.raises(Refused, match="step is one of"):
        rdprm.fault("slow", "submit")
    with pytest.raises(Refused, match="viewer is one of"):
        rdprm.choose(viewer="paper")
    with pytest.raises(Refused, match="settings are"):
        rdprm.choose(colour="blue")


def test_a_file_is_the_same_each_time_and_a_large_one_has_more_pages() -> None:
    assert papers.extract("A", large=False) == papers.extract("A", large=False)
    assert papers.extract("A", large=False) != papers.extract("B", large=False)
    assert len(papers.rows_of("A", large=True)) > 10 * len(papers.rows_of("A", large=False))
