"""What the replica's own interfaces are made of: verbs that take and give JSON."""

from collections.abc import Awaitable, Callable, Mapping

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poolmgr.domain.json import JsonObject
from poolmgr.local.replica.passage import Passage

# takes what was sent, gives what is answered; ValueError becomes 400 with its sentence
Verb = Callable[[JsonObject], JsonObject]


def below(prefix: str, verbs: Mapping[tuple[str, str], Verb]) -> list[Route]:
    """verbs: by method and name."""
    return [
        Route(f"{prefix}{name}", answering(verb), methods=[method]) for (method, name), verb in verbs.items()
    ]


def count_steps(passage: Passage) -> JsonObject:
    """How often each step was reached since the last reset, and how many requests hang there now."""
    waiting: JsonObject = {step: count for step, count in passage.waiting.items() if count}
    return {"reached": {**passage.reached}, "waiting": waiting}


def answering(verb: Verb) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            sent = orjson.loads(await request.body() or b"{}")
            answer, status = verb(sent if isinstance(sent, dict) else {}), 200
        except ValueError as wrong:
            answer, status = {"error": str(wrong)}, 400
        return Response(orjson.dumps(answer), status, media_type="application/json")

    return endpoint
