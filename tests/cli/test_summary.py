"""The lines for a terminal: instances of one tenant are told apart where there are several."""

import msgspec

from auditor.cli.summary import summary_lines
from auditor.model.finding import Finding, Status, Subject
from auditor.model.result import ScanResult
from tests.report import samples


def scan(*subjects: Subject) -> ScanResult:
    tenant = samples.healthy().tenants[0]
    finding: Finding = msgspec.structs.replace(tenant.findings[0], status=Status.FAIL, reason="It is blank.")
    findings = tuple(msgspec.structs.replace(finding, subject=subject) for subject in subjects)
    return samples.scan(msgspec.structs.replace(tenant, findings=findings))


def failing(result: ScanResult) -> list[str]:
    return [
        line.partition(result.tenants[0].findings[0].rule)[2].strip()
        for line in summary_lines(result)
        if "FAIL " in line
    ]


def test_one_instance_needs_no_name() -> None:
    assert failing(scan(Subject("application", "sp-1", "GoToMeeting"))) == ["It is blank."]


def test_several_are_named() -> None:
    result = scan(Subject("application", "sp-1", "GoToMeeting"), Subject("application", "sp-2", "GoToMeeting EMEA"))
    assert failing(result) == ["[GoToMeeting] It is blank.", "[GoToMeeting EMEA] It is blank."]


def test_names_that_do_not_tell_them_apart_come_with_the_id() -> None:
    result = scan(Subject("application", "sp-1", "GoTo"), Subject("application", "sp-2", "GoTo"))
    assert failing(result) == ["[GoTo (sp-1)] It is blank.", "[GoTo (sp-2)] It is blank."]
    nameless = scan(Subject("application", "sp-1", None), Subject("application", "sp-2", "\x1b[2J"))
    assert failing(nameless)[0] == "[no name (sp-1)] It is blank."
    assert "\x1b" not in failing(nameless)[1]


def test_what_is_of_the_tenant_needs_no_name_beside_one_instance() -> None:
    assert (
        failing(scan(Subject("tenant", "t-1", "contoso"), Subject("application", "sp-1", "GoTo")))
        == ["It is blank."] * 2
    )
