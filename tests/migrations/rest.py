"""The protocol through PostgREST as a process that dies calls it: its unix socket, and nothing to import."""

import http.client
import json
import socket
from http import HTTPStatus

from tests.migrations.calls import Row, Value
from tests.project.keys import key

SCHEME = "unix:"
TIMEOUT_SECONDS = 30.0


class Mouth:
    """One connection to the PostgREST that listens at `address`, which is SCHEME and a path."""

    def __init__(self, address: str) -> None:
        self.connection = http.client.HTTPConnection("localhost")
        self.connection.sock = socket.socket(socket.AF_UNIX)
        self.connection.sock.settimeout(TIMEOUT_SECONDS)
        self.connection.sock.connect(address.removeprefix(SCHEME))
        self.headers = {"authorization": f"Bearer {key('service_role')}", "content-type": "application/json"}

    def call(self, function: str, arguments: Row) -> list[Row]:
        """Rows of one function, ids as text. Fails with the whole answer for any that is not 200."""
        body = json.dumps(arguments, default=str)
        self.connection.request("POST", f"/rpc/{function}", body, self.headers)
        answer = self.connection.getresponse()
        said = answer.read()
        assert answer.status == HTTPStatus.OK, f"{function}: {answer.status} {said.decode()}"
        value: Value = json.loads(said)
        return value if isinstance(value, list) else [{function: value}]
