"""One call of the model: its turn, its stream, its account. The only place that asks again after an error.

The client of google-genai retries nothing unless told to, and here it is not: a hidden retry is a call that
the shared limit does not see. Made after the fork, used in one event loop.
"""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Protocol, TypeAlias

import httpx2
from google import genai
from google.genai import types

from poolmgr.config.settings import GeminiSettings
from poolmgr.domain.errors import ModelDown
from poolmgr.domain.quota import Asker, Quota, Refusal, Usage
from poolmgr.ocr.gemini.answers import Answers
from poolmgr.ocr.gemini.calm import Calm
from poolmgr.ocr.gemini.finish import BLOCKED, BROKEN_OFF, REPETITION
from poolmgr.ocr.gemini.question import Answer, Document, Question
from poolmgr.ocr.gemini.records import Records
from poolmgr.ocr.gemini.refusals import FAILURES, evidence, meaning
from poolmgr.telemetry.events import emit

MILLISECONDS = 1000
LINES: ContextVar[list[httpx2.Response] | None] = ContextVar("LINES", default=None)
"""What the call under way hears from: google-genai's own stream closes nothing when it is left."""


class Patience(Protocol):
    """Who counts the time of a job: waiting for the shared limit is nobody's fault."""

    def waiting(self) -> AbstractContextManager[None]: ...

    def progress(self) -> None: ...


class Unhurried:
    """Nobody counts."""

    def waiting(self) -> AbstractContextManager[None]:
        return nullcontext()

    def progress(self) -> None: ...


@dataclass(kw_only=True)
class Bill:
    """Every call of one document, in order. answers: paid for before, and now."""

    asker: Asker
    answers: Answers | None = None
    patience: Patience = field(default_factory=Unhurried)
    usages: list[Usage] = field(default_factory=list)


Upload: TypeAlias = Callable[[bytes], AbstractAsyncContextManager[Document]]


class Client:
    """quotas: each model's own limit.

    Raises ModelDown (an Outage) when the service does not serve now, NotAvailable with what a person must
    mend, Declined for what it never takes, ModelError for an answer nobody understands."""

    def __init__(self, settings: GeminiSettings, quotas: Mapping[str, Quota]) -> None:
        self.settings = settings
        self.quotas = quotas
        self.calm = Calm(settings.pause_first_seconds, settings.pause_max_seconds)
        warnings.filterwarnings("ignore", message=".* is not a valid", module=r"google\.genai")
        # A client of our own: where aiohttp is installed, google-genai would take that and retry in secret.
        self.http = httpx2.AsyncClient(
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=64),
            follow_redirects=True,
            verify=trusted(),
            event_hooks={"response": [remember]},
        )
        self.genai = genai.Client(
            vertexai=False,
            api_key=settings.api_key.get_secret_value(),
            http_options=types.HttpOptions(
                base_url=settings.base_url,
                timeout=round(settings.call_seconds * MILLISECONDS),
                httpx_async_client=self.http,
                client_args={"verify": trusted()},
            ),
        )

    async def close(self) -> None:
        await self.http.aclose()

    async def known(self, model: str) -> str:
        """What the service calls a model: one call that costs nothing. Raises as `ask`."""
        try:
            async with asyncio.timeout(self.settings.silence_seconds):
                found = await self.genai.aio.models.get(model=model)
        except FAILURES as error:
            said = meaning(error)
            raise ModelDown(evidence(error)) if isinstance(said, Refusal) else said from error
        return found.display_name or found.name or model

    async def ask(self, question: Question, bill: Bill, upload: Upload | None = None) -> Answer:
        """What was paid for is not asked again. upload: how the document goes, else in the question."""

        async def asked() -> Answer:
            if upload is None or question.document is None:
                return await self.tried(question, bill)
            async with upload(question.document.data) as shown:
                return await self.tried(replace(question, document=shown), bill)

        return await paid_once(question, bill, asked)

    async def ask_now(self, question: Question, bill: Bill) -> Answer:
        """One try, now, for what a job can do without: a pause or an outage is not waited for."""

        async def asked() -> Answer:
            if self.calm.left_seconds > 0:
                raise ModelDown("Gemini does not serve now.")
            return await self.once(question, bill)

        return await paid_once(question, bill, asked)

    async def tried(self, question: Question, bill: Bill) -> Answer:
        trouble = ModelDown("Gemini was not asked.")
        for _ in range(self.settings.tries):
            await self.calm.wait()
            try:
                return await self.once(question, bill)
            except ModelDown as error:
                trouble = error
        raise trouble

    async def once(self, question: Question, bill: Bill) -> Answer:
        try:
            answer = await self.call(question, bill)
        except FAILURES as error:
            raise await self.judged(error, question.model) from error
        self.calm.over()
        bill.patience.progress()
        return answer

    async def judged(self, error: Exception, model: str) -> ModelDown:
        """What to say when no try is left. Raises what another try cannot mend."""
        said = meaning(error)
        match said:
            case Refusal():
                emit(
                    "model.refused",
                    model=model,
                    window=said.window,
                    retry_seconds=said.retry_seconds,
                    error=evidence(error),
                )
                await self.quotas[model].refused(said)
                return ModelDown(
                    f"Gemini's limit is spent ({said.window}): {evidence(error)}",
                    advice="The job waits; [quota] has the limits that are kept.",
                )
            case ModelDown():
                self.calm.began(said)
                return said
            case _:
                raise said from error

    async def call(self, question: Question, bill: Bill) -> Answer:
        """One request. However it ends, its account is settled: at the estimate when nobody knows better."""
        quota = self.quotas[question.model]
        with bill.patience.waiting():
            grant = await quota.reserve(bill.asker, question.tokens)
        answer = Answer(records=Records(question.listed))
        try:
            async with asyncio.timeout(self.settings.call_seconds):
                await self.hear(question, answer)
        except FAILURES as error:
            if not answer.records.rows or isinstance(meaning(error), Refusal):
                raise
            answer.finish = BROKEN_OFF
        finally:
            if answer.usage:
                bill.usages.append(answer.usage)
            await asyncio.shield(quota.settle(grant, answer.usage))
        return answer

    async def hear(self, question: Question, answer: Answer) -> None:
        """Fills the answer as it comes, and hangs up on a loop."""
        lines: list[httpx2.Response] = []
        LINES.set(lines)
        stream = await self.genai.aio.models.generate_content_stream(
            model=question.model, contents=[content(question)], config=self.config(question)
        )
        while (chunk := await self.next(stream)) is not None:
            take(chunk, answer, question.model)
            if answer.records.repeats:
                answer.finish = REPETITION
                return await hang_up(stream, lines)
        return None

    async def next(
        self, stream: AsyncIterator[types.GenerateContentResponse]
    ) -> types.GenerateContentResponse | None:
        async with asyncio.timeout(self.settings.silence_seconds):
            return await anext(stream, None)

    def config(self, question: Question) -> types.GenerateContentConfig:
        return types.GenerateContentConfig(
            system_instruction=question.instruction,
            temperature=self.settings.temperature,
            max_output_tokens=self.settings.output_tokens,
            response_mime_type="application/json",
            response_json_schema=question.schema,
            media_resolution=resolution(question.document),
            thinking_config=types.ThinkingConfig(
                thinking_level=types.ThinkingLevel(self.settings.thinking.upper())
            ),
            # Else the client goes on by itself, in calls that the shared limit does not see.
            automatic_continuation=False,
        )


