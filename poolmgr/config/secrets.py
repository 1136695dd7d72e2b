"""What the configuration holds that nobody may read in a log, an error or a kept page."""

import re
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from poolmgr.config.keys import values
from poolmgr.config.settings import Settings


def secrets(settings: Settings) -> list[str]:
    """Whatever the configuration holds as a secret, whole addresses and the passwords in them."""
    held = [one.get_secret_value() for one in values(settings).values() if isinstance(one, SecretStr)]
    found = [*held, *(password for one in held for password in passwords(one))]
    return [value for value in found if value]


def passwords(address: str) -> list[str]:
    """As written and as sent; of a URL, or of PostgreSQL's own `password=…` form."""
    try:
        written = urlsplit(address).password or ""
    except ValueError:
        written = ""
    named = re.search(r"password\s*=\s*('(?:[^'\\]|\\.)*'|\S+)", address)
    return [written, unquote(written), named[1].strip("'") if named else ""]
