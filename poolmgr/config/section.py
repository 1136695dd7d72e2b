"""What every table of config.toml shares: strictness, kinds of value, what a reload does with a key."""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, TypeVar
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from pydantic_core import PydanticCustomError

from poolmgr.domain import hours

DAY_SECONDS = 86_400


class Reload(StrEnum):
    """What a reload does with a changed key, declared beside the key."""

    LIVE = "live"
    RECYCLE = "recycle"
    RESTART = "restart"


T = TypeVar("T")
Live = Annotated[T, Reload.LIVE]
Recycle = Annotated[T, Reload.RECYCLE]
Restart = Annotated[T, Reload.RESTART]


def matching(pattern: str, sentence: str) -> AfterValidator:
    """Text that the whole pattern fits; else `sentence`, which never shows the text itself."""

    def check(value: str | SecretStr) -> str | SecretStr:
        shown = value.get_secret_value() if isinstance(value, SecretStr) else value
        if re.fullmatch(pattern, shown) is None:
            raise PydanticCustomError("pattern", "{sentence}", {"sentence": sentence})
        return value

    return AfterValidator(check)


Name = Annotated[str, matching(r"[A-Za-z0-9._-]{0,63}", "may hold at most 63 letters, digits, dots, - and _")]
Prefix = Annotated[str, matching(r"[A-Za-z0-9._-]{1,40}", "must be 1 to 40 letters, digits, dots, - and _")]
Language = Annotated[
    str, matching(r"[A-Za-z_/]{1,40}(\+[A-Za-z_/]{1,40}){0,9}", "must look like fra, or fra+eng")
]
Locale = Annotated[str, matching(r"[a-z]{2,3}(-[A-Z]{2})?", "must look like fr-CA")]
Folder = Annotated[str, matching(r"[^\x00]{0,4000}", "is no path")]
Seconds = Annotated[float, Field(ge=0.001, le=DAY_SECONDS)]
WebAddress = Annotated[
    str,
    matching(
        r"(https?://[^\s/@?#]+(/[^\s@?#]*)?)?",
        "must look like https://<project>.supabase.co, without user, password or question mark",
    ),
]
SiteAddress = Annotated[
    str,
    matching(
        r"https?://[^\s/@?#]+/([^\s@?#]*/)?",
        "must look like https://www.registrefoncier.gouv.qc.ca/Sirf/, ending in /, without user or password",
    ),
]
Key = Annotated[
    SecretStr, matching(r"[\x21-\x7e]*", "has a space, a line break or a letter inside that no key has")
]
Secret = Annotated[
    SecretStr, matching(r"[^\x00-\x1f\x7f]*", "has a line break or a control character inside")
]
DatabaseAddress = Annotated[
    SecretStr,
    matching(
        r"(postgres(ql)?://[^\x00]+|[^\x00:=]+=[^\x00]+)?",
        "must look like postgresql://user:password@host:5432/database",
    ),
]
BrowserAddress = Annotated[
    SecretStr, matching(r"((wss?|https?)://[^\s/]+\S*)?", "must look like wss://browsers.example/?key=…")
]
RedisAddress = Annotated[
    SecretStr, matching(r"((rediss?|unix)://\S+)?", "must look like redis://:password@host:6379/0")
]


def check_hours(value: str) -> str:
    try:
        hours.parse(value)
    except ValueError as error:
        raise PydanticCustomError("hours", "{sentence}", {"sentence": str(error)}) from None
    return value


def check_day(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("day", "{day} is no day such as 2026-12-25", {"day": repr(value)}) from None
    return value


def check_timezone(value: str) -> str:
    if value not in available_timezones():
        raise PydanticCustomError("timezone", "is no time zone such as America/Toronto")
    return value


Timezone = Annotated[str, AfterValidator(check_timezone)]
OpenHours = Annotated[str, AfterValidator(check_hours)]
ClosedDays = Annotated[tuple[Annotated[str, AfterValidator(check_day)], ...], Field(strict=False)]


class Section(BaseModel):
    """A table of config.toml. Strict: text is no number, and an unknown key is an error."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        validate_default=True,
    )
