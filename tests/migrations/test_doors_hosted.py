"""What the keys in every browser open through PostgREST: nothing of ours, whatever a later migration adds."""

import http.client
import json
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from tests.migrations.calls import Row, Value
from tests.migrations.protocol import Protocol, open_protocol
from tests.migrations.test_doors import FUNCTIONS, RELATIONS
from tests.project.keys import key
from tests.project.opened import Hosted

REFUSED = (401, 403, 404)
CLOSED_TABLES = ("worker_accounts", "worker_status")
AN_ID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
EXAMPLES: dict[str, Value] = {
    "uuid": AN_ID,
    "uuid[]": [AN_ID],
    "text": "land",
    "text[]": ["land"],
    "integer": 1,
    "bigint": 1,
    "boolean": False,
    "jsonb": {},
    "timestamp with time zone": "2026-01-01T00:00:00Z",
}


@dataclass(frozen=True, kw_only=True)
class Door:
    method: str
    target: str
    body: Row | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.target}"


@pytest.fixture
def hosted_protocol(hosted_project: Hosted) -> Protocol:
    assert hosted_project.database is not None
    return open_protocol(hosted_project.database)


def knock(project: Hosted, door: Door, role: str = "") -> int:
    """The status of the answer; without a role no key is shown at all."""
    connection = http.client.HTTPConnection("127.0.0.1", project.gateway.port, timeout=10)
    headers = {"authorization": f"Bearer {key(role)}", "apikey": key(role)} if role else {}
    body = None if door.body is None else json.dumps(door.body)
    try:
        connection.request(
            door.method, f"/rest/v1{door.target}", body, headers | {"content-type": "application/json"}
        )
        return connection.getresponse().status
    finally:
        connection.close()


def calls(protocol: Protocol) -> list[Door]:
    """Every function of ours with values of its own types; the triggers' are no doors."""
    found = []
    for function in protocol.query(FUNCTIONS):
        if function["returns"] == "trigger":
            continue
        named = dict(argument.split(" ", 1) for argument in function["arguments"])
        values = {name: EXAMPLES.get(kind, {}) for name, kind in named.items()}
        target = f"/rpc/{function['name']}"
        found += [
            Door(method="POST", target=target, body=values),
            Door(method="GET", target=f"{target}?{urlencode({n: literal(v) for n, v in values.items()})}"),
        ]
    return found


def literal(value: Value) -> str:
    """As PostgREST takes an argument in a query."""
    if isinstance(value, list):
        return "{" + ",".join(value) + "}"
    return str(value).lower() if isinstance(value, bool) else json.dumps(value).strip('"')


def tables(protocol: Protocol, kinds: str = "rv") -> list[str]:
    """r: tables, v: views."""
    return [one["name"] for one in protocol.query(RELATIONS) if one["kind"] in kinds]


def changes(protocol: Protocol, table: str) -> list[Door]:
    """Of no row at all; a column that the database makes itself would be refused for that."""
    column = protocol.one(
        "select attname as name from pg_catalog.pg_attribute where attrelid = %s::regclass and attnum > 0 "
        "and not attisdropped and attidentity = '' order by attnum limit 1",
        f"public.{table}",
    )["name"]
    nobody = f"/{table}?{column}=is.null"
    return [
        Door(method="POST", target=f"/{table}", body={}),
        Door(method="PATCH", target=nobody, body={column: None}),
        Door(method="DELETE", target=nobody),
    ]


def opened(project: Hosted, doors: list[Door], role: str) -> list[str]:
    answers = [(door, knock(project, door, role)) for door in doors]
    return [f"{door}: {status}" for door, status in answers if status not in REFUSED]


@pytest.mark.parametrize("role", ["", "anon", "authenticated"])
def test_no_function_of_ours_answers_a_public_key(
    hosted_project: Hosted, hosted_protocol: Protocol, role: str
) -> None:
    doors = calls(hosted_protocol)
    assert len(doors) > 50
    assert opened(hosted_project, doors, role) == []


@pytest.mark.parametrize("role", ["", "anon", "authenticated"])
def test_no_table_or_view_of_ours_is_shown_to_a_public_key(
    hosted_project: Hosted, hosted_protocol: Protocol, role: str
) -> None:
    names = tables(hosted_protocol)
    assert {"pool_purchases", "pool_board"} <= {*names}
    doors = [Door(method="GET", target=f"/{name}?limit=1") for name in names]
    assert opened(hosted_project, doors, role) == []


@pytest.mark.parametrize("role", ["", "anon", "authenticated"])
@pytest.mark.parametrize("table", CLOSED_TABLES)
def test_the_workers_tables_of_the_product_are_closed_to_a_public_key(
    hosted_project: Hosted, hosted_protocol: Protocol, table: str, role: str
) -> None:
    doors = [Door(method="GET", target=f"/{table}?limit=1"), *changes(hosted_protocol, table)]
    assert opened(hosted_project, doors, role) == []


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_nothing_of_ours_is_written_by_a_public_key(
    hosted_project: Hosted, hosted_protocol: Protocol, role: str
) -> None:
    names = tables(hosted_protocol, "r")
    doors = [door for name in names for door in changes(hosted_protocol, name)]
    assert opened(hosted_project, doors, role) == []


def test_every_door_that_is_closed_to_them_is_there(
    hosted_project: Hosted, hosted_protocol: Protocol
) -> None:
    """With the service key the same requests are heard: what is refused above is not merely misspelt."""
    doors = [door for door in calls(hosted_protocol) if door.method == "POST"]
    doors += [Door(method="GET", target=f"/{name}?limit=1") for name in tables(hosted_protocol)]
    doors += [Door(method="GET", target=f"/{name}?limit=1") for name in CLOSED_TABLES]
    answers = {str(door): knock(hosted_project, door, "service_role") for door in doors}
    unheard = {door for door, status in answers.items() if status in REFUSED}
    assert unheard == {"POST /rpc/pool_close_doors"}, "the migrations' own, which nobody calls"
