"""Importing once, in the parent, what every child needs: a fork shares it instead of loading it again."""

import gc
import importlib
import os
from collections.abc import Iterable
from types import MappingProxyType

from poolmgr.domain.children import ChildSpec
from poolmgr.domain.errors import NotAvailable

ONE_THREAD = MappingProxyType({"OMP_THREAD_LIMIT": "1", "OPENBLAS_NUM_THREADS": "1"})
"""Read by the libraries when they load. One thread a child also halves Tesseract's CPU (measured)."""


def preload(specs: Iterable[ChildSpec]) -> list[str]:
    """The names imported. Raises NotAvailable naming the child and the module that it lacks."""
    os.environ.update(ONE_THREAD)
    wanted: dict[str, str] = {}
    for spec in specs:
        for module in spec.preload:
            wanted.setdefault(module, spec.name)
    for module, child in wanted.items():
        load(module, child)
    freeze()
    return sorted(wanted)


def load(module: str, child: str) -> None:
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise NotAvailable(
            f"Child {child} needs the module {module}, which cannot be imported: {error}",
            advice="Install what is missing, or switch off what needs it in config.toml.",
        ) from error


def freeze() -> None:
    """Takes all objects out of the collector's sight: a collection in a child would write to, and so copy,
    every page it looks at."""
    gc.collect()
    gc.freeze()
