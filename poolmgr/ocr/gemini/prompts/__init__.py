"""What the model is told, in French, one file each. The number in a file's name is its version: a text that
changes gets a new file, because results say by which one they were made."""

from functools import cache
from importlib import resources

INDEX, ACTE, SECOND = "index-1", "acte-1", "second-1"


@cache
def instruction(name: str) -> str:
    return resources.files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
