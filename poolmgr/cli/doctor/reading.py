"""What `registre-pool doctor` says of reading: the language data, and a key that the service takes."""

import asyncio
from collections.abc import Iterator

from poolmgr.cli import gemini
from poolmgr.cli.doctor.findings import Finding, tried
from poolmgr.config.settings import Settings
from poolmgr.domain.errors import NotAvailable

PATIENCE_SECONDS = 15.0


def examine(settings: Settings) -> Iterator[Finding]:
    yield tried("tesseract", lambda: tesseract(settings))
    if not gemini.used(settings):
        why = (
            "off: ocr.engine is offline"
            if settings.ocr.engine == "offline"
            else "no key: all is read offline"
        )
        yield Finding(check="gemini", grade="ok", detail=why)
        return
    yield tried("gemini", lambda: asyncio.run(models(settings)), "failure")


def tesseract(settings: Settings) -> str:
    from poolmgr.cli.children import has_tesseract
    from poolmgr.ocr import tessdata

    if not has_tesseract():
        raise NotAvailable(
            "Scanned pages cannot be read: tesserocr or numpy is not installed.",
            advice="pip install 'registre-pool[offline]'",
        )
    return f"{settings.ocr.language} in {tessdata.find(settings.ocr)}"


async def models(settings: Settings) -> str:
    """Asks for each model's name, which costs nothing. Raises NotAvailable, ModelDown."""
    from poolmgr.ocr.gemini.client import Client

    patience = min(PATIENCE_SECONDS, settings.gemini.silence_seconds)
    client = Client(settings.gemini.model_copy(update={"silence_seconds": patience}), {})
    try:
        wanted = dict.fromkeys((settings.gemini.index_model, settings.gemini.acte_model))
        names = [await client.known(model) for model in wanted]
    finally:
        await client.close()
    return f"the key is taken; {', '.join(names)}"
