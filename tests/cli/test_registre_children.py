"""Whether a pool has children for the registries, and what it says when it has none."""

from datetime import datetime
from typing import get_args

from pydantic import SecretStr

from poolmgr.cli import registre
from poolmgr.cli.children import crew
from poolmgr.cli.environments import Access, configured, on_replica
from poolmgr.config.settings import EnvironmentSettings, Settings
from poolmgr.domain.hours import ZONE
from poolmgr.domain.jobs import EnvironmentName, JobKind
from poolmgr.workers.gate import Gate

DEV = EnvironmentName("dev")
SITE, OWN = "https://site.example/", "http://127.0.0.1:8070/Sirf/"


def settings(url: str, *, acknowledged: bool = False, enabled: bool = True) -> Settings:
    return Settings.model_validate(
        {
            "foncier": {"url": url, "automation_acknowledged": acknowledged},
            "registre": {"children": 2, "enabled": enabled},
        }
    )


def test_without_an_acknowledgement_nothing_is_claimed_and_it_is_said_why() -> None:
    assert registre.specs([], settings(SITE)) == []
    (notice,) = registre.notices(settings(SITE))
    assert "foncier.automation_acknowledged is false" in notice
    assert crew([], settings(SITE)).notices == (notice,)
    assert not [spec for spec in crew([], settings(SITE)).specs if spec.kind == "registre"]
    assert crew([], settings(SITE)).lacks == (registre.NOTHING_ACKNOWLEDGED,)


def test_an_acknowledged_site_has_its_children_and_nothing_to_say() -> None:
    specs = registre.specs([], settings(SITE, acknowledged=True))
    assert [(spec.name, spec.kind, spec.claims) for spec in specs] == [
        ("registre-1", "registre", ("land",)),
        ("registre-2", "registre", ("land",)),
    ]
    assert registre.notices(settings(SITE, acknowledged=True)) == ()


def test_a_site_of_this_machine_needs_no_acknowledgement() -> None:
    assert len(registre.specs([], settings(OWN))) == 2
    assert registre.notices(settings(OWN)) == ()


def test_each_registry_is_claimed_from_when_its_own_terms_are_acknowledged() -> None:
    table = {"automation_acknowledged": True}
    both = Settings.model_validate({"foncier": table, "req": table})
    assert registre.claims(both) == ("land", "req")
    assert registre.hosts(both) == ["www.registrefoncier.gouv.qc.ca", "www.registreentreprises.gouv.qc.ca"]
    companies_alone = Settings.model_validate({"req": table})
    assert registre.claims(companies_alone) == ("req",)
    assert registre.lacks(companies_alone) == ()
    assert registre.bought(Access(name=DEV, settings=EnvironmentSettings()), companies_alone) == frozenset()
    assert registre.hosts(companies_alone) == ["www.registreentreprises.gouv.qc.ca"]
    assert registre.hosts(settings(SITE, acknowledged=True)) == ["site.example"]


def test_the_rdprm_needs_its_login_besides_and_a_missing_one_is_said() -> None:
    table = {"automation_acknowledged": True}
    bare = Settings.model_validate({"foncier": table, "rdprm": table})
    assert registre.claims(bare) == ("land",)
    (notice,) = registre.notices(bare)
    assert "RDPRM_USER" in notice
    login = {"username": "ab12", "password": SecretStr("secret")}
    whole = Settings.model_validate({"foncier": table, "rdprm": table | login})
    assert (registre.claims(whole), registre.notices(whole)) == (("land", "rdprm"), ())
    assert registre.hosts(whole)[1:] == ["servicesclients.rdprm.gouv.qc.ca", "www.rdprm.gouv.qc.ca"]
    never_asked = Settings.model_validate({"foncier": table, "rdprm": login})
    assert (registre.claims(never_asked), registre.notices(never_asked)) == (("land",), ())


def test_on_the_replica_all_registries_are_used_without_an_acknowledgement() -> None:
    used = on_replica(Settings(), OWN)
    assert registre.claims(used) == ("land", "req", "rdprm")
    assert used.req.url == "http://127.0.0.1:8070/reqna/"
    assert registre.hosts(used) == ["127.0.0.1"]


def test_who_downloads_nothing_on_purpose_is_told_nothing() -> None:
    assert crew([], settings(SITE, enabled=False)).notices == ()
    assert crew([], settings(SITE), only="ocr").notices == ()
    assert crew([], settings(SITE, enabled=False)).lacks == crew([], settings(SITE), only="ocr").lacks == ()
    assert not [spec for spec in crew([], settings(OWN), only="ocr").specs if spec.kind == "registre"]
    assert {spec.kind for spec in crew([], settings(OWN), only="registre").specs} == {"scout", "registre"}


def test_a_child_asks_an_environment_for_what_is_switched_on_there() -> None:
    database = {"database_url": "postgresql://here/x", "documents_folder": "/documents"}
    tables = {"dev": {**database, "extraction": False}, "prod": {**database, "ocr": False}}
    switched = Settings.model_validate({"environments": tables})
    prod, dev = registre.environments(configured(switched), switched)
    assert (prod.queue.environment, prod.kinds) == ("prod", ("land", "req", "rdprm"))
    assert (dev.queue.environment, dev.kinds) == ("dev", ("ocr_index", "ocr_acte", "req", "rdprm"))


def test_each_registry_keeps_its_own_hours() -> None:
    tables = {
        "foncier": {"url": SITE},
        "rdprm": {"open_hours": "mon-fri 07:00-23:00", "closing_seconds": 900},
    }
    settled = Settings.model_validate(tables)
    gate, kinds = Gate(), get_args(JobKind)[:3]
    for minute, begins in (("22:44", True), ("22:46", False), ("06:59", False)):
        moment = datetime.fromisoformat(f"2026-11-26T{minute}").replace(tzinfo=ZONE)
        for kind in kinds:
            registre.opening(kind, settled, gate).look(moment)
        assert (gate.takes("land"), gate.takes("req"), gate.takes("rdprm")) == (True, True, begins)
