"""Answers that were paid for, kept until their document is read: a job that starts over pays for none twice.

A folder a document, named by what it is; a file an answer, named by all that was asked. Whoever reads the
document next on this machine finds them, whatever became of the child that asked. Losing one costs a call.
"""

import asyncio
import hashlib
import os
import shutil
import time
from pathlib import Path

import orjson

from poolmgr.domain.json import JsonObject, record, records, text, whole
from poolmgr.domain.quota import Usage
from poolmgr.ocr.gemini.finish import BROKEN_OFF, NOTHING, POLICY
from poolmgr.ocr.gemini.question import Answer, Question
from poolmgr.ocr.gemini.records import Records

READ = ".read"
READ_KEPT_SECONDS = 3600
"""A document that was read is kept so much longer: its row may not be written yet."""


class Answers:
    """Of one document. Never raises for the disk's sake."""

    def __init__(self, folder: Path, document: bytes) -> None:
        self.folder = folder / hashlib.sha256(document).hexdigest()[:32]

    async def find(self, question: Question) -> Answer | None:
        return await asyncio.to_thread(self.look, question)

    async def keep(self, question: Question, answer: Answer) -> None:
        """All that was paid for and would come again; what broke off may end otherwise next time."""
        if answer.finish in POLICY and answer.finish not in {BROKEN_OFF, NOTHING} and answer.step != "again":
            await asyncio.to_thread(self.write, question, answer)

    async def end(self) -> None:
        """The document is read."""
        await asyncio.to_thread(self.mark)

    def place(self, question: Question) -> Path:
        return self.folder / f"{question.digest}.json"

    def look(self, question: Question) -> Answer | None:
        try:
            return answer_of(question, orjson.loads(self.place(question).read_bytes()))
        except (OSError, ValueError):
            return None

    def write(self, question: Question, answer: Answer) -> None:
        place = self.place(question)
        unfinished = place.with_suffix(f".{os.getpid()}.part")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished.write_bytes(orjson.dumps(as_json(answer)))
            unfinished.replace(place)
        except OSError:
            return

    def mark(self) -> None:
        if self.folder.is_dir():
            try:
                (self.folder / READ).touch()
            except OSError:
                return


def sweep(folder: Path, keep_seconds: float) -> int:
    """Removes what nobody will ask for any more; how many documents."""
    swept = 0
    for one in folder.glob("*"):
        is_read = (one / READ).exists()
        if age(one) > (READ_KEPT_SECONDS if is_read else keep_seconds):
            shutil.rmtree(one, ignore_errors=True)
            swept += 1
    return swept


def age(folder: Path) -> float:
    """Seconds since anything was written there."""
    try:
        return time.time() - folder.stat().st_mtime
    except OSError:
        return 0.0


def as_json(answer: Answer) -> JsonObject:
    said, usage = answer.records, answer.usage
    return {
        "finish": answer.finish,
        "head": said.head,
        "rows": [*said.rows],
        "whole": said.whole,
        "malformed": said.malformed,
        "usage": None if usage is None else {"input": usage.input, "output": usage.output},
    }


def answer_of(question: Question, kept: JsonObject) -> Answer:
    said = Records(question.listed)
    said.restore(
        records(kept, "rows"),
        head=record(kept, "head") if kept.get("head") is not None else None,
        whole=kept.get("whole") is True,
        malformed=kept.get("malformed") is True,
    )
    counted = record(kept, "usage")
    usage = Usage(model=question.model, input=whole(counted, "input"), output=whole(counted, "output"))
    return Answer(records=said, finish=text(kept, "finish"), usage=usage if counted else None)
