"""What can go wrong between us and a tenant, as types that say what to do next.

GraphRoomError
├── SetupError            the configuration or the surroundings are wrong: no tenant could be read this way
│   ├── MissingSecret     a credential's variable or file is not there
│   ├── Unreachable       no connection to the sign-in or Graph host
│   ├── NotVerified       the host's TLS certificate does not verify
│   └── ForeignToken      the token was issued for another tenant
├── SignInRefused         the sign-in service answered, and said no
└── Refused               the read-only transport stopped a request before it left the process
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class _Told:
    message: str
    hint: str


class GraphRoomError(Exception):
    """Base: a message that names what and where, and a hint with the next step."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.told = _Told(message, hint)

    @property
    def message(self) -> str:
        """What went wrong, in one line."""
        return self.told.message

    @property
    def hint(self) -> str:
        """What to do about it; empty where the message says it all."""
        return self.told.hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class SetupError(GraphRoomError):
    """The configuration or the surroundings are wrong."""


class MissingSecret(SetupError):
    """A variable or file that a credential names is not there."""


class Unreachable(SetupError):
    """No connection could be made."""


class NotVerified(SetupError):
    """The TLS certificate of the host does not verify."""


class ForeignToken(SetupError):
    """The access token was issued for another tenant."""


class SignInRefused(GraphRoomError):
    """The sign-in service refused the credential."""


class Refused(GraphRoomError):
    """The read-only transport stopped a request before it left the process."""
