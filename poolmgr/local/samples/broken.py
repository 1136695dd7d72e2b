"""Documents that no reading can save: cut off, not a PDF, locked, empty."""

from hashlib import md5
from random import Random

import pymupdf

# ISO 32000-1, 7.6.3.3: what fills a password up to 32 bytes
FILL = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
PASSWORD = b"notaire"
NOTHING_ALLOWED = -64


def cut(whole: bytes, rng: Random) -> bytes:
    """A download that broke off within its first objects, before any page, with garbage at its end."""
    kids = whole.index(b"/Type/Pages")
    return whole[:kids] + rng.randbytes(2_000)


def fill_with_garbage(rng: Random) -> bytes:
    """The first line of a PDF and then chance."""
    return b"%PDF-1.7\n" + rng.randbytes(6_000)


def rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def digest(data: bytes) -> bytes:
    return md5(data, usedforsecurity=False).digest()


def lock(content: bytes, identity: bytes) -> bytes:
    """A one-page PDF that opens with `PASSWORD` only (standard handler, revision 2, RC4 of 40 bits).

    MuPDF encrypts under a random file identity, so the same page would never be the same bytes twice.
    """
    password = (PASSWORD + FILL)[:32]
    owner = rc4(digest(password)[:5], password)
    allowed = NOTHING_ALLOWED.to_bytes(4, "little", signed=True)
    key = digest(password + owner + allowed + identity)[:5]
    stream = rc4(digest(key + bytes([4, 0, 0, 0, 0]))[:10], content)
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding/WinAnsiEncoding>>",
        b"<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P %d>>"
        % (owner.hex().encode(), rc4(key, FILL).hex().encode(), NOTHING_ALLOWED),
    )
    return write_objects(
        objects, b"/Root 1 0 R/Encrypt 6 0 R/ID[<%s><%s>]" % ((identity.hex().encode(),) * 2)
    )


def write_objects(objects: tuple[bytes, ...], trailer: bytes) -> bytes:
    """A PDF of these objects, numbered from 1."""
    body = b"%PDF-1.4\n"
    entries = [b"0000000000 65535 f \n"]
    for number, value in enumerate(objects, 1):
        entries.append(b"%010d 00000 n \n" % len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, value)
    table = b"xref\n0 %d\n%s" % (len(entries), b"".join(entries))
    end = b"trailer\n<</Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(entries), trailer, len(body))
    return body + table + end


def encrypt(rng: Random, title: str) -> bytes:
    """A locked deed: readers are asked for a password."""
    line = pymupdf.get_pdf_str(title).encode("latin-1")
    return lock(b"BT /F 14 Tf 72 700 Td %s Tj ET" % line, rng.randbytes(16))
