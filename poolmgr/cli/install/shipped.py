"""The files that come with the package and are put onto the machine: the unit and config.toml."""

import re
from importlib import resources
from pathlib import Path

from poolmgr.domain.errors import NotAvailable

UNIT = "registre-pool.service"
SHIPPED_EXECUTABLE = "/usr/local/bin/registre-pool"
SHIPPED_USER = "registre-pool"
STATE_FOLDER = "/var/lib/registre-pool"
CONTROL_SOCKET = "/run/registre-pool/control.sock"


def shipped(name: str) -> str:
    """The text of a file, from a checkout or from the installed package. Raises NotAvailable."""
    for file in (Path(__file__).parents[3] / name, resources.files("poolmgr") / name):
        if file.is_file():
            return file.read_text(encoding="utf-8")
    raise NotAvailable(f"This installation holds no {name}.", advice="Install registre-pool again.")


def unit(executable: Path, user: str) -> str:
    """The service with its program and its user."""
    text = shipped(f"systemd/{UNIT}").replace(SHIPPED_EXECUTABLE, quoted(executable))
    return re.sub(rf"^User={SHIPPED_USER}$", f"User={user}", text, flags=re.MULTILINE)


def quoted(executable: Path) -> str:
    """As a unit's ExecStart writes a path: its own marks doubled, blanks inside quotes."""
    text = str(executable).replace("\\", "\\\\").replace("%", "%%").replace("$", "$$")
    return f'"{text}"' if re.search(r"\s", text) else text


def configuration() -> str:
    """config.toml with the folders of the service: verbs typed outside of it find the running pool."""
    text = shipped("config.toml")
    for key, value in (("data_folder", STATE_FOLDER), ("control_socket", CONTROL_SOCKET)):
        text = re.sub(rf'^{key} = ""$', f'{key} = "{value}"', text, count=1, flags=re.MULTILINE)
    return text


def profile(browser: Path) -> str:
    """What AppArmor has to know of the browser: it may make the namespaces of its own sandbox."""
    return (
        "abi <abi/4.0>,\n"
        "include <tunables/global>\n\n"
        f'profile registre-pool-browser "{browser}" flags=(unconfined) {{\n'
        "  userns,\n"
        "  include if exists <local/registre-pool>\n"
        "}\n"
    )
