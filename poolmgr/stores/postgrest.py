"""The queue protocol over a Supabase project's PostgREST: one call, one `rpc`, one deadline."""

import asyncio
import random

import httpx
import orjson
from postgrest.exceptions import APIError
from supabase import AsyncClient

from poolmgr.domain.errors import NotMigrated, PoolError, Refused, StoreError, StoreUnreachable, Unauthorised
from poolmgr.domain.json import Json, JsonObject
from poolmgr.domain.ports import Database
from poolmgr.stores.project import ANSWER, Project, close
from poolmgr.stores.sqlstates import MIGRATE_ADVICE, meaning, printable

REPEATS = 3
CLAIM = "pool_claim"
"""Never repeated here: whoever asks must know that its first call may still be carried out."""

FIRST_PAUSE_SECONDS = 0.02
LONGEST_SENTENCE = 500
KEY_ADVICE = "The service_role key of this project is needed, not the anon key: Settings > API keys."

# https://docs.postgrest.org/en/v12/references/errors.html
NO_DATABASE = frozenset({"PGRST000", "PGRST001", "PGRST002", "PGRST003"})
LACKING = frozenset({"PGRST202", "PGRST203", "PGRST204", "PGRST205"})
NO_ENTRY = frozenset({"PGRST300", "PGRST301", "PGRST302", "PGRST303"})


class PostgrestDatabase(Database):
    """A `Database` over `rpc`. Nothing is opened before the first call, so it may be made before a fork.

    `call_timeout_seconds` bounds a whole call, repeats included. A call whose answer was lost on its way is
    asked again at once: every function of the protocol may be called twice. No function answers a bare JSON
    array, so an array is rows and anything else is the one value.
    """

    def __init__(self, project: Project, *, call_timeout_seconds: float, connections: int) -> None:
        self.project = project
        self.call_timeout_seconds = call_timeout_seconds
        self.connections = connections
        self.client: AsyncClient | None = None
        # Waiting here is half as dear as in the library's own pool.
        self.places = asyncio.Semaphore(connections)

    async def call(self, function: str, arguments: JsonObject) -> list[JsonObject]:
        """Rows as JSON objects. Raises Refused, NotMigrated, Unauthorised, StoreError or StoreUnreachable."""
        body = encodable(function, arguments)
        try:
            async with asyncio.timeout(self.call_timeout_seconds):
                return await self.repeated(function, body)
        except TimeoutError:
            raise StoreUnreachable(
                f"{function}: {self.project.place} gave no answer within {self.call_timeout_seconds:g} s."
            ) from None

    async def close(self) -> None:
        """Closes every connection; a later call opens new ones."""
        client, self.client = self.client, None
        if client is not None:
            await close(client)

    async def repeated(self, function: str, body: JsonObject) -> list[JsonObject]:
        for repeat in range(0 if function == CLAIM else REPEATS):
            try:
                return await self.once(function, body)
            except StoreUnreachable:
                await asyncio.sleep(random.uniform(0.5, 1.5) * FIRST_PAUSE_SECONDS * 2**repeat)
        return await self.once(function, body)

    async def once(self, function: str, body: JsonObject) -> list[JsonObject]:
        if self.client is None:
            self.client = self.project.client(self.connections)
        ANSWER.set(None)
        try:
            async with self.places:
                answer = await self.client.rpc(function, body).execute()
        except APIError as error:
            raise explain(error, status(), function, self.project) from error
        except httpx.HTTPError as error:
            raise StoreUnreachable(
                f"{function}: {self.project.place} gave no answer: {said(error, self.project)}"
            ) from error
        if not is_json(answer.data):
            raise StoreUnreachable(
                f"{function}: what came from {self.project.place} is no answer of PostgREST."
            )
        return rows(function, answer.data)


def status() -> int:
    """Of the last answer; 0 when there was none."""
    answer = ANSWER.get()
    return 0 if answer is None else answer.status_code


