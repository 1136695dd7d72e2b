"""What the replica's own interfaces are made of: verbs that take and give JSON."""

from collections.abc import Awaitable, Callable

import orjson
from starlette.requests import Request
from starlette.responses import Response

from poolmgr.domain.json import JsonObject

# takes what was sent, gives what is answered; ValueError becomes 400 with its sentence
Verb = Callable[[JsonObject], JsonObject]


def answering(verb: Verb) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            sent = orjson.loads(await request.body() or b"{}")
            answer, status = verb(sent if isinstance(sent, dict) else {}), 200
        except ValueError as wrong:
            answer, status = {"error": str(wrong)}, 400
        return Response(orjson.dumps(answer), status, media_type="application/json")

    return endpoint
