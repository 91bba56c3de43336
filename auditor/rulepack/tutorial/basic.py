"""The Basic SAML Configuration: what the page asks of each of the four fields.

What was gathered is weighed: printed values win over "upload" and "paste"; the steps of the Basic SAML Configuration
over later steps that come back to it; of two modes, the identifier, the reply URL and the relay state belong to the
IdP-initiated one and the sign-on URL to the SP-initiated one. Whatever was set aside becomes a remark.
"""

from collections.abc import Callable

from msgspec import Struct

from auditor.rulepack.tutorial.facts import Citation, Field, FieldFact, Initiation, Kind, Remark
from auditor.rulepack.tutorial.gather import Collector, Given
from auditor.rulepack.tutorial.lines import Line
from auditor.rulepack.tutorial.placeholders import has_placeholder
from auditor.rulepack.tutorial.zone import Place, zone_lines

MAX_VALUES = 200
"""Values of one field; a page with more is no tutorial, and the rest is left out with a remark."""

_BELONGS_TO = {
    Field.IDENTIFIER: Initiation.IDP,
    Field.REPLY_URL: Initiation.IDP,
    Field.SIGN_ON_URL: Initiation.SP,
    Field.RELAY_STATE: Initiation.IDP,
}
"""The mode whose value is taken where a page has two; what is said for no mode in particular holds for both."""
_LABEL = {
    Field.IDENTIFIER: "identifier",
    Field.REPLY_URL: "reply URL",
    Field.SIGN_ON_URL: "sign-on URL",
    Field.RELAY_STATE: "relay state",
}


class Basic(Struct, frozen=True):
    """What the page asks of the four fields, and what was left to a person."""

    fields: tuple[FieldFact, ...]
    preintegrated: Citation | None
    remarks: tuple[Remark, ...]


def basic_configuration(lines: tuple[Line, ...], date: str | None) -> Basic:
    """Return what the page asks of each field; a page with no Basic SAML Configuration asks nothing."""
    collector = Collector(date)
    for zone_line in zone_lines(lines):
        collector.take(zone_line)
    facts: list[FieldFact] = []
    remarks: list[Remark] = []
    for field in Field:
        fact, more = _weigh(field, [given for given in collector.given if given.field is field])
        facts.append(fact)
        remarks += more
    return Basic(tuple(facts), collector.preintegrated, tuple(remarks))


def _weigh(field: Field, given: list[Given]) -> tuple[FieldFact, list[Remark]]:
    """Decide on one field."""
    if not given:
        return FieldFact(field, Kind.NONE), []
    for inside in (True, False):
        considered = [one for one in given if (one.place is Place.INSIDE) is inside]
        with_value = [one for one in considered if one.value is not None]
        if with_value:
            return _of_values(field, with_value, given)
        blank = [one for one in considered if one.blank]
        if blank:
            return FieldFact(field, Kind.BLANK, (), blank[0].citation, blank[0].initiation), []
    first = given[0]
    remark = Remark(
        f"the {_LABEL[field]} is asked for but not printed: it is uploaded, or comes from the vendor", first.citation
    )
    return FieldFact(field, Kind.METADATA, (), first.citation, first.initiation), [remark]


def _of_values(field: Field, with_value: list[Given], given: list[Given]) -> tuple[FieldFact, list[Remark]]:
    """Decide among printed values: the first zone's, the preferred mode's, and no example beside a real value."""
    remarks: list[Remark] = []
    chosen = [one for one in with_value if not one.example] or with_value
    example_only = chosen[0].example
    zone = chosen[0].zone
    chosen, aside = _split(chosen, lambda one: one.zone == zone)
    own, other_mode = _split(chosen, lambda one: one.initiation in (_BELONGS_TO[field], None))
    chosen, more = (own, other_mode) if own else (other_mode, [])
    modes = {one.initiation for one in chosen}
    values = tuple(dict.fromkeys(one.value for one in chosen if one.value is not None))
    other = [one for one in (*aside, *more) if one.value not in values]
    for one in {one.value: one for one in other}.values():
        where = f"for {one.initiation.value}-initiated sign-on" if one.initiation else "elsewhere on the page"
        remarks.append(Remark(f"another {_LABEL[field]} is given {where}: {one.value}", one.citation))
    if any(one.blank for one in given):
        remarks.append(Remark(f"the {_LABEL[field]} may also be left blank", chosen[0].citation))
    if example_only:
        remarks.append(Remark(f"the {_LABEL[field]} is given as an example or a suggestion only", chosen[0].citation))
    if len(values) > MAX_VALUES:
        remarks.append(Remark(f"{len(values)} values for the {_LABEL[field]}; the first {MAX_VALUES} are kept"))
        values = values[:MAX_VALUES]
    kind, why = _kind(field, values, any(one.said_pattern for one in chosen))
    remarks += [Remark(text, chosen[0].citation) for text in why]
    return FieldFact(
        field, kind, values, chosen[0].citation, modes.pop() if len(modes) == 1 else None, example_only
    ), remarks


def _split(given: list[Given], keep: Callable[[Given], bool]) -> tuple[list[Given], list[Given]]:
    return [one for one in given if keep(one)], [one for one in given if not keep(one)]


def _kind(field: Field, values: tuple[str, ...], said_pattern: bool) -> tuple[Kind, list[str]]:
    if len(values) > 1:
        return Kind.ONE_OF, []
    value = values[0]
    if has_placeholder(value, said_pattern):
        if any(char in value for char in "<{[("):
            return Kind.PATTERN, []
        return Kind.PATTERN, [f"the {_LABEL[field]} holds a placeholder without brackets: {value}"]
    if said_pattern:
        return Kind.FIXED, [f"the {_LABEL[field]} is called a pattern but holds no placeholder: {value}"]
    return Kind.FIXED, []
