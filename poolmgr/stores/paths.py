"""Where a document rests: `bucket/object`, read from every form the product's rows hold."""

import hashlib
import re
from urllib.parse import unquote, urlsplit

from poolmgr.domain.errors import StoreError

BUCKETS = {
    "index": "index",
    "plan_cadastraux": "plans-cadastraux",
    "acte": "actes",
    "rdprm": "rdprm-documents",
}
URL = re.compile(
    r"/storage/v1/(?:object|render/image)/(?:upload/)?(?:(?:public|sign|authenticated)/)?(?P<path>.+)",
    re.DOTALL,
)
PART_CHARACTERS = 70  # three of them, the time, the token and an ending fit into one name
KEY_BYTES = 1024  # Supabase Storage's own limit for an object's name
COMPONENT_BYTES = 255  # what a Linux file system takes for one name


def bucket(document_source: str) -> str:
    """Raises StoreError for a source that has no bucket."""
    if document_source not in BUCKETS:
        raise StoreError(
            f"{document_source!r} is no source of documents.", advice=f"It is one of {', '.join(BUCKETS)}."
        )
    return BUCKETS[document_source]


def locate(supabase_path: str, document_source: str) -> str:
    """`bucket/object` from `bucket/object`, a bare object, a full URL (public, signed) or a prefixed object.

    Only a URL is percent-decoded. Raises StoreError for what can be no document's place.
    """
    path = supabase_path.strip()
    found = URL.search(split_path(path)) if "/storage/v1/" in path else None
    if found:
        path = decoded(found["path"])
        return "/".join(parts(path))
    path = path.lstrip("/")
    first, slash, _ = path.partition("/")
    if not (slash and first in BUCKETS.values()):
        path = f"{bucket(document_source)}/{path}"
    return "/".join(parts(path))


def split_path(url: str) -> str:
    """The URL's path: no host, no token."""
    try:
        return urlsplit(url).path
    except ValueError as error:
        raise StoreError(f"{url.partition('?')[0]!r} is no URL: {error}") from error


def decoded(path: str) -> str:
    try:
        return unquote(path, errors="strict")
    except UnicodeDecodeError as error:
        raise StoreError(f"{path!r} is no percent-encoded UTF-8.") from error


def parts(path: str) -> tuple[str, str]:
    """Bucket and object. Raises StoreError for a path that could leave its folder or that no store takes."""
    container, slash, name = path.partition("/")
    problem = ""
    if not (container and slash and name):
        problem = "it is not bucket/object"
    elif any(piece in ("", ".", "..") for piece in path.split("/")):
        problem = "it has an empty part, . or .."
    elif any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in path):
        problem = "it has characters that are no text"
    elif len(name.encode()) > KEY_BYTES or any(
        len(piece.encode()) > COMPONENT_BYTES for piece in path.split("/")
    ):
        problem = f"a part is longer than {COMPONENT_BYTES} bytes or the whole than {KEY_BYTES}"
    if problem:
        raise StoreError(f"{path[:120]!r} is no place of a document: {problem}.")
    return container, name


def object_name(
    document_source: str,
    *,
    number: str,
    circonscription: str | None = None,
    cadastre: str | None = None,
    milliseconds: int,
    token: str,
) -> str:
    """`{num}-{circ}-{cad}-{ms}-{token8}.pdf`, of an acte without the cadastre; see `bucket` for the rest.

    Number: no whitespace; characters that Storage refuses or that make a folder become `=XX` (UTF-8, hex),
    so that two numbers never share a name. Places as the product writes them: `Montréal` -> `Montr_al`.
    The token's start tells two owners of one job apart.
    """
    bucket(document_source)
    places = [circonscription] if document_source == "acte" else [circonscription, cadastre]
    pieces = [escaped("".join(number.split())), *(plain(place or "") for place in places)]
    return "-".join([*(shortened(piece) for piece in pieces), str(milliseconds), token8(token)]) + ".pdf"


def rdprm_object_name(session_id: str, name: str, token: str) -> str:
    """`{session}/{stem}-{token8}.pdf`; stem: lower case, runs of anything but a-z and 0-9 become `_`."""
    stem = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return f"{shortened(escaped(session_id))}/{shortened(stem)}-{token8(token)}.pdf"


def escaped(raw: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", lambda found: "".join(f"={byte:02X}" for byte in octets(found[0])), raw)


def octets(character: str) -> bytes:
    return character.encode("utf-8", "surrogatepass")


def plain(raw: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", raw)


def shortened(piece: str) -> str:
    """A piece too long keeps its start and says the rest by its sha-256."""
    if len(piece) <= PART_CHARACTERS:
        return piece or "_"
    return f"{piece[: PART_CHARACTERS - 18]}=h{hashlib.sha256(piece.encode()).hexdigest()[:16]}"


def token8(token: str) -> str:
    return plain(token[:8])