async def paid_once(question: Question, bill: Bill, ask: Callable[[], Awaitable[Answer]]) -> Answer:
    if bill.answers and (found := await bill.answers.find(question)):
        return found
    answer = await ask()
    if bill.answers:
        await bill.answers.keep(question, answer)
    return answer


@cache
def trusted() -> ssl.SSLContext:
    """Reading the machine's certificates takes a tenth of a second: once a process."""
    return httpx2.create_ssl_context()


def resolution(document: Document | None) -> types.MediaResolution | None:
    if document is None:
        return None
    if document.mime == "application/pdf":
        return types.MediaResolution.MEDIA_RESOLUTION_MEDIUM
    return types.MediaResolution.MEDIA_RESOLUTION_HIGH


def content(question: Question) -> types.Content:
    """The document first, then what is asked of it."""
    document = question.document
    parts = [types.Part.from_text(text=question.text)]
    if document and document.uri:
        parts.insert(0, types.Part.from_uri(file_uri=document.uri, mime_type=document.mime))
    elif document:
        parts.insert(0, types.Part.from_bytes(data=document.data, mime_type=document.mime))
    return types.Content(role="user", parts=parts)


def take(chunk: types.GenerateContentResponse, answer: Answer, model: str) -> None:
    counted = chunk.usage_metadata
    if counted and counted.prompt_token_count:
        output = (counted.candidates_token_count or 0) + (counted.thoughts_token_count or 0)
        answer.usage = Usage(model=model, input=counted.prompt_token_count, output=output)
    if chunk.prompt_feedback and chunk.prompt_feedback.block_reason:
        answer.finish = BLOCKED
    for candidate in (chunk.candidates or ())[:1]:
        for part in (candidate.content.parts if candidate.content else None) or ():
            if part.text and not part.thought:
                answer.records.feed(part.text)
        if candidate.finish_reason:
            answer.finish = str(candidate.finish_reason.value)


async def remember(response: httpx2.Response) -> None:
    lines = LINES.get()
    if lines is not None:
        lines.append(response)


async def hang_up(
    stream: AsyncIterator[types.GenerateContentResponse], lines: Sequence[httpx2.Response]
) -> None:
    """Closes the connection, which ends what is still to be paid, then lets the stream find that out."""
    for response in lines:
        await response.aclose()
    with suppress(*FAILURES):
        async for _ in stream:
            pass
