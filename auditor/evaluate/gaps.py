"""The gaps that the evaluation itself sees.

Properties that an answer did not carry, or that the directory hides.
"""

from functools import lru_cache

from auditor.model.evidence import Outcome, Unknown

APPLICATION_READ = "Application.Read.All"
USER_READ = "User.Read.All"
POLICY_READ = "Policy.Read.All"


@lru_cache(maxsize=512)
def not_carried(source: str, name: str, permission: str | None) -> Unknown:
    """The answer lacked a property, or gave it another type than v1.0 does."""
    return Unknown(source, Outcome.INVALID, f"the answer did not carry {name}", permission)


@lru_cache(maxsize=512)
def given_as_null(source: str, name: str, permission: str | None) -> Unknown:
    """The answer gave null for what v1.0 says is never null."""
    return Unknown(source, Outcome.INVALID, f"the answer gave null for {name}, which is never null", permission)


@lru_cache(maxsize=512)
def not_shown(source: str, name: str, permission: str | None) -> Unknown:
    """The directory gave null for a property that the token may not see."""
    return Unknown(source, Outcome.DENIED, f"the directory did not show {name}", permission)


@lru_cache(maxsize=512)
def not_asked(source: str, cause: str, permission: str | None = None) -> Unknown:
    """Nobody asked for it."""
    return Unknown(source, Outcome.NOT_ASKED, cause, permission)


@lru_cache(maxsize=512)
def not_understood(source: str, cause: str, permission: str | None = None) -> Unknown:
    """It was read and cannot be interpreted by this version."""
    return Unknown(source, Outcome.INVALID, cause, permission)
