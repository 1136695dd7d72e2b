from pathlib import Path

import pytest

from poolmgr.local.replica.asked import Asked
from poolmgr.local.replica.till import Receipts, Till

ASKED = Asked(source="acte", number="12345678", circonscription="Gaspé", acte_type="Avis d'adresse")


def receipts(till: Till) -> Receipts:
    return Receipts.read({kind: [*lines] for kind, lines in till.lines.items()})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "till.jsonl"


def fill(till: Till) -> None:
    till.login("a", ok=True)
    till.evict("a")
    till.press("a", "Soumettre", "/x", ASKED)
    till.press("a", "Commander", "/x", None)
    till.sell("a", ASKED, "Avis d'adresse 12345678", "/x")


def test_another_till_over_the_same_file_knows_all_of_it(file: Path) -> None:
    first = Till(file)
    fill(first)
    kept = receipts(Till(file))
    assert kept == receipts(first)
    assert [sale.asked for sale in kept.sales] == [ASKED]
    assert [order.asked for order in kept.orders] == [None]
    assert [login.ok for login in kept.logins] == [True]


def test_a_line_that_a_crash_cut_is_passed_over_and_the_next_is_whole(file: Path) -> None:
    fill(Till(file))
    with file.open("ab") as cut:
        cut.write(b'{"kind": "sales", "id": "ab')
    second = Till(file)
    assert len(receipts(second).sales) == 1
    second.sell("b", ASKED, "", "/x")
    assert [sale.account for sale in receipts(Till(file)).sales] == ["a", "b"]


def test_since_gives_what_came_later(file: Path) -> None:
    till = Till(file)
    fill(till)
    before = receipts(till)
    assert receipts(till).since(before) == Receipts()
    till.sell("b", ASKED, "", "/x")
    assert [sale.account for sale in receipts(till).since(before).sales] == ["b"]


def test_each_sale_has_an_id_of_its_own(file: Path) -> None:
    till = Till(file)
    assert till.sell("a", ASKED, "", "/x") != till.sell("a", ASKED, "", "/x")
