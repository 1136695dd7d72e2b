"""Where a database is, and how to speak of it without its password."""

from dataclasses import dataclass, field
from urllib.parse import quote

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from poolmgr.domain.errors import StoreError

TRANSACTION_POOLER_PORT = "6543"
SESSION_PORT = "5432"
POOLER_HOST = ".pooler.supabase.com"


@dataclass(frozen=True, kw_only=True)
class Address:
    """A connection string taken apart; only `conninfo` and `password` are secret."""

    conninfo: str = field(repr=False)
    password: str = field(repr=False)
    user: str
    host: str
    port: str
    database: str

    @property
    def pooled(self) -> bool:
        """A transaction pooler: another server session for every transaction, so no LISTEN and no SET."""
        return self.port == TRANSACTION_POOLER_PORT

    @property
    def way(self) -> str:
        """For people: `direct`, `session pooler` or `transaction pooler`."""
        if self.pooled:
            return "transaction pooler"
        return "session pooler" if self.host.endswith(POOLER_HOST) else "direct"

    @property
    def place(self) -> str:
        """For people: user@host:port/database."""
        return f"{self.user}@{self.host}:{self.port}/{self.database}"

    def redact(self, text: str) -> str:
        for secret in {self.conninfo, self.password, quote(self.password), quote(self.password, safe="")}:
            text = text.replace(secret, "…") if secret else text
        return text


def address(url: SecretStr | str) -> Address:
    """Raises StoreError, without the text itself, when it is no connection string."""
    conninfo = url.get_secret_value() if isinstance(url, SecretStr) else url
    try:
        values = conninfo_to_dict(conninfo)
    except (ProgrammingError, UnicodeError):
        # Not chained: the error quotes the string, password included.
        raise StoreError(
            "The database URL is no connection string.",
            advice="Write postgresql://user:password@host:5432/database; "
            "in the password write @ as %40, / as %2F, : as %3A, % as %25.",
        ) from None
    user = str(values.get("user") or "")
    return Address(
        conninfo=conninfo,
        password=str(values.get("password") or ""),
        user=user,
        host=str(values.get("host") or values.get("hostaddr") or "localhost"),
        port=str(values.get("port") or SESSION_PORT),
        database=str(values.get("dbname") or user),
    )


def refuse_pooled(place: Address, what: str) -> None:
    """Raises StoreError for a transaction pooler, with the address to use instead."""
    if place.pooled:
        raise StoreError(
            f"{what} cannot work over the transaction pooler ({place.host}:{place.port}).",
            advice=f"Use the session pooler, the same address with port {SESSION_PORT} "
            f"(postgresql://{place.user}:…@{place.host}:{SESSION_PORT}/{place.database}), "
            f"or the direct address (db.<project>.supabase.co:{SESSION_PORT}, IPv6).",
        )
