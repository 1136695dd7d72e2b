"""`registre-pool run` as systemd meets it."""

from pathlib import Path

import pytest

from tests.pools import command


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[ocr]\nchildren = -1\n", "ocr.children"),
        ("[pool\n", "config.toml:1"),
        ('[pool]\ncontrol_socket = "/proc/nowhere/control.sock"\ndata_folder = "."\n', "control socket"),
    ],
)
def test_a_configuration_that_cannot_be_used_ends_in_the_code_after_which_systemd_does_not_try_again(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "config.toml").write_text(
        text + '[environments.dev]\ndatabase_url = "postgresql://a:b@127.0.0.1:1/x"\ndocuments_folder = "d"\n'
    )
    answer = command("run", folder=tmp_path)
    assert answer.returncode == 78, answer.stderr
    assert said in answer.stderr
