import pytest

from poolmgr.domain.errors import (
    AccountRefused,
    DocumentError,
    Missing,
    NotAvailable,
    NotMigrated,
    Outage,
    StoreError,
    StoreUnreachable,
)
from poolmgr.domain.outcomes import word
from poolmgr.workers.verdicts import Stuck, expected, verdict


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (StoreUnreachable("no answer"), "outage"),
        (Outage("the site is down"), "outage"),
        (AccountRefused("wrong password"), "outage"),
        (NotAvailable("tesseract is not installed", advice="apt-get install tesseract-ocr-fra"), "outage"),
        (DocumentError("encrypted"), "give_up"),
        (Missing("not in storage"), "retry"),
        (StoreError("the storage says no"), "retry"),
        (NotMigrated("no such table"), "retry"),
        (TimeoutError("too long"), "retry"),
        (Stuck("goes on"), "retry"),
        (ZeroDivisionError("division by zero"), "retry"),
        (MemoryError(), "retry"),
    ],
)
def test_each_error_has_its_outcome_and_keeps_its_sentence(error: Exception, outcome: str) -> None:
    decided = verdict(error)
    assert word(decided) == outcome
    assert str(error) in getattr(decided, "error", "")


def test_an_unforeseen_error_is_named_by_its_type() -> None:
    assert getattr(verdict(KeyError("page")), "error", "") == "KeyError: 'page'"
    assert not expected(KeyError("page"))
    assert expected(DocumentError("encrypted"))
