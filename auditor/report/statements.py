"""What every report says of itself: method, limits, glossary."""

METHOD = (
    "Each tenant was read through Microsoft Graph v1.0 with GET requests alone. Every request, how it ended and the "
    "SHA-256 of its answer stand in the appendix on coverage.",
    "What was read became a snapshot without times and request ids; its hash is printed, so that two reports can be "
    "shown to speak of the same state.",
    "Rules are data: each names the evidence it needs, what it expects, and the document, section and step it comes "
    "from. Evidence that was not read makes a rule unknown, never passed.",
    "Changes are found by comparing two snapshots member by member; who made them is taken from the directory audit "
    "log where an entry matches, and is never guessed.",
)

LIMITS = (
    "A scan sees configuration at one moment. It does not see what happened between two scans and was undone.",
    "It does not see the vendor's side: the certificate uploaded there, its own users and passwords, or whether "
    "single sign-on is enforced there.",
    "Claims that were set up in the portal are not in Microsoft Graph v1.0; only claims mapping policies are.",
    "Rules judge the principals that are assigned directly. Members of assigned groups are counted, not judged.",
    "A directory role can let a token read more than its permissions show, so the list of permissions is what the "
    "token says and not proof of what it can do.",
    "The audit log goes back 30 days with a premium licence and 7 without, so older changes have no known author.",
    "This report gives no audit opinion and is signed by nobody until a person signs it.",
)

GLOSSARY = (
    (
        "Application, service principal",
        "The two objects that Entra keeps for one app in a tenant: its registration, and the enterprise application "
        "that users are assigned to.",
    ),
    ("Assertion", "The signed statement about a user that Entra sends to the vendor at sign-in."),
    ("Identifier", "The vendor's entity ID: the audience that assertions are issued for."),
    ("Reply URL", "The vendor's assertion consumer service: the address that assertions are sent to."),
    ("RelayState", "The address that users are taken to after sign-in."),
    ("Signing certificate", "The key pair that assertions are signed with. One is active; a standby outlives it."),
    ("Thumbprint", "SHA-1 of a certificate, by which the Entra admin center names it."),
    ("Fail", "The evidence was read and is not as the rule expects."),
    ("Unknown", "The evidence was not read, or not in full. The cause and what would settle it are named."),
    ("Waived", "A failure that a named person accepted until a date. It stays in every report."),
    ("Regression, improvement", "A change that takes some rule from pass to fail, or the other way."),
    ("Fingerprint", "A finding's identity over time, free of wording and observed values."),
)
