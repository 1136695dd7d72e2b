"""What an error out of the work means for the job: the one place that decides."""

from poolmgr.domain.errors import (
    AccountRefused,
    DocumentError,
    Missing,
    NotAvailable,
    OrderError,
    Outage,
    PoolError,
    Spent,
    StoreUnreachable,
    Unreadable,
)
from poolmgr.domain.outcomes import GiveUp, Outcome, OutsideTrouble, Retry


class Stuck(PoolError):
    """The work did not stop when it was told to; its process has to be replaced."""


def verdict(error: BaseException) -> Outcome:
    match error:
        case Spent(seconds=seconds):
            return OutsideTrouble(error=str(error), after_seconds=seconds)
        case StoreUnreachable() | Outage() | NotAvailable() | AccountRefused():
            return OutsideTrouble(error=str(error))
        case DocumentError() | OrderError() | Unreadable():
            return GiveUp(error=str(error))
        case Missing():
            return Retry(error=str(error))
        case TimeoutError() | Stuck():
            return Retry(error=f"Stopped: {error or 'it took too long.'}")
        case PoolError():
            return Retry(error=str(error))
        case _:
            return Retry(error=f"{type(error).__name__}: {error}")


def expected(error: BaseException) -> bool:
    """Errors with a sentence of their own; anything else is worth its traceback."""
    return isinstance(error, PoolError | TimeoutError)
