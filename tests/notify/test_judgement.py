"""What a channel hears, scan after scan: once for each thing, until it was seen to be over."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from auditor.model.drift import Drift
from auditor.model.evidence import Outcome
from auditor.model.finding import Status, TenantStatus, Verdict
from auditor.model.notice import NoticeKind, Remembered
from auditor.model.result import CoverageEntry, TenantResult
from auditor.model.rule import Severity
from auditor.notify import Round, Wanted, compose, judge
from tests.store import sample

ALL = Wanted()


def tenant(
    *statuses: Status, status: TenantStatus = TenantStatus.COMPLETE, number: int = 1, **changes: Any
) -> TenantResult:
    """A tenant with rules R-1, R-2, … in these states (R-9 fails too, and is waived)."""
    made = sample.result(number, statuses=statuses)
    return msgspec.structs.replace(made, status=status, **changes)


class Channel:
    """A channel over several scans; what it hears is delivered unless told otherwise."""

    def __init__(self, wanted: Wanted = ALL) -> None:
        self.wanted = wanted
        self.known: dict[tuple[str, str, str], Remembered] = {}

    def scan(self, *tenants: TenantResult, deliver: bool = True) -> list[str]:
        """The rules, or where there are none the causes, that are told after a scan of these tenants."""
        judged = judge(tuple(self.known.values()), tenants, self.wanted, "2026-11-22T12:00:00Z")
        for gone in (*judged.over, *judged.withdrawn):
            del self.known[gone.notice.identity]
        kept: Sequence[Remembered] = judged.delivered("2026-11-22T12:00:00Z") if deliver else judged.pending
        self.known |= {one.notice.identity: one for one in kept}
        return [one.notice.rule or one.notice.told for one in judged.pending]


def test_a_failure_is_told_once_and_again_when_it_comes_back() -> None:
    channel = Channel()
    assert channel.scan(tenant(Status.PASS, Status.FAIL)) == ["R-2"]
    assert channel.scan(tenant(Status.PASS, Status.FAIL)) == []
    assert channel.scan(tenant(Status.FAIL, Status.FAIL)) == ["R-1"]
    assert channel.scan(tenant(Status.PASS, Status.PASS)) == []
    assert channel.scan(tenant(Status.PASS, Status.FAIL)) == ["R-2"]


def test_what_could_not_be_read_is_neither_new_nor_over() -> None:
    channel = Channel(Wanted((NoticeKind.FAILURE,)))
    channel.scan(tenant(Status.FAIL))
    unread = (tenant(Status.UNKNOWN, status=TenantStatus.PARTIAL), sample.failed(1))
    for gap in unread:
        assert channel.scan(gap) == []
        assert channel.scan(tenant(Status.FAIL)) == []


def test_a_subject_that_is_gone_is_over_only_where_the_tenant_was_read_whole() -> None:
    channel = Channel(Wanted((NoticeKind.FAILURE,)))
    channel.scan(tenant(Status.FAIL))
    channel.scan(tenant(findings=(), status=TenantStatus.PARTIAL))
    assert channel.scan(tenant(Status.FAIL)) == []
    channel.scan(tenant(findings=(), status=TenantStatus.COMPLETE))
    assert channel.scan(tenant(Status.FAIL)) == ["R-1"]


def test_a_waived_failure_is_not_told_and_is_told_when_the_waiver_ends() -> None:
    channel = Channel()
    assert channel.scan(tenant()) == []
    (waived,) = tenant().findings
    assert channel.scan(tenant(findings=(msgspec.structs.replace(waived, waiver=None),))) == ["R-9"]


def test_a_tenant_that_was_not_scanned_is_left_alone() -> None:
    channel = Channel()
    channel.scan(tenant(Status.FAIL), tenant(Status.FAIL, number=2))
    assert channel.scan(tenant(Status.PASS, number=2)) == []
    assert channel.scan(tenant(Status.FAIL), tenant(Status.FAIL, number=2)) == ["R-1"]


def test_what_was_not_delivered_is_told_next_time() -> None:
    channel = Channel()
    regressed = tenant(Status.FAIL, drift=sample.drift())
    assert channel.scan(regressed, deliver=False) == ["R-1", "GTM-SAML-003"]
    # The change is not seen a second time; the failure is.
    assert channel.scan(tenant(Status.FAIL)) == ["R-1", "GTM-SAML-003"]
    assert channel.scan(tenant(Status.FAIL)) == []


def test_an_undelivered_failure_that_is_over_is_not_told() -> None:
    channel = Channel()
    channel.scan(tenant(Status.FAIL), deliver=False)
    assert channel.scan(tenant(Status.PASS)) == []
    assert channel.known == {}


def test_each_regression_is_told_as_the_event_that_it_is() -> None:
    channel = Channel(Wanted((NoticeKind.REGRESSION,)))
    assert channel.scan(tenant(drift=sample.drift())) == ["GTM-SAML-003"]
    assert channel.scan(tenant()) == []
    assert channel.scan(tenant(drift=sample.drift("s-2", "s-3"))) == ["GTM-SAML-003"]
    assert channel.scan(tenant(drift=Drift("s-3", "a", "s-4", "b"))) == []


def test_an_unreadable_tenant_is_told_once_and_its_gaps_named() -> None:
    channel = Channel(Wanted((NoticeKind.UNREADABLE,)))
    assert channel.scan(sample.failed()) == ["sign-in was refused"]
    assert channel.scan(sample.failed()) == []
    gap = CoverageEntry("directoryAudits", "GET /x", Outcome.DENIED, "403", None, None, None)
    assert channel.scan(tenant(status=TenantStatus.PARTIAL, coverage=(gap,))) == ["directoryAudits"]
    assert channel.scan(tenant()) == []
    assert channel.scan(sample.failed()) == ["sign-in was refused"]


def test_rules_about_the_certificate_are_a_kind_of_their_own() -> None:
    finding = msgspec.structs.replace(sample.finding("R-1", Status.FAIL), group="certificate")
    certificates, failures = Channel(Wanted((NoticeKind.CERTIFICATE,))), Channel(Wanted((NoticeKind.FAILURE,)))
    assert certificates.scan(tenant(findings=(finding,))) == ["R-1"]
    assert failures.scan(tenant(findings=(finding,))) == []


@pytest.mark.parametrize(("least", "told"), [(Severity.HIGH, ["R-1"]), (Severity.CRITICAL, [])])
def test_least_severity(least: Severity, told: list[str]) -> None:
    assert Channel(Wanted(min_severity=least)).scan(tenant(Status.FAIL)) == told


def digest(*tenants: TenantResult) -> str:
    message = compose("s-1", Verdict.NON_COMPLIANT, judge((), tenants, ALL, "2026-11-22T12:00:00Z"))
    assert message is not None
    return f"{message.title}\n{message.body}"


def test_nothing_new_is_no_message() -> None:
    assert compose("s-1", Verdict.COMPLIANT, Round()) is None


def test_the_digest_says_what_is_new_where_and_how_bad() -> None:
    text = digest(tenant(Status.FAIL), sample.failed(2))
    assert text.startswith("auditor: 2 new in 2 tenants, the worst high\n")
    assert "tenant 1\n- FAIL high R-1: Title of R-1 (GoToMeeting)\n" in text
    assert "tenant 2\n- UNREADABLE high: sign-in was refused\n" in text
    assert text.endswith("Scan s-1, verdict: not compliant. Values and evidence are in its report.")


def test_no_observed_value_and_no_change_of_one_is_in_a_digest() -> None:
    """Expected, observed, reason, before, after and the keys of a path are the tenant's, and stay in the report."""
    change = msgspec.structs.replace(
        sample.drift().changes[0], path="application.web.redirectUris[https://canary.example/acs]", after="canary-after"
    )
    drift = Drift("s-1", "a", "s-2", "b", (change,))
    finding = msgspec.structs.replace(
        sample.finding("R-1", Status.FAIL), observed="canary-observed", reason="canary-reason", expected="canary-x"
    )
    text = digest(tenant(findings=(finding,), drift=drift))
    assert "application.web.redirectUris changed" in text
    assert "canary" not in text


def test_a_long_digest_tells_how_much_more_there_is() -> None:
    text = digest(tenant(*[Status.FAIL] * 8), *(sample.failed(number) for number in range(2, 60)))
    assert text.count("\n- ") == 40
    assert "26 more are in the report." in text
