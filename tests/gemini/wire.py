"""Bodies as the service writes them, and questions as its client writes them."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from poolmgr.domain.json import JsonObject, record, records, text

GOOGLE = "type.googleapis.com/google.rpc."
STATUS = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
PICTURE_TOKENS, PDF_PAGE_TOKENS, CHARACTERS_A_TOKEN = 1120, 560, 4
CHUNK_CHARACTERS = 60


def error(code: int, message: str, *details: JsonObject, status: str = "") -> JsonObject:
    body: JsonObject = {"code": code, "message": message, "status": status or STATUS[code]}
    if details:
        body["details"] = list(details)
    return {"error": body}


def quota_failure(quota: str) -> JsonObject:
    return {"@type": f"{GOOGLE}QuotaFailure", "violations": [{"quotaId": quota}]}


def retry_info(seconds: float) -> JsonObject:
    return {"@type": f"{GOOGLE}RetryInfo", "retryDelay": f"{seconds:g}s"}


def error_info(reason: str) -> JsonObject:
    return {"@type": f"{GOOGLE}ErrorInfo", "reason": reason, "domain": "googleapis.com"}


def either(values: JsonObject, camel: str, snake: str) -> JsonObject:
    """The client mixes both spellings."""
    return record(values, camel) or record(values, snake)


@dataclass(kw_only=True)
class Asked:
    """A question. shown: the bytes that came with it, or the uri of a file in their place."""

    text: str = ""
    instruction: str = ""
    mime: str = ""
    data: bytes = b""
    uri: str = ""
    schema: JsonObject = field(default_factory=dict)
    config: JsonObject = field(default_factory=dict)


def asked(body: JsonObject) -> Asked:
    config = record(body, "generationConfig")
    found = Asked(config=config, schema=either(config, "responseJsonSchema", "response_json_schema"))
    found.instruction = " ".join(
        text(part, "text")
        for part in records(either(body, "systemInstruction", "system_instruction"), "parts")
    )
    for content in records(body, "contents"):
        for part in records(content, "parts"):
            inline, file = either(part, "inlineData", "inline_data"), either(part, "fileData", "file_data")
            if inline:
                found.mime = text(inline, "mimeType") or text(inline, "mime_type")
                found.data = base64.urlsafe_b64decode(text(inline, "data"))
            elif file:
                found.mime = text(file, "mimeType") or text(file, "mime_type")
                found.uri = text(file, "fileUri") or text(file, "file_uri")
            else:
                found.text += text(part, "text")
    return found


def usage(tokens: int, said: str, mime: str) -> JsonObject:
    modality = {"": "TEXT", "application/pdf": "DOCUMENT"}.get(mime, "IMAGE")
    candidates, thoughts = len(said) // CHARACTERS_A_TOKEN, 64
    return {
        "promptTokenCount": tokens,
        "candidatesTokenCount": candidates,
        "thoughtsTokenCount": thoughts,
        "totalTokenCount": tokens + candidates + thoughts,
        "promptTokensDetails": [{"modality": modality, "tokenCount": tokens}],
    }


def candidate(said: str, finish: str = "") -> JsonObject:
    found: JsonObject = {"index": 0, "content": {"role": "model", "parts": [{"text": said}] if said else []}}
    if finish:
        found["finishReason"] = finish
    return found


def chunks(said: str, finish: str, tokens: int, mime: str) -> Iterator[JsonObject]:
    """A stream's bodies; the last one alone says how it ended."""
    pieces = [said[at : at + CHUNK_CHARACTERS] for at in range(0, len(said), CHUNK_CHARACTERS)] or [""]
    told = ""
    for number, piece in enumerate(pieces):
        told += piece
        last = number == len(pieces) - 1
        yield {
            "candidates": [candidate(piece, finish if last else "")],
            "usageMetadata": usage(tokens, told, mime),
            "modelVersion": "loopback",
        }


def event(body: JsonObject) -> bytes:
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\r\n\r\n"
