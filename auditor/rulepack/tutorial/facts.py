"""What a tutorial says, as frozen values, each with the place on the page where it says so.

A fact is here because the page states it; what the page does not state is absent, and what could not be decided is a
remark. The facts are values (addresses, names, kinds), never sentences of the page. Nothing here parses.
"""

from enum import StrEnum

from msgspec import Struct


class Field(StrEnum):
    """A field of the Basic SAML Configuration that a tutorial can ask a value for."""

    IDENTIFIER = "identifier"
    REPLY_URL = "reply_url"
    SIGN_ON_URL = "sign_on_url"
    RELAY_STATE = "relay_state"


class Kind(StrEnum):
    """What a page asks of a field."""

    FIXED = "fixed"
    """One literal."""
    ONE_OF = "one_of"
    """A choice of several, with or without placeholders."""
    PATTERN = "pattern"
    """One value with a placeholder."""
    BLANK = "blank"
    """Told to leave it empty."""
    NONE = "none"
    """The page asks nothing for it."""
    METADATA = "metadata"
    """Filled by upload, or copied from the vendor's console or people, with nothing printed."""


class Initiation(StrEnum):
    """Who begins a sign-on."""

    IDP = "IDP"
    SP = "SP"


class Citation(Struct, frozen=True):
    """A place on the page. ``line`` counts from 1 in the file as given."""

    section: str
    """Text of the nearest heading; empty above the first."""
    step: str | None
    """Number as rendered and letter, ``5`` or ``5.a``; None outside the steps."""
    date: str | None
    """The page's ``ms.date`` as ``YYYY-MM-DD``, where its front matter gives one."""
    line: int


class Stated(Struct, frozen=True):
    """A value as printed, with its place."""

    value: str
    citation: Citation


class Remark(Struct, frozen=True):
    """Something that a person has to decide, with its place where there is one."""

    text: str
    citation: Citation | None = None


class FieldFact(Struct, frozen=True):
    """What the page asks of one field.

    ``values`` is empty for ``blank``, ``none`` and ``metadata``; one value for ``fixed`` and ``pattern``; two or more,
    in the page's order, for ``one_of``. ``citation`` is None where the page asks nothing.
    """

    field: Field
    kind: Kind
    values: tuple[str, ...] = ()
    citation: Citation | None = None
    initiation: Initiation | None = None
    """The mode under which the values were given, where the page says one."""
    example_only: bool = False
    """The page gives the value as an example or a suggestion, not as a requirement."""


class Claim(Struct, frozen=True):
    """One row of a claims table. ``source`` is the attribute of the directory that fills it."""

    name: str
    source: str
    namespace: str | None
    citation: Citation


class TutorialFacts(Struct, frozen=True):
    """Everything taken from one tutorial. Empty tuples and None mean that the page does not say."""

    name: str
    """What the caller calls the page, usually its file name."""
    title: str | None
    date: str | None
    app_name: Stated | None
    """Display name as the gallery step or the title gives it."""
    fields: tuple[FieldFact, ...]
    """Always the four fields, in the order of :class:`Field`."""
    initiations: tuple[Stated, ...] = ()
    """``IDP`` and ``SP``, each where the page states that the app supports it."""
    single_instance: Citation | None = None
    """Where the page says that only one instance can be configured in a tenant."""
    fixed_identifier: Citation | None = None
    """Where the page says that the identifier is a fixed string."""
    preintegrated: Citation | None = None
    """Where the page says that the app is pre-integrated, or its values are already filled in."""
    just_in_time: Citation | None = None
    automatic_provisioning: Stated | None = None
    """The value is the address of the provisioning page that is linked, or empty."""
    claims: tuple[Claim, ...] = ()
    name_id: tuple[Stated, ...] = ()
    """Source attributes that the page gives for the name identifier."""
    certificates: tuple[Stated, ...] = ()
    """What to download or copy from the SAML signing certificate section."""
    test_users: tuple[Stated, ...] = ()
    gallery: Citation | None = None
    """The step that picks the app from the gallery."""
    saml_mode: Citation | None = None
    """The step that selects SAML as the single sign-on method."""
    assignment: Citation | None = None
    """The section that assigns a user to the app."""
    session_control: Citation | None = None
    """Where the page speaks of session control by Conditional Access."""
    undecided: tuple[Remark, ...] = ()

    def field(self, field: Field) -> FieldFact:
        """The fact about one field."""
        return next(fact for fact in self.fields if fact.field is field)


def basic_saml(facts: TutorialFacts) -> dict[str, dict[str, str | list[str]]]:
    """The four fields as ``{field: {"kind": …, "values": […]}}``, the shape that ``--format json`` prints."""
    return {fact.field.value: {"kind": fact.kind.value, "values": list(fact.values)} for fact in facts.fields}
