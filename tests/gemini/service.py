"""The loopback Gemini as an ASGI application; /control/* is for tests and no part of the wire."""

import asyncio
import json
import re
import time
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import PurePosixPath

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from poolmgr.domain.json import Json, JsonObject, number, record, records, text, whole
from tests.gemini import eyes, thoughts, wire
from tests.gemini.faults import ANSWERS, REFUSALS, Said
from tests.gemini.window import Window

KEY = "AIza-loopback"
SPOKEN = 40


class Service:
    """faults: the next ones, each taken once by the first question whose text has its `when`."""

    def __init__(self) -> None:
        self.begin({})

    def begin(self, told: JsonObject) -> None:
        self.window = Window(whole(told, "requests"), whole(told, "tokens"), number(told, "seconds", 60.0))
        self.latency_seconds = number(told, "latency_seconds")
        self.faults = records(told, "faults")
        self.seen: list[Json] = []
        self.files: dict[str, JsonObject] = {}
        self.bytes: dict[str, bytes] = {}
        self.uploads = 0
        self.inside = 0
        self.most_inside = 0

    # Control

    async def set_up(self, request: Request) -> Response:
        self.begin(await request.json())
        return JSONResponse({})

    async def tell(self, request: Request) -> Response:
        return JSONResponse(
            {
                "seen": self.seen,
                "files": list(self.files.values()),
                "uploads": self.uploads,
                "most_inside": self.most_inside,
                "most_requests": self.window.most_requests,
                "most_tokens": self.window.most_tokens,
            }
        )

    async def plant(self, request: Request) -> Response:
        """A file that somebody left behind."""
        file: JsonObject = await request.json()
        self.files[PurePosixPath(text(file, "name")).name] = file
        return JSONResponse({})

    # The wire

    async def describe(self, request: Request) -> Response:
        """GET /v1/models/{model}; those whose name ends in `none` do not exist."""
        name = request.path_params["name"]
        if request.headers.get("x-goog-api-key") != KEY:
            return refusal(*REFUSALS["400_key"])
        if name.endswith("none"):
            return refusal(*REFUSALS["404"])
        return JSONResponse({"name": f"models/{name}", "displayName": name.replace("-", " ").title()})

    async def model(self, request: Request) -> Response:
        """POST /v1/models/{model}:{verb}."""
        if request.headers.get("x-goog-api-key") != KEY:
            return refusal(*REFUSALS["400_key"])
        model, _, verb = request.path_params["rest"].partition(":")
        question = wire.asked(await request.json())
        tokens = await self.count(question)
        if verb == "countTokens":
            return JSONResponse({"totalTokens": tokens})
        told: JsonObject = {
            "model": model,
            "verb": verb,
            "text": question.text,
            "instruction": question.instruction,
            "mime": question.mime,
            "bytes": len(question.data),
            "uri": question.uri,
            "tokens": tokens,
            "config": question.config,
            "at": time.monotonic(),
            "sent": 0,
        }
        self.seen.append(told)
        return await self.answered(verb, question, tokens, told)

    async def answered(self, verb: str, question: wire.Asked, tokens: int, told: JsonObject) -> Response:
        fault = self.fault(question)
        if spent := self.window.take(tokens):
            told["status"] = 429
            body = wire.error(429, "Quota exceeded.", wire.quota_failure(spent), wire.retry_info(1))
            return refusal(429, body)
        if fault == "502_html":
            return HTMLResponse("<html><body>Bad Gateway</body></html>", 502)
        if fault in REFUSALS:
            told["status"] = REFUSALS[fault][0]
            return refusal(*REFUSALS[fault])
        told["status"] = 200
        if fault == "blocked":
            blocked: JsonObject = {
                "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
                "usageMetadata": {"promptTokenCount": tokens, "totalTokenCount": tokens},
            }
            return StreamingResponse(iter([wire.event(blocked)]), media_type="text/event-stream")
        said = await self.said(question, fault)
        if verb == "generateContent":
            whole_answer = wire.candidate(said.text, said.finish)
            return JSONResponse(
                {"candidates": [whole_answer], "usageMetadata": wire.usage(tokens, said.text, question.mime)}
            )
        return StreamingResponse(self.stream(said, question, tokens, told), media_type="text/event-stream")

    async def said(self, question: wire.Asked, fault: str) -> Said:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        try:
            await asyncio.sleep(self.latency_seconds)
            answer, listed = await asyncio.to_thread(self.read, question)
        finally:
            self.inside -= 1
        if fault:
            return ANSWERS[fault](answer, listed)
        return Said(text=json.dumps(answer, ensure_ascii=False))

    async def stream(
        self, said: Said, question: wire.Asked, tokens: int, told: JsonObject
    ) -> AsyncIterator[bytes]:
        silent = said.then and not said.text
        finish = "" if said.then else said.finish
        for body in [] if silent else wire.chunks(said.text, finish, tokens, question.mime):
            yield wire.event(body)
            told["sent"] = sent = whole(told, "sent") + 1
            # A model does not speak faster than it is heard.
            await asyncio.sleep(0.002 if sent > SPOKEN else 0)
        if said.then == "hang":
            await asyncio.Event().wait()
        if said.then == "drop":
            raise ConnectionResetError("dropped on purpose")

    def fault(self, question: wire.Asked) -> str:
        for one in self.faults:
            if re.search(text(one, "when"), question.text) and whole(one, "times", 1) > 0:
                one["times"] = whole(one, "times", 1) - 1
                return text(one, "fault")
        return ""

    def shown(self, question: wire.Asked) -> bytes:
        return self.bytes[PurePosixPath(question.uri).name] if question.uri else question.data

    async def count(self, question: wire.Asked) -> int:
        words = (len(question.text) + len(question.instruction) + len(json.dumps(question.schema))) // (
            wire.CHARACTERS_A_TOKEN
        )
        if question.mime != "application/pdf":
            return words + (wire.PICTURE_TOKENS if question.mime else 0)
        return words + wire.PDF_PAGE_TOKENS * await asyncio.to_thread(pages, self.shown(question))

    def read(self, question: wire.Asked) -> tuple[JsonObject, str]:
        """In a thread of its own each; Tesseract and PyMuPDF are asked one at a time."""
        if not question.mime:
            return thoughts.of_rows(question.text, question.instruction), "proposals"
        with eyes.LOCK:
            if question.mime == "application/pdf":
                return acte(self.shown(question), question.text), "blocks"
            return index(question.data, question.text), "rows"

    # Files

    async def upload(self, request: Request) -> Response:
        told = record(await request.json(), "file")
        name = uuid.uuid4().hex[:12]
        self.uploads += 1
        self.bytes[name] = b""
        self.files[name] = {
            "name": f"files/{name}",
            "uri": f"{request.base_url}v1/files/{name}",
            "displayName": told.get("display_name") or told.get("displayName"),
            "mimeType": told.get("mime_type") or told.get("mimeType"),
            "createTime": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "state": "PROCESSING",
        }
        return Response(headers={"x-goog-upload-url": f"{request.base_url}upload/here/{name}"})

    async def receive(self, request: Request) -> Response:
        name = request.path_params["name"]
        self.bytes[name] += await request.body()
        if "finalize" not in request.headers["x-goog-upload-command"]:
            return Response(headers={"x-goog-upload-status": "active"})
        self.files[name]["sizeBytes"] = str(len(self.bytes[name]))
        return JSONResponse({"file": self.files[name]}, headers={"x-goog-upload-status": "final"})

    async def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self.files:
            return refusal(403, wire.error(403, f"You do not have permission to access the File {name}."))
        if request.method == "DELETE":
            del self.files[name]
            return JSONResponse({})
        self.files[name]["state"] = "ACTIVE"
        return JSONResponse(self.files[name])

    async def list_files(self, request: Request) -> Response:
        return JSONResponse({"files": list(self.files.values())})


