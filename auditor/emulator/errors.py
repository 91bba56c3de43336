"""What the emulator raises: answers in Graph's own error shape, and mistakes in the files that it is given.

EmulatorError
├── GraphError            an answer: status, code, message (Microsoft Graph, "Error responses")
├── SignInError           an answer of the token endpoint: AADSTS number and OAuth error (RFC 6749, 5.2)
└── LabFileError          a file that cannot be used: which file, where in it, what was expected
    ├── TenantFileError   of tenants
    └── FaultFileError    of faults
"""


class EmulatorError(Exception):
    """Base of the errors of this room."""


class GraphError(EmulatorError):
    """A refusal in Graph's shape."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


class SignInError(EmulatorError):
    """A refusal of the token endpoint."""

    def __init__(self, status: int, error: str, number: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.number = number
        self.message = message


class LabFileError(EmulatorError):
    """A file that is wrong; the text names the file, the place in it and what to mend."""

    def __init__(self, source: str, where: str, message: str) -> None:
        super().__init__(f"{source}: {where}: {message}" if where else f"{source}: {message}")
        self.source = source
        self.where = where


class TenantFileError(LabFileError):
    """A tenant file that cannot be served."""


class FaultFileError(LabFileError):
    """A fault script that cannot be followed."""


def bad_request(message: str, code: str = "Request_BadRequest") -> GraphError:
    """400: the request itself is wrong."""
    return GraphError(400, code, message)


def unsupported_query(message: str) -> GraphError:
    """400 ``Request_UnsupportedQuery``: well-formed, and not served by this index or without advanced queries."""
    return GraphError(400, "Request_UnsupportedQuery", message)


def not_found(key: str) -> GraphError:
    """404: the object was asked for by its id and is not in the directory."""
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{key}' does not exist or one of its queried reference-property objects are not present.",
    )


def denied() -> GraphError:
    """403: the token holds none of the permissions that the request asks for."""
    return GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def not_premium() -> GraphError:
    """403 as Graph answers reports of a tenant without a premium licence."""
    return GraphError(
        403,
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "Neither tenant is B2C or tenant doesn't have premium license",
    )
