"""What tests keep in a spool, and what they see of it."""

import stat
from pathlib import Path

from poolmgr.domain.jobs import EnvironmentName, Token
from poolmgr.domain.json import JsonObject
from poolmgr.stores.spool import Kept, Spool

TOKEN = Token("6f9619ff-8b86-d011-b42d-00c04fc964ff", EnvironmentName("dev"))
PDF = b"%PDF-1.7 paid"
FACTS: JsonObject = {"reference": "R-1", "pages": 3, "titre": "Vente à réméré"}


async def keep(spool: Spool, purchase: int = 7, document: bytes = PDF, html: bytes | None = None) -> Kept:
    return await spool.keep(purchase, TOKEN, document, html=html, facts=FACTS)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
