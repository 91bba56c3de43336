"""Where an expected and an observed value differ, character by character, so that a reader need not search.

Two values are compared line by line where they have as many lines; otherwise the lines that only one of them has are
marked whole. Values that have little in common are not marked at all: everything would be.
"""

from difflib import SequenceMatcher

from msgspec import Struct

_LONGEST = 400
"""Characters beyond which two values are not compared: the time of comparison grows with the square."""
_ALIKE = 0.5
_SIDE_BY_SIDE = 34
"""Characters of a line that fit where two values stand side by side."""
_INK = str.maketrans({" ": "·"})


class Segment(Struct, frozen=True):
    """A part of a value; ``differs`` where the other value has something else in its place, or nothing."""

    text: str
    differs: bool = False


Segments = tuple[Segment, ...]


def mark_differences(expected: str, observed: str) -> tuple[Segments, Segments]:
    """Both values in segments. A differing space is printed as a middle dot, for it could not be seen."""
    left, right = expected.split("\n"), observed.split("\n")
    if len(left) != len(right):
        return _whole_lines(left, right)
    wanted: list[Segment] = []
    seen: list[Segment] = []
    for number, (line, other) in enumerate(zip(left, right, strict=True)):
        if number:
            wanted.append(Segment("\n"))
            seen.append(Segment("\n"))
        first, second = _line(line, other)
        wanted += first
        seen += second
    return tuple(wanted), tuple(seen)


def _whole_lines(expected: list[str], observed: list[str]) -> tuple[Segments, Segments]:
    """Lines that the other value has not, marked whole; where no line is in both, nothing is."""
    common = set(expected) & set(observed)

    def marked(lines: list[str]) -> Segments:
        parts: list[Segment] = []
        for number, line in enumerate(lines):
            if number:
                parts.append(Segment("\n"))
            parts.append(_segment(line, bool(common) and line not in common))
        return tuple(parts)

    return marked(expected), marked(observed)


def stacked(*values: str) -> bool:
    """Whether any line is too long for values to stand side by side: one above the other they still line up."""
    return any(len(line) > _SIDE_BY_SIDE for value in values for line in value.split("\n"))


def _line(expected: str, observed: str) -> tuple[list[Segment], list[Segment]]:
    plain = [Segment(expected)], [Segment(observed)]
    if expected == observed or max(len(expected), len(observed)) > _LONGEST:
        return plain
    matcher = SequenceMatcher(None, expected, observed, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return plain
    first: list[Segment] = []
    second: list[Segment] = []
    for operation, a, b, c, d in matcher.get_opcodes():
        differs = operation != "equal"
        if a < b:
            first.append(_segment(expected[a:b], differs))
        if c < d:
            second.append(_segment(observed[c:d], differs))
    return first, second


def _segment(text: str, differs: bool) -> Segment:
    return Segment(text.translate(_INK) if differs else text, differs)
