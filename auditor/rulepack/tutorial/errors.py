"""What can be wrong with a tutorial, or with a pattern taken from one.

    TutorialError        the file is no tutorial that can be read; nothing was derived
    PatternError         a value cannot be made into a safe pattern, or a binding does not fit it

Both carry a ``hint``: what to do next. Neither is ever raised for a page that merely says little.
"""


class TutorialError(ValueError):
    """The text cannot be read as a Markdown tutorial; ``hint`` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.args[0]}; {self.hint}"


class PatternError(ValueError):
    """A placeholder pattern, or a binding for it, cannot be used; ``hint`` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.args[0]}; {self.hint}"
