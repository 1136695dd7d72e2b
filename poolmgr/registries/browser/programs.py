"""Which Chromium and which Node are here, and which is best."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from poolmgr.domain.errors import NotAvailable

DEBIAN = Path("/usr/lib/chromium")
ON_PATH = ("google-chrome", "chromium", "chromium-browser")
INSTALL = (
    "Debian: apt-get install chromium-headless-shell. "
    "Elsewhere: playwright install --with-deps --only-shell chromium"
)


@dataclass(frozen=True, kw_only=True)
class Chromium:
    """shell: the headless shell, which for the same pages takes a third of the CPU and half the memory of a
    full Chromium, and opens no connection of its own."""

    path: Path
    shell: bool


def find_chromium(configured: str, environ: Mapping[str, str] | None = None) -> Chromium:
    """The configured one, else the best there is. Raises NotAvailable."""
    if configured:
        path = Path(configured).expanduser().absolute()
        if not runs(path):
            raise NotAvailable(f"registre.browser = {path} is no program.", advice=INSTALL)
        return Chromium(path=path, shell="shell" in path.name)
    found = next(candidates(os.environ if environ is None else environ), None)
    if found is None:
        raise NotAvailable("No Chromium was found on this machine.", advice=INSTALL)
    return found


def candidates(environ: Mapping[str, str]) -> Iterator[Chromium]:
    """Headless shells first; Debian's wrapper script in /usr/bin is passed over for the program behind it."""
    cache = playwright_cache(environ)
    shells = (DEBIAN / "chromium-headless-shell", *downloaded(cache, "chromium_headless_shell-*/*/*shell"))
    yield from (Chromium(path=path, shell=True) for path in shells if runs(path))
    others = (DEBIAN / "chromium", *downloaded(cache, "chromium-*/*/chrome"), *on_path())
    yield from (Chromium(path=path, shell=False) for path in others if runs(path))


def playwright_cache(environ: Mapping[str, str]) -> Path:
    """Where `playwright install` puts browsers: 0 means inside the package."""
    chosen = environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    if chosen == "0":
        return playwright_driver() / "package" / ".local-browsers"
    return Path(chosen or "~/.cache/ms-playwright").expanduser()


def downloaded(cache: Path, pattern: str) -> list[Path]:
    """The newest revision first."""
    return sorted(cache.glob(pattern), key=revision, reverse=True)


def revision(path: Path) -> int:
    found = re.search(r"-(\d+)$", path.parents[1].name)
    return int(found[1]) if found else 0


def on_path() -> Iterator[Path]:
    for name in ON_PATH:
        if found := shutil.which(name):
            yield Path(found)


def runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def find_node(environ: Mapping[str, str] | None = None) -> Path:
    """The Node that drives the browser: Playwright's own, or PLAYWRIGHT_NODEJS_PATH. Raises NotAvailable."""
    chosen = (os.environ if environ is None else environ).get("PLAYWRIGHT_NODEJS_PATH", "")
    path = Path(chosen) if chosen else playwright_driver() / "node"
    if not runs(path):
        raise NotAvailable(
            f"The Node of Playwright is not at {path}.",
            advice="Reinstall playwright, or set PLAYWRIGHT_NODEJS_PATH to a Node.",
        )
    return path


def playwright_driver() -> Path:
    """The folder of Playwright's driver. Raises NotAvailable."""
    spec = find_spec("playwright")
    if spec is None or spec.origin is None:
        raise NotAvailable("Playwright is not installed.", advice="pip install playwright")
    return Path(spec.origin).parent / "driver"


def find_setpriv() -> Path:
    """Raises NotAvailable: without it a browser would outlive a killed child."""
    found = shutil.which("setpriv")
    if found is None:
        raise NotAvailable("setpriv is not here.", advice="Install util-linux.")
    return Path(found)
