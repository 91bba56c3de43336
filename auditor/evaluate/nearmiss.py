"""How a wrong value differs from the right one, where the difference is small or well known.

A trailing slash, letter case or a look-alike letter is hard to see in a table; a retired host is hard to
know. Each function takes texts and gives a sentence, or None where there is nothing of the kind to tell.
"""

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from auditor.model.rule import AppIdentity

_DEFAULT_PORTS = {"https": 443, "http": 80}

# Letters of other scripts that pass for Latin ones (Unicode Technical Standard 39, the pairs met in host names).
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕԁһԛԝӏвкмнтгпзαορνικυτωɡıʟ‐‑‒–—−⁄∕։׃",  # noqa: RUF001 - the look-alikes themselves
    "aeopcyxijsdhqwlbkmhtrn3aopvikutwgil------//::",
)
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def near_misses(observed: Sequence[str], expected: Sequence[str], app: AppIdentity) -> list[str]:
    """A sentence for each observed text that nearly is an expected one or is otherwise well known."""
    told: list[str] = []
    for text in observed:
        if text in expected or not text:
            continue
        found = [difference for right in expected if (difference := difference_of(text, right))]
        sentence = min(found, key=len) if found else _known(text, expected, app)
        if sentence:
            told.append(sentence)
    return told


def difference_of(text: str, right: str) -> str | None:
    """How ``text`` differs from ``right``, where that is little enough to be a slip."""
    if text == right:
        return None
    if hidden := _hidden(text, right):
        return hidden
    if (spaces := _white_space(text, right)) is not None:
        if spaces[0] == right:
            return _only(text, [spaces[1]])
        inner = _url_differences(spaces[0], right) or _case(spaces[0], right)
        return _only(text, [spaces[1], *inner]) if inner else None
    if differences := _case(text, right) or _url_differences(text, right):
        return _only(text, differences)
    return _other_path(text, right)


def _only(text: str, differences: list[str]) -> str:
    *first, last = differences
    told = f"{', '.join(first)} and {last}" if first else last
    return f"“{text}” differs from the expected value only by {told}."


def _case(text: str, right: str) -> list[str]:
    return ["letter case"] if text.casefold() == right.casefold() else []


def _white_space(text: str, right: str) -> tuple[str, str] | None:
    """``text`` without its white space, and where that was; None where ``right`` would lose some as well."""
    if any(letter.isspace() for letter in right):
        return None
    stripped = text.strip()
    squeezed = "".join(stripped.split())
    if squeezed == text:
        return None
    places = ["around it"] if stripped != text else []
    places += ["within it"] if squeezed != stripped else []
    return squeezed, f"white space {' and '.join(places)}"


def _hidden(text: str, right: str) -> str | None:
    """Look-alike and invisible characters, also behind the ``xn--`` form of a host."""
    shown = _decoded(text)
    if shown.isascii():
        return None
    plain = _INVISIBLE.sub("", shown)
    folded = unicodedata.normalize("NFKC", plain.translate(_LOOK_ALIKES)).translate(_LOOK_ALIKES)
    folded = "".join(letter for letter in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(letter))
    if folded.casefold() != right.casefold():
        return None
    odd = sorted({letter for letter in shown if not letter.isascii()})
    named = ", ".join(f"U+{ord(letter):04X} {unicodedata.name(letter, 'unnamed')}" for letter in odd)
    kind = "invisible characters" if all(_INVISIBLE.match(letter) for letter in odd) else "look-alike characters"
    return f"“{text}” differs from the expected value only by {kind}: {named}."


def _decoded(text: str) -> str:
    """``text`` with ``xn--`` labels as the letters that they stand for."""

    def label(match: re.Match[str]) -> str:
        try:
            return match[1].encode("ascii").decode("punycode")
        except (UnicodeError, ValueError):
            return match[0]

    return re.sub(r"xn--([a-z0-9-]+)", label, text, flags=re.IGNORECASE)


def _url_differences(text: str, right: str) -> list[str]:
    """The small differences between two URLs; empty where there is a great one, or where they are no URLs."""
    given, wanted = _split(text), _split(right)
    if given is None or wanted is None:
        return []
    found: list[str] = []
    if given.scheme != wanted.scheme:
        if {given.scheme, wanted.scheme} != {"http", "https"}:
            return []
        found.append(f"{given.scheme} instead of {wanted.scheme}")
    host, right_host = (given.hostname or "").rstrip("."), (wanted.hostname or "").rstrip(".")
    if host != right_host:
        if host != f"www.{right_host}" and right_host != f"www.{host}":
            return []
        found.append("a “www.” too many" if host.startswith("www.") else "a missing “www.”")
    (user, _, place), (right_user, _, right_place) = given.netloc.rpartition("@"), wanted.netloc.rpartition("@")
    if host == right_host and place.partition(":")[0] != right_place.partition(":")[0]:
        found.append("letter case or a final dot in the host")
    if user != right_user:
        found.append("a user name before the host" if user else "a missing user name before the host")
    if (port := _port(given)) != _port(wanted):
        found.append(f"the port {port}" if port else "a missing port")
    elif place.count(":") != right_place.count(":"):
        found.append("a port written out" if place.count(":") > right_place.count(":") else "a port not written out")
    path, right_path = given.path.rstrip("/"), wanted.path.rstrip("/")
    if path.casefold() != right_path.casefold():
        return []
    if path != right_path:
        found.append("letter case in the path")
    if more := len(given.path) - len(path) - (len(wanted.path) - len(right_path)):
        found.append("a trailing slash" if more > 0 else "a missing trailing slash")
    if given.query != wanted.query:
        found.append("a query (what follows “?”)")
    if given.fragment != wanted.fragment:
        found.append("a fragment (what follows “#”)")
    return found


def _other_path(text: str, right: str) -> str | None:
    given, wanted = _split(text), _split(right)
    if given is None or wanted is None or not given.hostname or given.hostname != wanted.hostname:
        return None
    if given.path == wanted.path or given.scheme not in _DEFAULT_PORTS:
        return None
    return f"“{text}” has the expected host, but the path {given.path or '/'} instead of {wanted.path or '/'}."


def _known(text: str, expected: Sequence[str], app: AppIdentity) -> str | None:
    """What is known of a value that is no slip: another product's address, a retired or a newer host."""
    for product, address in app.products.items():
        if address not in expected and (text == address or difference_of(text, address)):
            return f"“{text}” is the address of {product}."
    parts = _split(text)
    host = (parts.hostname or "").rstrip(".") if parts else text.casefold()
    for known in app.known_values:
        if host == known["host"] or host.endswith(f".{known['host']}"):
            return f"“{text}” is on {known['host']}: {known['note'].rstrip('.')}."
    return None


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme and parts.netloc else None


def _port(parts: SplitResult) -> int | None:
    return None if parts.port == _DEFAULT_PORTS.get(parts.scheme) else parts.port
