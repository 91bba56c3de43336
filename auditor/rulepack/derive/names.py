"""The names that a derived pack goes by, from the app's name or the page's: its id, its rules' prefix, its address.

What a file's name tells by convention (the page's address) is taken from it alone; nothing is looked up.
"""

import re
import unicodedata
from pathlib import PurePath

DOCUMENTATION = "https://learn.microsoft.com/entra/identity/saas-apps/"
"""Where Microsoft publishes the tutorials, each under its file's name."""

_PAGE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*-tutorial", re.ASCII)
_PREFIX_LENGTH = 12


def page_address(file: str) -> str | None:
    """Where the page of this file name is published; None for a name that is not of their form."""
    stem = PurePath(file).name.removesuffix(".md")
    return DOCUMENTATION + stem if _PAGE.fullmatch(stem) else None


def pack_id(app: str | None, file: str) -> str:
    """A pack id: the app's name in lower-case words, else the file's, else ``derived``."""
    stem = PurePath(file).name.removesuffix(".md").removesuffix("-tutorial")
    return next((found for name in (app, stem) if name and (found := "-".join(_words(name)))), "derived")


def rule_prefix(app: str | None, file: str) -> str:
    """What rule ids begin with: the id's words as one, in capitals, beginning with a letter."""
    joined = pack_id(app, file).replace("-", "").upper()
    return (joined if joined[0].isalpha() else f"APP{joined}")[:_PREFIX_LENGTH]


def one_line(text: str) -> str:
    """A name as a page prints it, without line breaks and what cannot be seen."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _words(name: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.findall(r"[a-z0-9]+", folded)
