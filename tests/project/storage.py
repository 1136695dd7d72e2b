"""A small Storage on loopback: ten routes, with the answers of the genuine one, errors as HTTP 400 too."""

import hashlib
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from poolmgr.domain.json import Json, JsonObject
from tests.project.http import Request, answer, json_answer
from tests.project.keys import role_of, signed

MOMENT = "2026-11-22T22:45:22.330Z"
# What S3 allows in a key, and Storage with it.
KEY = re.compile(r"[\w/!\-.*'() &$@=;:+,?]+", re.ASCII)
BUCKETS = ("index", "actes", "plans-cadastraux", "rdprm-documents")
Route: TypeAlias = Callable[["Storage", Request, str], bytes]


class Trouble(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, error: str, message: str, code: str) -> None:
        body: JsonObject = {"statusCode": str(status), "error": error, "message": message, "code": code}
        self.answer = json_answer(400, body)
        super().__init__(message)


@dataclass(kw_only=True)
class Object:
    data: bytes
    content_type: str
    id: str = field(default_factory=lambda: str(uuid4()))


@dataclass(kw_only=True)
class Bucket:
    name: str
    public: bool = False
    file_size_limit: int | None = None
    allowed_mime_types: list[str] | None = None
    objects: dict[str, Object] = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        types: Json = list(self.allowed_mime_types) if self.allowed_mime_types else None
        return {
            "id": self.name,
            "name": self.name,
            "owner": "",
            "public": self.public,
            "type": "STANDARD",
            "file_size_limit": self.file_size_limit,
            "allowed_mime_types": types,
            "created_at": MOMENT,
            "updated_at": MOMENT,
        }


class Storage:
    """Objects by bucket and name.

    down: what to answer instead of anything else; spoil: what becomes of an upload on its way to the disk.
    """

    def __init__(self) -> None:
        self.buckets = {name: Bucket(name=name) for name in BUCKETS}
        self.down: bytes | None = None
        self.spoil: Callable[[bytes], bytes] = bytes
        self.requests: list[str] = []
        self.lock = threading.Lock()

    def answer(self, request: Request) -> bytes:
        """`request.path` without /storage/v1."""
        with self.lock:
            path = request.path.removeprefix("/storage/v1")
            self.requests.append(f"{request.method} {path}")
            if self.down is not None:
                return self.down
            try:
                return self.routed(request, path)
            except Trouble as trouble:
                return trouble.answer

    def routed(self, request: Request, path: str) -> bytes:
        for start, route in ROUTES[request.method].items():
            if path == start or path.startswith(start + "/"):
                return route(self, request, path[len(start) :].lstrip("/"))
        raise Trouble(404, "not_found", f"Route {request.method}:{path} not found", "NoSuchRoute")

    def bucket(self, request: Request, name: str) -> Bucket:
        """Who has no key sees no bucket."""
        if name not in self.buckets or not role_of(request.bearer):
            raise Trouble(404, "Bucket not found", "Bucket not found", "NoSuchBucket")
        return self.buckets[name]

    def object(self, request: Request, path: str) -> tuple[Bucket, str, Object]:
        name, _, key = path.partition("/")
        bucket = self.bucket(request, name)
        if role_of(request.bearer) != "service_role" or key not in bucket.objects:
            raise Trouble(404, "not_found", "Object not found", "NoSuchKey")
        return bucket, key, bucket.objects[key]

    def list_buckets(self, request: Request, path: str) -> bytes:
        if path:
            return json_answer(200, self.bucket(request, path).as_json())
        known = role_of(request.bearer) == "service_role"
        return json_answer(200, [one.as_json() for one in self.buckets.values()] if known else [])

    def create_bucket(self, request: Request, _path: str) -> bytes:
        told = request.json()
        name = str(told["name"])
        if role_of(request.bearer) != "service_role":
            raise Trouble(403, "Unauthorized", "new row violates row-level security policy", "AccessDenied")
        if name in self.buckets:
            raise Trouble(409, "Duplicate", "The resource already exists", "BucketAlreadyExists")
        limit, types = told.get("file_size_limit"), told.get("allowed_mime_types")
        self.buckets[name] = Bucket(
            name=name,
            public=told.get("public") is True,
            file_size_limit=limit if isinstance(limit, int) else None,
            allowed_mime_types=[str(one) for one in types] if isinstance(types, list) else None,
        )
        return json_answer(200, {"name": name})

    def upload(self, request: Request, path: str) -> bytes:
        name, _, key = path.partition("/")
        bucket = self.bucket(request, name)
        kind, data = file_of(request)
        if role_of(request.bearer) != "service_role":
            raise Trouble(403, "Unauthorized", "new row violates row-level security policy", "AccessDenied")
        if not KEY.fullmatch(key):
            raise Trouble(400, "InvalidKey", f"Invalid key: {key}", "InvalidKey")
        plain = kind.partition(";")[0]
        if bucket.allowed_mime_types and plain not in bucket.allowed_mime_types:
            raise Trouble(415, "invalid_mime_type", f"mime type {plain} is not supported", "InvalidMimeType")
        if bucket.file_size_limit is not None and len(data) > bucket.file_size_limit:
            message = "The object exceeded the maximum allowed size"
            raise Trouble(413, "Payload too large", message, "EntityTooLarge")
        overwrites = request.method == "PUT" or request.headers.get("x-upsert") == "true"
        if key in bucket.objects and not overwrites:
            raise Trouble(409, "Duplicate", "The resource already exists", "KeyAlreadyExists")
        stored = Object(data=self.spoil(data), content_type=kind)
        if key in bucket.objects:
            stored.id = bucket.objects[key].id
        bucket.objects[key] = stored
        return json_answer(200, {"Key": f"{name}/{key}", "Id": stored.id})

    def download(self, request: Request, path: str) -> bytes:
        _, _, found = self.object(request, path)
        return sent(found)

    def info(self, request: Request, path: str) -> bytes:
        bucket, key, found = self.object(request, path)
        told: JsonObject = {
            "id": found.id,
            "name": key,
            "bucket_id": bucket.name,
            "size": len(found.data),
            "content_type": found.content_type,
            "cache_control": "max-age=3600",
            "etag": etag(found),
            "metadata": {},
            "last_modified": MOMENT,
            "created_at": MOMENT,
        }
        return json_answer(200, told)

    def list_objects(self, request: Request, path: str) -> bytes:
        told = request.json()
        prefix = str(told.get("prefix") or "")
        start = f"{prefix}/" if prefix else ""
        rows: dict[str, Json] = {}
        for key, found in sorted(self.bucket(request, path).objects.items()):
            if key.startswith(start):
                first, _, deeper = key.removeprefix(start).partition("/")
                rows[first] = listed(first, None if deeper else found)
        return json_answer(200, list(rows.values()))

    def sign(self, request: Request, path: str) -> bytes:
        self.object(request, path)
        return json_answer(200, {"signedURL": f"/object/sign/{path}?token={signed({'url': path})}"})

    def download_signed(self, request: Request, path: str) -> bytes:
        given = parse_qs(urlsplit(request.target).query).get("token", [""])[0]
        name, _, key = path.partition("/")
        if given != signed({"url": path}):
            raise Trouble(400, "InvalidJWT", "Invalid Compact JWS", "InvalidJWT")
        return sent(self.buckets[name].objects[key])

    def move(self, request: Request, _path: str) -> bytes:
        told = request.json()
        bucket, key, found = self.object(request, f"{told['bucketId']}/{told['sourceKey']}")
        bucket.objects[str(told["destinationKey"])] = found
        del bucket.objects[key]
        return json_answer(200, {"message": "Successfully moved"})

    def remove(self, request: Request, path: str) -> bytes:
        bucket, prefixes = self.bucket(request, path), request.json()["prefixes"]
        assert isinstance(prefixes, list)
        gone = [key for key in map(str, prefixes) if key in bucket.objects]
        rows: list[Json] = [
            {"name": key, "bucket_id": bucket.name, "id": bucket.objects.pop(key).id} for key in gone
        ]
        return json_answer(200, rows)


