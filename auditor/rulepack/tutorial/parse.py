"""Reads one tutorial: text in, facts out. The only door to this folder for those who make packs of the facts.

Pure: no file, clock or network. What is on the page is in the facts or in their remarks; what is not, is not.
"""

from msgspec.structs import replace

from auditor.rulepack.tutorial.basic import basic_configuration
from auditor.rulepack.tutorial.context import read_context
from auditor.rulepack.tutorial.facts import Citation, Initiation, Kind, Remark, TutorialFacts
from auditor.rulepack.tutorial.lines import Page, read_lines
from auditor.rulepack.tutorial.source import read_source


def parse_tutorial(data: str | bytes, name: str) -> TutorialFacts:
    """Return what a tutorial says. ``name`` is how errors and packs call it, usually the file's name.

    Raises :class:`~auditor.rulepack.tutorial.errors.TutorialError` where the data is empty, binary, HTML or larger
    than :data:`~auditor.rulepack.tutorial.source.MAX_BYTES`. Any other text gives facts, be they empty, with remarks
    that say so.
    """
    source = read_source(data)
    page = read_lines(source.body, source.offset)
    title = source.title or page.title
    basic = basic_configuration(page.lines, source.date)
    context = read_context(page.lines, title, source.date)
    facts = TutorialFacts(
        name=name,
        title=title,
        date=source.date,
        app_name=context.app_name,
        fields=basic.fields,
        initiations=tuple(context.initiations[key] for key in Initiation if key in context.initiations),
        single_instance=context.single_instance,
        fixed_identifier=context.fixed_identifier,
        preintegrated=basic.preintegrated,
        just_in_time=context.just_in_time,
        automatic_provisioning=context.automatic_provisioning,
        claims=tuple(context.claims),
        name_id=tuple(context.name_id),
        certificates=tuple(context.certificates.values()),
        test_users=tuple(context.test_users.values()),
        gallery=context.gallery,
        saml_mode=context.saml_mode,
        assignment=context.assignment,
        session_control=context.session_control,
        undecided=(*basic.remarks, *context.remarks, *_unread(page, source.date)),
    )
    return _with_absences(facts)


def _unread(page: Page, date: str | None) -> tuple[Remark, ...]:
    return tuple(
        Remark("this part is too long or nested too deeply, and was not read", Citation("", None, date, number))
        for number in page.unread[:20]
    )


def _with_absences(facts: TutorialFacts) -> TutorialFacts:
    """Add a remark for what a pack needs and the page does not say."""
    missing = []
    if facts.app_name is None:
        missing.append("the page does not name the app: neither a gallery step nor the title does")
    if all(fact.kind is Kind.NONE for fact in facts.fields):
        if facts.preintegrated:
            missing.append(
                "the app is pre-integrated: the page asks for no value, and what the gallery fills in is not printed"
            )
        else:
            missing.append("no Basic SAML Configuration step asks for a value")
    if facts.date is None:
        missing.append("the page gives no date (ms.date)")
    remarks = (*facts.undecided, *(Remark(text) for text in missing))
    return replace(facts, undecided=remarks)
