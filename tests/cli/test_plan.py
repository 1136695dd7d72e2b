import json
from pathlib import Path

import psutil
import pytest

from poolmgr.domain.json import JsonObject, number, record
from tests.pools import command


def planned(folder: Path, *words: str) -> JsonObject:
    answer = command("plan", *words, "--json", folder=folder)
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("cpu", "ram", "registre", "ocr"), [(4, 8, 1, 0), (8, 16, 1, 2), (16, 32, 2, 4), (32, 64, 4, 8)]
)
def test_it_says_what_fits_on_a_machine_of_that_size(
    tmp_path: Path, cpu: int, ram: int, registre: int, ocr: int
) -> None:
    fits = record(planned(tmp_path, "--cpu", str(cpu), "--ram", str(ram)), "fits")
    assert (fits["registre"], fits["ocr"]) == (registre, ocr)


def test_without_a_size_it_is_this_machine_and_what_the_operator_leaves_of_it(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[server]\nmax_ram_gb = 0.5\n")
    machine = record(planned(tmp_path, "--cpu", "3"), "machine")
    assert machine == {"cpu": 3.0, "ram_gb": 0.5}
    (tmp_path / "config.toml").write_text("")
    here = number(record(planned(tmp_path), "machine"), "ram_gb")
    assert here <= psutil.virtual_memory().total / 2**30 + 0.001


def test_what_was_measured_here_counts_and_is_shown_beside_what_was_assumed(tmp_path: Path) -> None:
    measured = {"costs": {"registre": {"samples": 180, "cpu": 0.5, "ram_gb": 0.45}}}
    (tmp_path / "measured.json").write_text(json.dumps(measured))
    (tmp_path / "config.toml").write_text(f"[pool]\ndata_folder = {json.dumps(str(tmp_path))}\n")
    registre = record(record(planned(tmp_path), "children"), "registre")
    assert registre["assumed"] == {"cpu": 3.0, "ram_gb": 1.0}
    assert registre["counted"] == {"cpu": 0.75, "ram_gb": 0.505}
    assert registre["measured"] == {"samples": 180, "cpu": 0.5, "ram_gb": 0.45}
    shown = command("plan", folder=tmp_path).stdout
    assert "0.505" in shown
    assert "180" in shown


def test_a_number_of_documents_a_day_becomes_children_a_machine_and_their_price(tmp_path: Path) -> None:
    need = record(planned(tmp_path, "--docs-per-day", "5000"), "need")
    assert (need["registre"], need["cents_a_day"]) == (3, 750_000)
    assert number(record(need, "machine"), "cpu") == pytest.approx(
        number(record(need, "booked"), "cpu") / 0.8, abs=0.01
    )
    shown = command("plan", "--docs-per-day", "5000", folder=tmp_path).stdout
    assert "7500.00 CAD a day" in shown
