"""A deed, or a part of a long one, asked until every page of it is there."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from poolmgr.domain.errors import Declined
from poolmgr.domain.json import JsonObject, items, text, whole
from poolmgr.ocr.gemini.question import Answer
from poolmgr.ocr.gemini.records import Records
from poolmgr.ocr.gemini.schema import SECTIONS
from poolmgr.ocr.reading import Section

AskPages: TypeAlias = Callable[[Sequence[int], str], Awaitable[Answer]]
"""pages of the document, from 0, and a question -> answer, which counts them from 1."""

LAST_WORDS = 300
ASKED = "Transcris ce document de {count} page(s)."
GO_ON = (
    "Ta transcription s'est arrêtée à la page {page}, dans la section {section}, par ces mots : « {words} ». "
    "Reprends la tête de la réponse, puis donne seulement les blocs qui suivent. Ne répète aucun bloc."
)


@dataclass(frozen=True, kw_only=True)
class Block:
    """page: of the document, from 0."""

    page: int
    section: str
    text: str


@dataclass(kw_only=True)
class Transcript:
    """What was read of some pages so far. blank: pages with nothing to read, as the model says.

    why: nothing was read of them at all.
    """

    blocks: list[Block] = field(default_factory=list)
    blank: set[int] = field(default_factory=set)
    why: str = ""

    def take(self, answer: Records, pages: Sequence[int]) -> int:
        """How many blocks it adds; what is of no page that was shown, is nowhere."""
        said = answer.head or {}
        self.blank |= {pages[number - 1] for number in numbers(said) if 1 <= number <= len(pages)}
        new = [one for one in (block(row, pages) for row in answer.real_rows) if one]
        while new and new[0] in self.blocks[-3:]:
            new.pop(0)
        self.blocks += new
        return len(new)

    def missing(self, pages: Iterable[int]) -> list[int]:
        read = {one.page for one in self.blocks} | self.blank
        return [page for page in pages if page not in read]


def numbers(said: JsonObject) -> list[int]:
    return [value for value in items(said, "blank_pages") if isinstance(value, int)]


def block(row: JsonObject, pages: Sequence[int]) -> Block | None:
    """None when it says nothing, or of a page that is none."""
    number, words = whole(row, "page"), text(row, "text").strip()
    if not words or not 1 <= number <= len(pages):
        return None
    return Block(page=pages[number - 1], section=text(row, "section") or SECTIONS[-1], text=words)


class PartReader:
    """most: questions."""

    def __init__(self, ask: AskPages, most: int) -> None:
        self.ask = ask
        self.most = most
        self.asked = 0

    async def read(self, pages: Sequence[int]) -> Transcript:
        """Some pages may still be missing. Raises Declined for the offline engine, when nothing was read."""
        transcript = Transcript()
        left = list(pages)
        while left and self.asked < self.most:
            try:
                await self.once(transcript, left)
            except Declined:
                if transcript.blocks:
                    break
                raise
            still = transcript.missing(pages)
            # The same pages left out twice are not asked a third time.
            if still == left:
                break
            left = still
        return transcript

    async def once(self, transcript: Transcript, pages: Sequence[int]) -> None:
        """Asks until the model says that this is all, or that it goes no further."""
        failures, last = 0, None
        while self.asked < self.most:
            self.asked += 1
            answer = await self.ask(pages, question(pages, last))
            more = transcript.take(answer.records, pages)
            last = transcript.blocks[-1] if more else None
            match answer.step:
                case "check":
                    return
                case "go_on" if more:
                    continue
                case "again" if failures < 1:
                    failures += 1
                case "offline" | "again":
                    raise Declined(f"The model does not read this document ({answer.finish}).")
                case _:
                    await self.split(transcript, pages)
                    return

    async def split(self, transcript: Transcript, pages: Sequence[int]) -> None:
        """What a loop left out, in two halves; a single page that loops is not asked again."""
        left = transcript.missing(pages)
        middle = (len(left) + 1) // 2
        if len(pages) > 1:
            for part in filter(None, (left[:middle], left[middle:])):
                await self.once(transcript, part)


def question(pages: Sequence[int], last: Block | None) -> str:
    asked = ASKED.format(count=len(pages))
    if last is None:
        return asked
    number = list(pages).index(last.page) + 1
    words = " ".join(last.text[-LAST_WORDS:].split())
    return f"{asked} {GO_ON.format(page=number, section=last.section, words=words)}"


def texts(blocks: Iterable[Block]) -> dict[int, str]:
    """Each page's text, a title above what belongs to it."""
    found: dict[int, list[str]] = defaultdict(list)
    titles: dict[int, str] = {}
    for one in blocks:
        if titles.get(one.page) != one.section:
            titles[one.page] = one.section
            found[one.page].append(f"## {one.section}")
        found[one.page].append(one.text)
    return {page: "\n\n".join(parts) for page, parts in found.items()}


def sections(blocks: Iterable[Block]) -> tuple[Section, ...]:
    """In the order of the titles; each with what all pages say under it."""
    found: dict[str, list[str]] = {title: [] for title in SECTIONS}
    for one in sorted(blocks, key=lambda one: one.page):
        found.setdefault(one.section, []).append(one.text)
    return tuple(Section(title=title, text="\n\n".join(parts)) for title, parts in found.items() if parts)
