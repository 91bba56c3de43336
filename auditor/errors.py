"""What a user did that cannot be done, as types that the command line turns into exit code 2.

UserError
├── ConfigError      the configuration file
└── OutputError      the folder or file to write to
"""


class UserError(Exception):
    """Base: one line that names what and where, and a hint with the next step."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ConfigError(UserError):
    """The configuration file is not there, is no TOML, or says something that cannot be meant."""


class OutputError(UserError):
    """The folder or file to write to cannot be written."""
