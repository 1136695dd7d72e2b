"""The three questions that there are, with the estimate of what each takes."""

from poolmgr.domain.json import Json
from poolmgr.ocr.gemini import estimate, prompts, schema
from poolmgr.ocr.gemini.question import Document, Question


def of_index(model: str, shown: Document, text: str) -> Question:
    """shown: a picture of a page, or of a part of one."""
    instruction = prompts.instruction(prompts.INDEX)
    return Question(
        model=model,
        instruction=instruction,
        document=shown,
        text=text,
        schema=schema.INDEX,
        listed=schema.ROWS,
        tokens=estimate.tokens(pictures=1, texts=length(instruction, text, schema.INDEX)),
    )


def of_acte(model: str, shown: Document, pages: int, text: str) -> Question:
    """shown: a PDF of so many pages."""
    instruction = prompts.instruction(prompts.ACTE)
    return Question(
        model=model,
        instruction=instruction,
        document=shown,
        text=text,
        schema=schema.ACTE,
        listed=schema.BLOCKS,
        tokens=estimate.tokens(pdf_pages=pages, texts=length(instruction, text, schema.ACTE)),
    )


def of_rows(model: str, text: str) -> Question:
    """text: the rows, which are all that is shown."""
    instruction = prompts.instruction(prompts.SECOND)
    return Question(
        model=model,
        instruction=instruction,
        text=text,
        schema=schema.SECOND,
        listed=schema.PROPOSALS,
        tokens=estimate.tokens(texts=length(instruction, text, schema.SECOND)),
    )


def length(*parts: Json) -> int:
    return sum(len(str(part)) for part in parts)
