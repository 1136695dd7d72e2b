"""Answers that end a connection too early, as a failing network would."""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState


class HangUp(Response):
    """Closes the connection; the client gets not one byte. An ASGI application alone cannot do that."""

    def __init__(self, server: ServerState) -> None:
        super().__init__()
        self.server = server

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        for connection in [*self.server.connections]:
            if isinstance(connection, H11Protocol) and connection.client == tuple(scope["client"]):
                connection.transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


class BrokenOff(Response):
    """Announces the whole length and sends the first half; uvicorn then closes the connection."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
