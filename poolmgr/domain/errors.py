"""Every error of the project, in one place.

PoolError                      exit 1
├── ConfigError                exit 78   the operator wrote something that cannot be
├── NotAvailable               exit 78   a part that is not installed or not configured
├── NotRunning                 exit 3    no pool answers on the control socket
├── StoreError                 exit 1    a store answered, and the answer is no
│   ├── Refused                          the database refuses the data itself (22xxx, 23xxx, 54000)
│   ├── NotMigrated                      a table or function of ours is missing or changed
│   ├── Unauthorised                     the login or the key does not open this
│   ├── NoLogin                          an account's row lacks its name or password
│   ├── ForeignToken                     a job of one environment was shown to another's database
│   └── Missing                          an object is not in storage
├── StoreUnreachable           exit 1    no answer: try again, nobody's fault
├── DocumentError              exit 1    a document that can never be read (corrupt, encrypted, empty)
├── OrderError                 exit 1    a row asks for what cannot be asked of the registry
├── AccountRefused             exit 1    the registry does not let this account in
├── NotSold                    exit 1    the registry answered a paid click with no document
│   └── NotFound                         it has none under the names asked for; it may under others
├── Unreadable                 exit 1    what was bought came broken, however often it was fetched
│   └── WrongDocument                    it is whole, and does not name what was asked for
├── ModelError                 exit 1    a model's answer is of a kind that nobody knows how to take
├── Declined                   exit 1    a model does not read this; asking again would be paid in vain
└── Outage                     exit 1    the outside is down: burns no attempt
    ├── SiteDown                         the site is silent, refuses, or says that it is closed
    ├── TurnedAway                       the site refuses programs, or this machine's address
    ├── AccountInUse                     somebody else is logged in with this account
    ├── SiteChanged                      a page lacks what it had when this was written
    ├── Spent                            a limit of the day is reached: says until when
    ├── SessionEnded                     the site wants to know again who we are
    ├── ModelDown                        the model's service is silent, overloaded, or refuses for now
    └── BrowserLost                      the browser or its driver died or hangs
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from poolmgr.domain.json import Json, JsonObject


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing to correct in the configuration.

    where: `config.toml:12`, `environment` or `command line`; key: the key or variable written there.
    """

    where: str
    key: str
    sentence: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.where, self.key, self.sentence) if part)


class PoolError(Exception):
    """Something went wrong in registre-pool."""

    exit_code: ClassVar[int] = 1

    def __init__(self, sentence: str = "", *, advice: str = "") -> None:
        self.sentence = sentence or (type(self).__doc__ or "").strip().splitlines()[0]
        self.advice = advice
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return f"{self.sentence}\n  {self.advice}" if self.advice else self.sentence


class ConfigError(PoolError):
    """The configuration cannot be used."""

    exit_code = 78

    def __init__(self, sentence: str = "", *, advice: str = "", problems: Sequence[Problem] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__(sentence, advice=advice)


class NotAvailable(PoolError):
    """A part that this command needs is not installed or not configured."""

    exit_code = 78


class NotRunning(PoolError):
    """No pool answers on the control socket."""

    exit_code = 3


class StoreError(PoolError):
    """The store refused what was asked."""


class Refused(StoreError):
    """The database refused the data itself."""


class NotMigrated(StoreError):
    """The database lacks a table or function of ours."""


class Unauthorised(StoreError):
    """The store does not take the key, or the key may not do this."""


class NoLogin(StoreError):
    """An account has no name or no password."""


class ForeignToken(StoreError):
    """A job of one environment was shown to another's database."""


class Missing(StoreError):
    """The object is not in storage."""


class StoreUnreachable(PoolError):
    """The store gave no answer."""


class DocumentError(PoolError):
    """The document can never be read."""


class OrderError(PoolError):
    """What the row asks for cannot be asked of the registry."""


class Outage(PoolError):
    """Something outside is down."""


class SiteDown(Outage):
    """The site does not serve us now."""


class TurnedAway(Outage):
    """The site refuses to serve this program, or this machine."""


class AccountInUse(Outage):
    """Somebody else is logged in with this account."""


class SiteChanged(Outage):
    """A page of the site is not as it was."""


class Spent(Outage):
    """The day's limit is reached. seconds: until it begins anew."""

    def __init__(self, sentence: str = "", *, seconds: float, advice: str = "") -> None:
        self.seconds = seconds
        super().__init__(sentence, advice=advice)


class SessionEnded(Outage):
    """The site's session is over."""


class ModelDown(Outage):
    """The model's service does not serve us now."""


class BrowserLost(Outage):
    """The browser is gone."""


class AccountRefused(PoolError):
    """The registry does not let this account in."""


class NotSold(PoolError):
    """The registry answered with no document.

    No later try can bring one. evidence: what the page said, kept with the purchase; trail: what was asked
    before it, and what the site said to that.
    """

    def __init__(self, sentence: str = "", *, evidence: JsonObject) -> None:
        self.evidence = evidence
        self.trail: list[Json] = []
        super().__init__(sentence)


class NotFound(NotSold):
    """The registry has no document under the names asked for."""


class Unreadable(PoolError):
    """A document that was bought is broken. data: what came last, kept as evidence."""

    def __init__(self, sentence: str = "", *, data: bytes = b"") -> None:
        self.data = data
        super().__init__(sentence)


class WrongDocument(Unreadable):
    """A document that was bought does not name what was asked for. data: that document."""


class ModelError(PoolError):
    """The model's answer cannot be taken."""


class Declined(PoolError):
    """The model does not read this."""
