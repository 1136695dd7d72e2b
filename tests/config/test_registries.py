"""Where the land registry is, and whether a program may use it."""

import pytest
from pydantic import SecretStr, ValidationError

from poolmgr.config.changes import diff
from poolmgr.config.keys import all_keys
from poolmgr.config.section import Reload
from poolmgr.config.settings import FoncierSettings, RdprmSettings, Settings
from poolmgr.domain.limits import AccountLimits, SiteLimits
from tests.config.conftest import Load, Refuse

LOOKS_LIKE = (
    "must look like https://www.registrefoncier.gouv.qc.ca/Sirf/, ending in /, without user or password"
)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.registrefoncier.gouv.qc.ca/Sirf/", "www.registrefoncier.gouv.qc.ca"),
        ("https://site.example/", "site.example"),
        ("http://127.0.0.1:8070/Sirf/", "127.0.0.1"),
        ("http://[::1]:8070/", "::1"),
        ("http://LocalHost/a/b/", "localhost"),
    ],
)
def test_a_sites_host_is_its_addresss(url: str, host: str) -> None:
    assert FoncierSettings(url=url).host == host


@pytest.mark.parametrize(
    "url",
    [
        "",
        "www.registrefoncier.gouv.qc.ca/Sirf/",
        "ftp://site.example/",
        "https://site.example",
        "https://site.example/Sirf",
        "https://site.example/Sirf/page.asp",
        "https://user:secret@site.example/",
        "https://site.example/Sirf/?session=secret/",
        "https://site.example/Sirf/#/",
        "https://site.example/a b/",
        "https:///Sirf/",
    ],
)
def test_what_is_no_entry_page_is_refused_and_not_repeated(refuse: Refuse, url: str) -> None:
    assert refuse(f"[foncier]\nurl = '{url}'") == [f"config.toml:2: foncier.url: {LOOKS_LIKE}"]
    with pytest.raises(ValidationError) as caught:
        FoncierSettings(url=url)
    assert "secret" not in str(caught.value)


def test_the_older_name_of_the_address_still_counts(load: Load, refuse: Refuse) -> None:
    name, url = "REGISTRY_BASE_URL", "https://site.example/Sirf/"
    assert load(environ={name: url}).settings.foncier.url == url
    written = load("[foncier]\nurl = 'https://other.example/'", {name: url})
    assert (written.settings.foncier.url, str(written.origins["foncier.url"])) == (url, f"environment {name}")
    assert refuse(environ={name: "https://site.example/Sirf"}) == [f"environment: {name}: {LOOKS_LIKE}"]


def test_the_newer_name_is_stronger_than_the_older(load: Load) -> None:
    newer = {"POOL__FONCIER__URL": "https://new.example/", "REGISTRY_BASE_URL": "https://old.example/"}
    assert load(environ=newer).settings.foncier.url == "https://new.example/"


def test_a_site_of_others_may_be_used_once_a_person_has_read_its_terms() -> None:
    assert not FoncierSettings().allowed
    assert FoncierSettings(automation_acknowledged=True).allowed


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://localhost:8070/", True),
        ("http://127.0.0.1:8070/Sirf/", True),
        ("http://[::1]/", True),
        ("http://localhost.example/", False),
        ("http://127.0.0.1.example/", False),
        ("http://10.0.0.1/", False),
    ],
)
def test_a_site_of_this_machine_alone_needs_no_acknowledgement(url: str, allowed: bool) -> None:
    assert FoncierSettings(url=url).allowed == allowed


def test_an_acknowledgement_is_a_word_and_not_something_that_looks_like_one(refuse: Refuse) -> None:
    assert refuse("[foncier]\nautomation_acknowledged = 'true'") == [
        "config.toml:2: foncier.automation_acknowledged: must be true or false, found text"
    ]
    assert refuse("[foncier]\nprice_cents = -1") == [
        "config.toml:2: foncier.price_cents: must be from 0 to 100_000, found -1"
    ]


def test_what_a_reload_does_with_each_key_of_the_registry() -> None:
    new = Settings.model_validate(
        {
            "foncier": {"automation_acknowledged": True, "url": "http://localhost/", "price_cents": 160},
            "registre": {"spool_seconds": 30, "contexts": 3, "children": 2},
        }
    )
    assert {change.key: change.reload for change in diff(Settings(), new)} == {
        "registre.children": Reload.LIVE,
        "registre.contexts": Reload.RECYCLE,
        "registre.spool_seconds": Reload.LIVE,
        "foncier.automation_acknowledged": Reload.LIVE,
        "foncier.url": Reload.RECYCLE,
        "foncier.price_cents": Reload.RECYCLE,
    }


def test_the_rdprms_login_comes_by_its_older_names_and_is_never_shown(load: Load) -> None:
    secrets = {"RDPRM_PASS": "Tilleul & Cie 1", "RDPRM_SEC": "Trois-Rivières"}
    loaded = load(environ={"RDPRM_USER": "ab12", **secrets})
    rdprm = loaded.settings.rdprm
    assert (rdprm.username, rdprm.password.get_secret_value()) == ("ab12", secrets["RDPRM_PASS"])
    assert rdprm.security_answer.get_secret_value() == secrets["RDPRM_SEC"]
    assert not [secret for secret in secrets.values() if secret in repr(loaded)]


def test_the_rdprm_is_used_when_it_is_acknowledged_or_on_this_machine_and_has_a_login() -> None:
    login = {"username": "ab12", "password": SecretStr("secret")}
    assert not RdprmSettings().allowed
    assert not RdprmSettings(automation_acknowledged=True).usable
    assert RdprmSettings.model_validate({"automation_acknowledged": True, **login}).usable
    here = RdprmSettings.model_validate({"url": "http://127.0.0.1:8070/", "home_url": "", **login})
    assert (here.usable, here.hosts) == (True, ("127.0.0.1",))


def test_a_time_zone_a_language_and_an_address_that_cannot_be_are_refused(refuse: Refuse) -> None:
    wrong = "[registre]\ntimezone = 'Quebec'\nlocale = 'french'\n[rdprm]\ncdp_url = 'browsers.example'"
    assert refuse(wrong) == [
        "config.toml:2: registre.timezone: is no time zone such as America/Toronto",
        "config.toml:3: registre.locale: must look like fr-CA",
        "config.toml:5: rdprm.cdp_url: must look like wss://browsers.example/?key=…",
    ]


def test_the_address_of_a_hosted_browser_comes_by_a_variable_and_is_never_shown(load: Load) -> None:
    loaded = load(environ={"POOL__RDPRM__CDP_URL": "wss://browsers.example/?apiKey=s3cret"})
    assert loaded.settings.rdprm.is_hosted
    assert "s3cret" not in repr(loaded)
    assert all_keys()["rdprm.cdp_url"].secret


def test_limits_count_for_sites_of_somebody_else_alone() -> None:
    assert RdprmSettings().limits == SiteLimits(a_minute=10, at_once=4)
    assert RdprmSettings().account_limits.documents == 200
    ours = RdprmSettings(url="http://127.0.0.1:8070/")
    assert ours.limits.are_none
    assert ours.account_limits == AccountLimits()
