"""One request as the site's pages see it: its fields under their own names, its session, today's look."""

from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import Request

from poolmgr.local.replica.markup import CHARSET
from poolmgr.local.replica.names import Look
from poolmgr.local.replica.sessions import Session


def parse(raw: bytes, charset: str = CHARSET) -> dict[str, str]:
    """The fields of a query or a posted form, in the site's own encoding; the last of a name counts."""
    values = parse_qs(raw.decode("ascii", "replace"), keep_blank_values=True, encoding=charset)
    return {name: several[-1] for name, several in values.items()}


@dataclass(frozen=True, kw_only=True)
class Visit:
    request: Request
    look: Look
    query: dict[str, str]
    form: dict[str, str]
    session: Session | None

    @property
    def path(self) -> str:
        return self.request.url.path

    @property
    def account(self) -> str:
        return self.session.account if self.session else ""

    def value(self, name: str) -> str:
        """What was typed into a field that the site knows by `name`."""
        return self.form.get(self.look.name(name), "").strip()

    def pressed(self, name: str) -> bool:
        return self.look.name(name) in self.form


async def read(request: Request) -> tuple[dict[str, str], dict[str, str]]:
    """The fields of the query and of the body."""
    return parse(request.url.query.encode()), parse(await request.body())
