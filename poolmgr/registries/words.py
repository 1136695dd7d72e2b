"""Texts of a site, compared as people compare them."""

import re
import unicodedata


def plain(text: str) -> str:
    """Letters and digits alone, without accents and case, one space between words."""
    bare = "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))
    return " ".join(re.findall(r"[a-z0-9]+", bare.lower()))