def is_json(data: object) -> bool:
    """Whether the last answer was what `data` says.

    The library hands on a page of somebody between us as if it were a word, and an empty body as no rows.
    """
    answer = ANSWER.get()
    if answer is None or not (isinstance(data, str) or data == []):
        return True
    try:
        orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return False
    return True


def encodable(function: str, arguments: JsonObject) -> JsonObject:
    """As plain JSON. Raises Refused for what is none: text that is no text, a number no column takes."""
    try:
        plain: JsonObject = orjson.loads(orjson.dumps(arguments))
    except (TypeError, RecursionError) as error:
        raise Refused(f"{function}: the arguments are no JSON: {printable(str(error))}") from error
    return plain


def rows(function: str, data: object) -> list[JsonObject]:
    if isinstance(data, list):
        return [row for row in data if isinstance(row, dict)]
    value: Json = data  # type: ignore[assignment]  # out of JSON
    return [{function: value}]


def explain(error: APIError, status: int, doing: str, project: Project) -> PoolError:
    """The error of ours, by PostgREST's code, the database's, or the HTTP status of a gateway before them."""
    code, sentence = error.code or "", said(error, project)
    if 200 <= status < 300:
        return StoreUnreachable(f"{doing}: the answer of {project.place} came cut off.")
    known = by_postgrest(code, doing, sentence, project) or by_database(code, doing, sentence, project)
    return known or by_status(status, doing, sentence, project)


def by_postgrest(code: str, doing: str, sentence: str, project: Project) -> PoolError | None:
    if code in NO_DATABASE:
        return StoreUnreachable(
            f"{doing}: PostgREST of {project.place} does not reach its database: {sentence}"
        )
    if code in LACKING:
        return NotMigrated(f"{doing}: {sentence}", advice=MIGRATE_ADVICE)
    if code in NO_ENTRY:
        return Unauthorised(
            f"{doing}: {project.place} does not take the key ({code}): {sentence}", advice=KEY_ADVICE
        )
    return StoreError(f"{doing}: {sentence} ({code})") if code.startswith("PGRST") else None


def by_database(code: str, doing: str, sentence: str, project: Project) -> PoolError | None:
    """None for what is no SQLSTATE."""
    if len(code) != 5:
        return None
    match meaning(code):
        case "away" | "busy":
            return StoreUnreachable(f"{doing}: {project.place} cannot answer now: {sentence} ({code})")
        case "refused":
            return Refused(f"{doing}: the database refused the data ({code}): {sentence}")
        case "lacking":
            return NotMigrated(f"{doing}: {sentence}", advice=MIGRATE_ADVICE)
        case "forbidden":
            return Unauthorised(f"{doing}: not allowed on {project.place}: {sentence}", advice=KEY_ADVICE)
        case "other":
            return StoreError(f"{doing}: {sentence} (SQLSTATE {code})")


def by_status(status: int, doing: str, sentence: str, project: Project) -> PoolError:
    """What a gateway in front of PostgREST says, which knows no codes."""
    if status in (401, 403):
        return Unauthorised(f"{doing}: {project.place} does not take the key: {sentence}", advice=KEY_ADVICE)
    if status == 413:
        return Refused(f"{doing}: what was to be written is too large for {project.place}: {sentence}")
    if status == 404:
        return StoreError(
            f"{doing}: there is no PostgREST at {project.place}: {sentence}",
            advice="supabase_url is the project's own address: https://<project>.supabase.co",
        )
    if status == 429 or status >= 500:
        return StoreUnreachable(f"{doing}: {project.place} answered {status}: {sentence}")
    return StoreError(f"{doing}: {project.place} answered {status}: {sentence}")


def said(error: Exception, project: Project) -> str:
    """One line of the error's own words, safe to write into a row, without the key."""
    text = str(error) or type(error).__name__
    if isinstance(error, APIError):
        text = error.message or error.code or type(error).__name__
        # The details of a refused constraint hold the row's own text.
        if isinstance(error.details, str) and not (error.code or "").startswith("23"):
            text += f" ({error.details})"
    return " ".join(printable(project.redact(text)).split())[:LONGEST_SENTENCE]
