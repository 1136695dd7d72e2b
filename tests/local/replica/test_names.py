import re
from html import unescape

import pytest

from poolmgr.local.replica import paths
from poolmgr.local.replica.control import Replica
from poolmgr.local.replica.names import FIELDS, FIELDS_OF, LABELS
from tests.local.replica.visitor import Answer, Visitor


def every_page(visitor: Visitor) -> dict[str, Answer]:
    """One page of each kind, by its key in FIELDS_OF; whatever is renamed, their paths stay."""
    pages = {"login": visitor.get(paths.LOGIN)}
    visitor.login()
    pages["welcome"] = visitor.get(paths.WELCOME)
    pages["index"], pages["plan"] = visitor.get(paths.INDEX), visitor.get(paths.PLAN)
    pages["acte"] = visitor.get(paths.ACTE)
    pages["similar"], _ = visitor.follow(visitor.search_acte("12345111"))
    pages["plan_choice"], _ = visitor.follow(visitor.search_lot("1234444", path=paths.PLAN))
    pages["confirm"], _ = visitor.follow(visitor.search_lot("1234333"))
    return pages


def names_of(page: Answer) -> set[str]:
    tags = page.page.attributes("input") + page.page.attributes("select")
    return {tag["name"] for tag in tags}


def test_the_lists_of_fields_are_those_of_the_pages(visitor: Visitor) -> None:
    pages = every_page(visitor)
    assert {key: names_of(page) for key, page in pages.items()} == {
        key: set(names) for key, names in FIELDS_OF.items()
    }
    assert set(FIELDS) == set().union(*FIELDS_OF.values())


def test_a_field_has_its_name_for_its_id(visitor: Visitor) -> None:
    for page in every_page(visitor).values():
        ids = {tag["id"] for tag in page.page.attributes("input") + page.page.attributes("select")}
        assert names_of(page) <= ids


@pytest.mark.parametrize("field", FIELDS)
def test_a_renamed_field_has_its_new_name_everywhere(replica: Replica, visitor: Visitor, field: str) -> None:
    pages = every_page(visitor)
    replica.fault("renamed_field", field=field, label="txtTout<autre>")
    for key, page in pages.items():
        again = visitor.get(page.path)
        assert field not in names_of(again), key
        assert f"['{field}']" not in again.html
        assert ("txtTout<autre>" in names_of(again)) is (field in FIELDS_OF[key])


def test_a_renamed_field_works_under_its_new_name_until_cleared(replica: Replica, visitor: Visitor) -> None:
    replica.fault("renamed_field", field="txtMotPasse")
    page = visitor.get(paths.LOGIN)
    typed = {"txtVaCodeUtils": "replica-1", "txtMotPasseNouv": "Érable-1"}
    assert visitor.submit(page, "btnSoumt", typed).status == 302
    replica.clear_faults()
    assert visitor.login().status == 302


@pytest.mark.parametrize("label", LABELS)
def test_a_changed_word_is_gone_from_every_page(replica: Replica, visitor: Visitor, label: str) -> None:
    pages = every_page(visitor)
    frames, _ = visitor.follow(visitor.search_lot("2274178"))
    pages["menu"] = visitor.get(frames.page.attributes("frame")[0]["src"])
    shown = [page for page in pages.values() if label in everything_said(page)]
    assert shown
    replica.fault("changed_label", field=label, label="Tout & autre")
    assert all("Tout & autre" in everything_said(visitor.get(page.path)) for page in shown)


def everything_said(page: Answer) -> set[str]:
    """Words between tags, captions of buttons, titles of links."""
    reading = page.page
    lines = {line.strip() for line in reading.words.replace(" - ", "\n").splitlines()}
    titles = {link.get("title", "") for link in reading.attributes("a")}
    return lines | titles | set(reading.buttons().values()) | words_in_cells(page)


def words_in_cells(page: Answer) -> set[str]:
    return {unescape(words).strip() for words in re.findall(r">([^<>]+)<", page.html)}
