"""The one way by which text gets into a POSIX shell script.

Within single quotes every character stands for itself (POSIX.1-2017, XCU 2.2.2), line ends included; a single quote
itself cannot stand there, so it ends the quotes, comes escaped, and begins them again.
"""


def quote(text: str) -> str:
    """``text`` as one word of a shell script. Raises ValueError for NUL, which no shell word can hold."""
    if "\x00" in text:
        raise ValueError("a shell word cannot hold NUL")
    return "'" + text.replace("'", "'\\''") + "'"
