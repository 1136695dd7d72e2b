"""What lies in storage of one document, before anybody reads it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Papers:
    """pdf: the document. table: the registry's own page of an index, HTML, where it was saved beside."""

    pdf: bytes
    table: bytes | None = None
