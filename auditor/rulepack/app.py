"""The ``app`` block of a pack: how the app is recognised in a tenant, and what else rules need to know."""

from auditor.model.rule import AppIdentity
from auditor.rulepack.shape import Section

APP_KEYS = ("display_name", "template_name", "identifier", "products", "test_users", "known_values")
KNOWN_VALUE_KEYS = ("host", "note")


def read_app(section: Section) -> AppIdentity | None:
    """The app's identity; None after noting what is missing."""
    section.known_keys(APP_KEYS)
    display_name = section.text("display_name", required=True)
    products = section.mapping("products")
    addresses = {name: products.text(name, required=True) or "" for name in products.value} if products else {}
    known: list[dict[str, str]] = []
    for value in section.mappings("known_values"):
        value.known_keys(KNOWN_VALUE_KEYS)
        host, note = value.text("host", required=True), value.text("note", required=True)
        if host and note:
            known.append({"host": host.lower(), "note": note})
    if display_name is None:
        return None
    return AppIdentity(
        display_name=display_name,
        template_name=section.text("template_name") or display_name,
        identifier=section.text("identifier"),
        products=addresses,
        test_users=section.texts("test_users"),
        known_values=tuple(known),
    )
