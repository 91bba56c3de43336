"""Reading mappings with problems collected instead of raised, so that one run of the lint tells them all."""

from collections.abc import Collection
from typing import Any

from auditor.rulepack.errors import Problem, nearest
from auditor.rulepack.yamltree import Place, Tree


class Section:
    """One mapping of a file. Readers give None (or an empty value) after noting a problem; callers go on."""

    def __init__(
        self,
        tree: Tree,
        value: dict[str, Any],
        place: Place,
        problems: list[Problem],
        rule: str | None = None,
    ) -> None:
        self.tree = tree
        self.value = value
        self.place = place
        self.problems = problems
        self.rule = rule

    def problem(self, key: str | None, message: str, expected: str | None = None) -> None:
        """Note what is wrong with ``key`` (dotted for what lies deeper), or with the section itself."""
        place = (*self.place, *key.split(".")) if key else self.place
        self.problems.append(
            Problem(
                self.tree.file,
                message,
                rule=self.rule,
                key=key,
                line=self.tree.line(place),
                expected=expected,
            )
        )

    def known_keys(self, known: Collection[str]) -> None:
        """Note every key that is none of ``known``."""
        for key in self.value:
            if key not in known:
                self.problem(key, f"there is no such key{nearest(key, known)}", f"one of {', '.join(known)}")

    def text(self, key: str, *, required: bool = False, numbers: bool = False) -> str | None:
        """The text at ``key`` without white space around it; with ``numbers``, a number as text."""
        given = self.value.get(key)
        if given is None:
            if required:
                self.problem(None if key not in self.value else key, f"{key!r} is missing", "a text")
            return None
        if numbers and isinstance(given, int | float) and not isinstance(given, bool):
            return str(given)
        if not isinstance(given, str):
            self.problem(key, f"{kind_of(given)} stands here", "a text")
            return None
        if not given.strip():
            self.problem(key, "it is empty", "a text")
            return None
        return given.strip()

    def choice(self, key: str, known: Collection[str], default: str | None = None) -> str | None:
        """The text at ``key``, which must be one of ``known``."""
        given = self.text(key, required=default is None)
        if given is None:
            return default
        if given not in known:
            self.problem(key, f"{given!r} is none of them{nearest(given, known)}", f"one of {', '.join(known)}")
            return default
        return given

    def flag(self, key: str, default: bool) -> bool:
        """The truth value at ``key``."""
        given = self.value.get(key, default)
        if not isinstance(given, bool):
            self.problem(key, f"{kind_of(given)} stands here", "true or false")
            return default
        return given

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts at ``key``; empty where there is none."""
        given = self.value.get(key)
        if given is None:
            return ()
        if not isinstance(given, list) or not all(isinstance(text, str) and text for text in given):
            self.problem(key, f"{kind_of(given)} stands here", "a list of texts (quote what looks like a number)")
            return ()
        return tuple(given)

    def mapping(self, key: str) -> "Section | None":
        """The mapping at ``key``."""
        given = self.value.get(key)
        if given is None:
            return None
        if not isinstance(given, dict):
            self.problem(key, f"{kind_of(given)} stands here", "a mapping")
            return None
        return Section(self.tree, given, (*self.place, key), self.problems, self.rule)

    def mappings(self, key: str) -> list["Section"]:
        """The list of mappings at ``key``."""
        given = self.value.get(key)
        if given is None:
            return []
        if not isinstance(given, list):
            self.problem(key, f"{kind_of(given)} stands here", "a list of mappings")
            return []
        found: list[Section] = []
        for number, member in enumerate(given):
            place = (*self.place, key, number)
            if isinstance(member, dict):
                found.append(Section(self.tree, member, place, self.problems, self.rule))
            else:
                line = self.tree.line(place)
                message = f"{kind_of(member)} stands in the list"
                self.problems.append(Problem(self.tree.file, message, self.rule, key, line, "a mapping"))
        return found


def kind_of(value: object) -> str:
    """What a value is, in JSON's words with an article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "a mapping"