def pages(pdf: bytes) -> int:
    with eyes.LOCK:
        return len(eyes.pages_of(pdf))


def index(picture: bytes, asked: str) -> JsonObject:
    rows = eyes.rows_of(picture)
    following = after(rows, asked)
    listed: list[Json] = list(following)
    return {
        "layout": "modern_inscription",
        "header": {"circonscription": "Montréal", "cadastre": "", "lot": "", "others": []},
        "rows_counted": len(rows),
        "rows": listed,
    }


def after(rows: list[JsonObject], asked: str) -> list[JsonObject]:
    """From the last row that the question names, that one again: as models do."""
    named = eyes.LAST_ROW.search(asked)
    if not named:
        return rows
    last = json.loads(named[1])["number"]
    places = [place for place, row in enumerate(rows) if row["number"] == last]
    return rows[places[0] :] if places else rows


def acte(pdf: bytes, asked: str) -> JsonObject:
    pages, blank, blocks = eyes.blocks_of(pdf)
    named = re.search(r"par ces mots : « (.*?) »", asked, re.DOTALL)
    if named:
        last = [place for place, one in enumerate(blocks) if ends_with(one, named[1])]
        blocks = blocks[last[0] + 1 :] if last else blocks
    listed: list[Json] = list(blocks)
    blanks: list[Json] = list(blank)
    return {"pages_seen": pages, "blank_pages": blanks, "blocks": listed}


def ends_with(block: JsonObject, words: str) -> bool:
    return " ".join(text(block, "text").split()).endswith(words)


def refusal(code: int, body: JsonObject) -> Response:
    return JSONResponse(body, code)


def application() -> Starlette:
    service = Service()
    versions = ("/v1", "/v1beta")
    routes = [
        Route("/control/set_up", service.set_up, methods=["POST"]),
        Route("/control/plant", service.plant, methods=["POST"]),
        Route("/control/tell", service.tell),
        Route("/upload/here/{name}", service.receive, methods=["POST"]),
    ]
    for version in versions:
        routes += [
            Route(f"/upload{version}/files", service.upload, methods=["POST"]),
            Route(f"{version}/files", service.list_files),
            Route(f"{version}/files/{{name}}", service.file, methods=["GET", "DELETE"]),
            Route(f"{version}/models/{{rest:path}}", service.model, methods=["POST"]),
            Route(f"{version}/models/{{name}}", service.describe),
        ]
    return Starlette(routes=routes)
