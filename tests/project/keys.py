"""The keys of a hosted project: tokens signed with its secret, one for each role."""

import base64
import hashlib
import hmac
import json

from poolmgr.domain.json import JsonObject

SECRET = "a secret of the tests, long enough for every version of PostgREST"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(claims: JsonObject, secret: str = SECRET) -> str:
    head = encoded(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    text = f"{head}.{encoded(json.dumps(claims).encode())}"
    return f"{text}.{encoded(hmac.digest(secret.encode(), text.encode(), hashlib.sha256))}"


def key(role: str) -> str:
    """As Supabase makes them: for ten years."""
    return signed(
        {"iss": "supabase", "ref": "tests", "role": role, "iat": 1_700_000_000, "exp": 2_100_000_000}
    )


def role_of(token: str) -> str:
    """Of a key of this project; empty for any other text."""
    known = {key(role): role for role in ("anon", "authenticated", "service_role")}
    return known.get(token, "")
