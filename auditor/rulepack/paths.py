"""The paths of a rule, held against the table of the evidence document."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import jsonpath_rfc9535
from jsonpath_rfc9535.segments import JSONPathChildSegment
from jsonpath_rfc9535.selectors import NameSelector

from auditor.model.document import PATHS, is_document_path, mentions
from auditor.rulepack.errors import nearest

Note = Callable[[str, str | None], None]

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_EXPECTED_PATH = "a path of the evidence document (docs/rules.md lists them)"


def check_document_path(path: str, note: Note) -> bool:
    """Note a path that the document does not have; True where it has."""
    if is_document_path(path):
        return True
    note(f"the evidence document has no path {path!r}{nearest(path, PATHS)}", _EXPECTED_PATH)
    return False


def check_query(query: str, note: Note) -> str | None:
    """The document's path that a JSONPath query begins with; None, with a note, where there is none."""
    try:
        compiled = jsonpath_rfc9535.compile(query)
    except jsonpath_rfc9535.JSONPathError as error:
        note(
            f"the JSONPath does not compile: {str(error).splitlines()[0]}",
            "a query of RFC 9535, such as $.a.b",
        )
        return None
    names: list[str] = []
    for segment in compiled.segments:
        selectors = segment.selectors
        if not isinstance(segment, JSONPathChildSegment) or len(selectors) != 1:
            break
        if not isinstance(selectors[0], NameSelector):
            break
        names.append(selectors[0].name)
    while names and not is_document_path(".".join(names)) and _holds_objects(names):
        names.pop()
    if not names:
        note("the query names no evidence", "a query that begins with a path of the document")
        return None
    path = ".".join(names)
    return path if check_document_path(path, note) else None


def check_mentions(schema: Any, note: Note) -> None:
    """Note every path that a schema over the whole document asks about and the document does not have."""
    asked = [path for path, _ in mentions(schema)]
    if not asked:
        note("the schema asks about no path of the document", "'properties' with paths of the document")
    for path in asked:
        check_document_path(path, note)


def check_template(template: str, parameters: Mapping[str, Any], each: bool, note: Note) -> None:
    """Note every placeholder of a reason that names nothing."""
    for name in _PLACEHOLDER.findall(template):
        known = (
            name in ("observed", "expected")
            or is_document_path(name)
            or (each and name.startswith("node."))
            or (name.startswith("parameters.") and name.removeprefix("parameters.") in parameters)
        )
        if not known:
            choices = [*PATHS, "observed", "expected", *(f"parameters.{key}" for key in parameters)]
            wanted = f"{_EXPECTED_PATH}, parameters.NAME, observed, expected" + (", node.NAME" if each else "")
            note(f"the placeholder {{{name}}} names nothing{nearest(name, choices)}", wanted)
    if "{" in _PLACEHOLDER.sub("", template) or "}" in _PLACEHOLDER.sub("", template):
        note("a brace stands alone", "{path} for a value of the document, no other braces")


def _holds_objects(names: list[str]) -> bool:
    """True where what is above the last name is an object of the table that the table does not open up."""
    return len(names) > 1 and ".".join(names[:-1]) in PATHS
