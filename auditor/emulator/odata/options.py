"""The query options of one request, read and checked: ``$select``, ``$filter``, ``$top``, ``$orderby`` and the like.

Source: Microsoft Graph, "Use query parameters to customize responses" and "Paging Microsoft Graph data in your app".
"""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl

from auditor.emulator import schema
from auditor.emulator.errors import GraphError, bad_request, unsupported_query
from auditor.emulator.odata.capabilities import ADVANCED_TYPES, ORDERS
from auditor.emulator.odata.filters import Filter, compile_filter

DEFAULT_PAGE = 100
MAX_PAGE = 999
_KNOWN = frozenset(
    {"select", "filter", "top", "count", "orderby", "expand", "skiptoken", "deltatoken", "search", "format"}
)


class Expand(NamedTuple):
    """One relationship to expand, with its own ``$select``."""

    name: str
    select: tuple[str, ...] | None


class Options(NamedTuple):
    """The query options of a request on one type."""

    type: str
    select: tuple[str, ...] | None = None
    filter: Filter | None = None
    top: int = DEFAULT_PAGE
    counted: bool = False
    orderby: tuple[tuple[str, bool], ...] = ()
    expand: tuple[Expand, ...] = ()
    skip_token: str | None = None
    delta_token: str | None = None
    carried: str = ""
    """The query string without tokens: what a nextLink repeats, and what a token is bound to."""
    advanced: GraphError | None = None
    """What to answer unless the query is an advanced one."""

    def require(self, *, eventual: bool) -> None:
        """Raise what Graph answers where the query needs ``ConsistencyLevel: eventual`` and ``$count=true``."""
        if self.advanced is not None and not (eventual and self.counted):
            raise self.advanced


def read_options(type_name: str, query: str, relations: frozenset[str] = frozenset()) -> Options:
    """Read a raw query string for a type. Raises the 400 that Graph answers for what it does not know."""
    if not query:
        return Options(type_name)
    pairs = parse_qsl(query, keep_blank_values=True)
    tokens = {}
    carried = []
    for part, (name, value) in zip((p for p in query.split("&") if p), pairs, strict=False):
        bare = name.removeprefix("$").lower()
        if bare in ("skiptoken", "deltatoken"):
            tokens[bare] = value
        else:
            carried.append(part)
    options = _read(type_name, "&".join(carried), relations)
    if tokens:
        return options._replace(skip_token=tokens.get("skiptoken"), delta_token=tokens.get("deltatoken"))
    return options


@lru_cache(maxsize=4096)
def _read(type_name: str, query: str, relations: frozenset[str]) -> Options:
    given: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        bare = name.removeprefix("$").lower()
        if bare not in _KNOWN:
            if name.startswith("$"):
                raise bad_request(f"The query parameter '{name}' is not supported.", "BadRequest")
            continue
        if bare in given:
            raise bad_request(
                f"Query option '${bare}' was specified more than once, but it must be specified at most once."
            )
        given[bare] = value
    if "search" in given:
        raise unsupported_query(
            "Request with $search query parameter only works through MSGraph with a special request header: "
            "'ConsistencyLevel: eventual'"
        )
    compiled = compile_filter(type_name, given["filter"]) if "filter" in given else None
    orderby = _orderby(type_name, given["orderby"]) if "orderby" in given else ()
    advanced = compiled.advanced if compiled else None
    if compiled and orderby and type_name in ADVANCED_TYPES and advanced is None:
        advanced = unsupported_query("Sorting not supported for current query.")
    return Options(
        type=type_name,
        select=select_list(type_name, given["select"]) if given.get("select", "").strip() not in ("", "*") else None,
        filter=compiled,
        top=_top(given["top"]) if "top" in given else DEFAULT_PAGE,
        counted=_flag(given["count"]) if "count" in given else False,
        orderby=orderby,
        expand=_expands(given["expand"], relations, type_name) if given.get("expand") else (),
        carried=query,
        advanced=advanced,
    )


def select_list(type_name: str, text: str) -> tuple[str, ...]:
    """The names of a ``$select``, in order and once each. Raises 400 for a property that the type does not have."""
    names: dict[str, None] = {}
    for raw in text.split(","):
        name = raw.strip().split("/", 1)[0]
        if not _has(type_name, name):
            raise bad_request(
                f"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type "
                f"'microsoft.graph.{type_name}'.",
                "BadRequest",
            )
        names[name] = None
    return tuple(names)


def _has(type_name: str, name: str) -> bool:
    if type_name == "directoryObject":
        return any(schema.property_of(kind, name) for kind in schema.DIRECTORY_OBJECTS)
    return schema.property_of(type_name, name) is not None


def _top(text: str) -> int:
    if not text.strip().isascii() or not text.strip().isdigit():
        raise bad_request(
            f"Invalid value '{text}' for $top query option found. The $top query option requires a "
            "non-negative integer value.",
            "BadRequest",
        )
    if not 1 <= int(text) <= MAX_PAGE:
        raise bad_request(f"Invalid page size specified: '{text}'. Must be between 1 and {MAX_PAGE} inclusive.")
    return int(text)


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise bad_request(f"Invalid value '{text}' for $count query option found.", "BadRequest")
    return text.lower() == "true"


def _orderby(type_name: str, text: str) -> tuple[tuple[str, bool], ...]:
    keys = []
    for part in text.split(","):
        words = part.split()
        if not words or len(words) > 2 or words[1:] not in ([], ["asc"], ["desc"]):
            raise bad_request(f"Syntax error in the $orderby query option '{text}'.", "BadRequest")
        if not _has(type_name, words[0]):
            raise bad_request(
                f"Could not find a property named '{words[0]}' on type 'microsoft.graph.{type_name}'.", "BadRequest"
            )
        if words[0] not in ORDERS.get(type_name, frozenset()):
            raise unsupported_query(f"Sorting by property '{words[0]}' is not supported.")
        keys.append((words[0], words[1:] == ["desc"]))
    return tuple(keys)


def _expands(text: str, relations: frozenset[str], type_name: str) -> tuple[Expand, ...]:
    found = []
    for part in re.findall(r"[^,()]+(?:\([^()]*\))?", text):
        name, _, inner = part.strip().partition("(")
        if name not in relations:
            raise bad_request(
                f"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type "
                f"'microsoft.graph.{type_name}'.",
                "BadRequest",
            )
        select = re.fullmatch(r"\$select=([A-Za-z,\s]+)\)", inner)
        if inner and not select:
            raise bad_request(f"The $expand options of '{name}' are not supported.", "BadRequest")
        names = tuple(word.strip() for word in select[1].split(",")) if select else None
        found.append(Expand(name, names))
    return tuple(found)
