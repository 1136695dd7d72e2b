"""Text as it is compared and searched: nothing left of how it was set."""

import unicodedata

SPELLED_OUT = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "ʼ": "'"})


def folded(text: str) -> str:
    """Lower case, without accents, ligatures spelled out, one space between words."""
    spelled = unicodedata.normalize("NFC", text).casefold().translate(SPELLED_OUT)
    plain = [
        char
        for char in unicodedata.normalize("NFD", spelled)
        if unicodedata.category(char) not in {"Mn", "Cf"}
    ]
    return " ".join(unicodedata.normalize("NFC", "".join(plain)).split())
