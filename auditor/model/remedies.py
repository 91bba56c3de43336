"""The names of the remedies that a rule may call for.

Rule packs are checked against this list when they load, and the planner has one entry for each name: a name
that only one of the two knows is a defect. What cannot be scripted safely (adding an app from the gallery,
choosing which of two instances goes) has no name here; a rule says so with a null remedy and its guidance.
"""

REMEDIES: tuple[str, ...] = (
    "set-identifier",
    "set-reply-urls",
    "clear-sign-on-url",
    "set-relay-state",
    "set-sso-mode",
    "rotate-certificate",
    "set-preferred-certificate",
    "set-notification-addresses",
    "require-assignment",
    "enable-service-principal",
    "remove-assignment",
    "add-owner",
    "remove-credential",
    "remove-expired-certificate",
)
