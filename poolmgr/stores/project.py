"""A Supabase project as our stores speak to it: one client each, made on first use, and where it is."""

from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr
from supabase import AsyncClient, AsyncClientOptions

ANSWER: ContextVar[httpx.Response | None] = ContextVar("answer", default=None)
"""The last answer in this task: the library's errors do not always carry its status, and what it makes of a
body that is no JSON looks like an answer."""


TLS = httpx.create_ssl_context()
"""Made where this is imported, in the parent before it forks: no child reads the certificates again."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """Where it is and with which key; `repr` shows no key."""

    url: str
    key: SecretStr

    @property
    def place(self) -> str:
        """For people."""
        return urlsplit(self.url).netloc

    def redact(self, text: str) -> str:
        key = self.key.get_secret_value()
        return text.replace(key, "…") if key else text

    def client(self, connections: int) -> AsyncClient:
        """Never before a fork: an inherited client answers one child with another's rows.

        It has no time-outs of its own, each call of ours is bounded as a whole; and it repeats nothing.
        """
        http = httpx.AsyncClient(
            verify=TLS,
            timeout=None,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            event_hooks={"response": [note]},
            follow_redirects=False,
        )
        options = AsyncClientOptions(
            httpx_client=http,
            auto_refresh_token=False,
            persist_session=False,
            postgrest_client_retry=False,
        )
        return AsyncClient(self.url, self.key.get_secret_value(), options)


async def note(response: httpx.Response) -> None:
    ANSWER.set(response)


async def close(client: AsyncClient) -> None:
    """Its connections; the client itself keeps no other thing open."""
    http = client.options.httpx_client
    if http is not None:
        await http.aclose()
