from datetime import date
from pathlib import Path

from pydantic import SecretStr

from poolmgr.cli.doctor import registries
from poolmgr.config.loader import load
from poolmgr.config.settings import Settings
from tests.registries.hosts import KEY, host


def test_without_leave_to_use_any_registry_it_fails_with_the_lines_to_add(tmp_path: Path) -> None:
    (found,) = registries.permission(Settings())
    assert found.grade == "failure"
    lines = [line.strip() for line in found.fix.splitlines()[1:3]]
    (tmp_path / "config.toml").write_text("\n".join(lines))
    assert not list(registries.permission(load(tmp_path / "config.toml", environ={})))


def test_a_tariff_from_before_the_first_of_april_is_said_unless_somebody_has_set_the_price() -> None:
    used = Settings.model_validate({"foncier": {"automation_acknowledged": True}})
    (found,) = registries.prices(used, date(2040, 4, 1))
    assert (found.grade, "foncier.price_cents" in found.fix) == ("warning", True)
    priced = Settings.model_validate({"foncier": {"automation_acknowledged": True, "price_cents": 210}})
    assert not list(registries.prices(priced, date(2040, 4, 1)))
    assert not list(registries.prices(Settings(), date(2040, 4, 1)))


def test_an_rdprm_that_is_used_without_its_hours_is_a_warning(tmp_path: Path) -> None:
    used = {"automation_acknowledged": True, "username": "ab12", "password": SecretStr("secret")}
    pool = {"data_folder": str(tmp_path)}
    asked = registries.rdprm(Settings.model_validate({"rdprm": used, "pool": pool}))
    assert (asked.grade, "rdprm.open_hours" in asked.fix) == ("warning", True)
    written = used | {"open_hours": "mon-sun 07:00-23:00"}
    assert registries.rdprm(Settings.model_validate({"rdprm": written, "pool": pool})).grade == "ok"


def test_a_hosted_browser_is_tried_out_and_said_without_its_key(tmp_path: Path) -> None:
    with host(tmp_path) as hosted:
        settled = Settings.model_validate({"req": {"cdp_url": hosted.address}})
        said = registries.hosted_browser(settled, settled.req)
        assert "hosted; it runs scripts, and its downloads come here" in said
        assert KEY not in said