def file_of(request: Request) -> tuple[str, bytes]:
    """Type and bytes of the file in a multipart form, as the client library sends it."""
    boundary = request.headers["content-type"].partition("boundary=")[2].encode()
    for part in request.body.split(b"--" + boundary):
        head, _, data = part.partition(b"\r\n\r\n")
        if b"filename=" in head:
            kind = re.search(rb"content-type: ([^\r]+)", head, re.IGNORECASE)
            return kind[1].decode() if kind else "text/plain", data.removesuffix(b"\r\n")
    raise Trouble(400, "invalid_request", "body must have a file", "InvalidRequest")


def sent(found: Object) -> bytes:
    return answer(200, found.data, found.content_type, etag=etag(found), cache_control="max-age=3600")


def etag(found: Object) -> str:
    return f'"{hashlib.md5(found.data, usedforsecurity=False).hexdigest()}"'


def listed(name: str, found: Object | None) -> JsonObject:
    """A folder has no id and no times."""
    if found is None:
        return dict.fromkeys(("id", "updated_at", "created_at", "last_accessed_at", "metadata")) | {
            "name": name
        }
    metadata: JsonObject = {"eTag": etag(found), "size": len(found.data), "mimetype": found.content_type}
    return {"name": name, "id": found.id, "updated_at": MOMENT, "created_at": MOMENT, "metadata": metadata}


ROUTES: Mapping[str, Mapping[str, Route]] = MappingProxyType(
    {
        "GET": {
            "/bucket": Storage.list_buckets,
            "/object/info": Storage.info,
            "/object/sign": Storage.download_signed,
            "/object": Storage.download,
        },
        "POST": {
            "/bucket": Storage.create_bucket,
            "/object/list": Storage.list_objects,
            "/object/sign": Storage.sign,
            "/object/move": Storage.move,
            "/object": Storage.upload,
        },
        "PUT": {"/object": Storage.upload},
        "DELETE": {"/object": Storage.remove},
    }
)
