"""Signing certificates of an instance: a table, and a time line with today marked."""

from datetime import datetime

from auditor.model.certificates import CertificateGroup, active_certificate, group_credentials
from auditor.model.evidence import Unknown
from auditor.model.snapshot import Instance
from auditor.report.chart_view import Timeline
from auditor.report.read_rows import CertificateRow
from auditor.report.sentences import unread
from auditor.report.timeline import Span, draw
from auditor.report.words import Mark, date_words, distance_words, moment


def certificates_view(
    instance: Instance, now: datetime, chart_id: str
) -> tuple[tuple[CertificateRow, ...], str | None, Timeline | None]:
    """Rows, a note where there are none or they are not known, and the chart where there is something to draw."""
    principal = instance.service_principal
    if isinstance(principal, Unknown):
        return (), f"The certificates are not known. {unread(principal)}", None
    keys, passwords = principal.value.key_credentials, principal.value.password_credentials
    if not isinstance(keys, tuple):
        return (), "The certificates are not known: the answer did not carry keyCredentials.", None
    preferred = principal.value.preferred_token_signing_key_thumbprint
    thumbprint = preferred if isinstance(preferred, str) else None
    groups = group_credentials(keys, passwords if isinstance(passwords, tuple) else (), thumbprint).certificates
    if not groups:
        return (), "The application has no SAML signing certificate.", None
    active = active_certificate(groups, thumbprint)
    ordered = sorted(groups, key=lambda group: (group is not active, group.not_after or "", group.identity))
    rows = tuple(_row(group, active, now) for group in ordered)
    spans = [span for group, row in zip(ordered, rows, strict=True) if (span := _span(group, row, now)) is not None]
    title = f"Signing certificates of {instance.display_name or instance.id} over time"
    description = " ".join(
        f"{row.thumbprint[:8]}…, {row.role}: {row.begins} to {row.ends}, {row.state}." for row in rows
    )
    chart = draw(spans, now, chart_id=chart_id, title=title, description=description) if spans else None
    return rows, None if active else _none_active(len(groups)), chart


def _none_active(number: int) -> str:
    return "The only certificate is not active." if number == 1 else f"None of {number:,} certificates is active."


def _row(group: CertificateGroup, active: CertificateGroup | None, now: datetime) -> CertificateRow:
    begins, ends = moment(group.not_before), moment(group.not_after)
    mark, state = _state(begins, ends, now)
    return CertificateRow(
        thumbprint=group.thumbprint or f"{group.identity} (identifier; the thumbprint is not known)",
        role=_role(group, active, ends),
        mark=mark,
        state=state,
        begins=date_words(begins) if begins else "not known",
        ends=date_words(ends) if ends else "not known",
        key=_key(group),
    )


def _role(group: CertificateGroup, active: CertificateGroup | None, ends: datetime | None) -> str:
    if group is active:
        return "active"
    until = moment(active.not_after) if active else None
    return "standby" if until and ends and ends > until else "not active"


def _state(begins: datetime | None, ends: datetime | None, now: datetime) -> tuple[Mark, str]:
    if ends is None:
        return Mark.UNKNOWN, "validity not known"
    if ends <= now:
        return Mark.FAIL, f"expired {distance_words(ends, now)}"
    if begins is not None and begins > now:
        return Mark.UNKNOWN, f"valid {distance_words(begins, now)}"
    return Mark.PASS, f"valid, expires {distance_words(ends, now)}"


def _key(group: CertificateGroup) -> str:
    certificate = group.certificate
    if certificate is None:
        return "withheld"
    size = f" {certificate.key_bits}" if certificate.key_bits else f" {certificate.curve}" if certificate.curve else ""
    signed = f", {certificate.signature_hash}" if certificate.signature_hash else ""
    return f"{certificate.key_algorithm}{size}{signed}"


def _span(group: CertificateGroup, row: CertificateRow, now: datetime) -> Span | None:
    begins, ends = moment(group.not_before), moment(group.not_after)
    if ends is None:
        return None
    label = f"{(group.thumbprint or group.identity)[:8]} {row.role}"
    return Span(label, row.state, row.mark, begins or min(now, ends), ends, row.role == "active")
