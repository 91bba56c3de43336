"""SAML signing certificates: which one signs, for how long, and what stands by."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import UNSET

from auditor.evaluate.context import Context
from auditor.evaluate.evidence import Evidence
from auditor.evaluate.gaps import APPLICATION_READ, given_as_null, not_carried, not_understood
from auditor.model.certificates import (
    CertificateGroup,
    CredentialGroups,
    active_certificate,
    group_credentials,
    identifier_bytes,
)
from auditor.model.evidence import Outcome, Unknown
from auditor.model.graph_objects import X509
from auditor.model.times import parse_time

_DAY = timedelta(days=1)
_GRACE = timedelta(days=1)


def put_certificates(evidence: Evidence, context: Context) -> None:
    """``certificates.*`` and ``signingKey.*``."""
    known = context.instance.service_principal
    if isinstance(known, Unknown):
        for root in ("certificates", "signingKey"):
            evidence.miss(root, known)
        return
    service_principal = known.value
    thumbprint = service_principal.preferred_token_signing_key_thumbprint
    preferred = thumbprint if isinstance(thumbprint, str) and thumbprint else None
    keys, passwords = service_principal.key_credentials, service_principal.password_credentials
    gap = _missing(keys, "keyCredentials")
    groups = CredentialGroups((), (), ())
    if isinstance(keys, tuple):
        groups = group_credentials(keys, passwords if isinstance(passwords, tuple) else (), preferred)
        gap = _unidentified(groups)
    if gap is not None:
        for root in ("certificates", "signingKey"):
            evidence.miss(root, gap)
        return
    evidence.put("certificates.count", len(groups.certificates))
    if thumbprint is UNSET:
        gap = not_carried("servicePrincipal", "preferredTokenSigningKeyThumbprint", APPLICATION_READ)
    elif preferred and not _named(groups, preferred):
        gap = _perhaps_named(groups)
    if gap is not None:
        for path in ("groups", "preferred", "active", "standby", "expired"):
            evidence.miss(f"certificates.{path}", gap)
        evidence.miss("signingKey", gap)
        return
    evidence.put(
        "certificates.preferred",
        "blank" if preferred is None else "named" if _named(groups, preferred) else "unmatched",
    )
    active = active_certificate(groups.certificates, preferred)
    _put_groups(evidence, groups.certificates, active, context.now)
    _put_active(evidence, active, context.now)
    _put_signing_key(evidence, active)


def moment(text: str | None) -> datetime | None:
    """A validity date, or None where there is none that can be read."""
    if text is None:
        return None
    try:
        return parse_time(text)
    except ValueError:
        return None


def validity(not_before: datetime | None, not_after: datetime | None, now: datetime) -> str | None:
    """``valid``, ``expired`` or ``not-yet-valid``; None where the dates do not decide."""
    if not_after is not None and now >= not_after:
        return "expired"
    if not_before is not None and now < not_before:
        return "not-yet-valid"
    return None if not_after is None or not_before is None else "valid"


def in_words(not_after: datetime, now: datetime) -> str:
    """``expires 2026-12-20, in 28 days``; ``expired 2026-11-20, 2 days ago``."""
    days = abs(not_after - now) // _DAY
    distance = "less than a day" if days == 0 else "1 day" if days == 1 else f"{days:,} days"
    day = not_after.date().isoformat()
    return f"expired {day}, {distance} ago" if now >= not_after else f"expires {day}, in {distance}"


def _dated(not_after: datetime, now: datetime) -> str:
    return f"{'expired' if now >= not_after else 'expires'} {not_after.date().isoformat()}"


def lifetime_years(not_before: datetime, not_after: datetime) -> int:
    """The least number of calendar years that, with one day of grace, reaches from one date to the other."""
    years = max(0, not_after.year - not_before.year - 1)
    while (end := _years_later(not_before, years)) is not None and end + _GRACE < not_after:
        years += 1
    return years


def _years_later(start: datetime, years: int) -> datetime | None:
    """The same day ``years`` later, 28 February for a leap day; None past the calendar's end."""
    if start.year + years > datetime.max.replace(tzinfo=UTC).year - 1:
        return None
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, day=28)


def _missing(value: object, name: str) -> Unknown | None:
    if value is UNSET:
        return not_carried("servicePrincipal", name, APPLICATION_READ)
    return given_as_null("servicePrincipal", name, APPLICATION_READ) if value is None else None


def _unidentified(groups: CredentialGroups) -> Unknown | None:
    """Why the certificates cannot be told, where a key may sign and yet shows no identity."""
    for key in groups.stray_keys:
        if key.usage is UNSET:
            return not_carried("servicePrincipal", "keyCredentials.usage", APPLICATION_READ)
        if key.usage == "Sign":
            cause = (
                "a key that signs shows neither its certificate nor an identifier, so its certificate cannot be told"
            )
            return not_understood("servicePrincipal", cause, APPLICATION_READ)
    return None


def _named(groups: CredentialGroups, preferred: str) -> bool:
    return any(group.thumbprint == preferred.upper() for group in groups.certificates)


def _perhaps_named(groups: CredentialGroups) -> Unknown | None:
    """Why the preferred thumbprint may still name one.

    An identifier in neither of the two forms, and no key.
    """
    for group in groups.certificates:
        forms = {len(identifier_bytes(key.custom_key_identifier) or b"") for key in group.keys}
        if group.thumbprint is None and not forms & {20, 32}:
            cause = "a certificate's key was withheld and its identifier gives no thumbprint"
            return Unknown("servicePrincipalKeys", Outcome.INVALID, cause, APPLICATION_READ)
    return None


def _dates_gap(group: CertificateGroup) -> Unknown | None:
    for name, text in (("startDateTime", group.not_before), ("endDateTime", group.not_after)):
        if text is None:
            return not_carried("servicePrincipal", f"keyCredentials.{name}", APPLICATION_READ)
        if moment(text) is None:
            cause = f"keyCredentials.{name} is no date that can be read"
            return not_understood("servicePrincipal", cause, APPLICATION_READ)
    return None


def _put_groups(
    evidence: Evidence, groups: tuple[CertificateGroup, ...], active: CertificateGroup | None, now: datetime
) -> None:
    described: list[dict[str, Any]] = []
    standby: list[dict[str, Any]] = []
    expired: list[dict[str, Any]] = []
    gaps: list[Unknown] = []
    active_end = moment(active.not_after) if active else None
    for group in groups:
        start, end = moment(group.not_before), moment(group.not_after)
        certificate: dict[str, Any] = {
            "id": group.identity,
            "thumbprint": group.thumbprint,
            "notBefore": group.not_before,
            "notAfter": group.not_after,
            "active": group is active,
            # What is observed must not change from day to day, or a waiver of it would reopen every morning.
            "label": f"{group.identity} ({_dated(end, now)})" if end else group.identity,
            "sentence": f"{group.identity} ({in_words(end, now)})" if end else group.identity,
        }
        if end is not None:
            certificate["daysLeft"] = (end - now) / _DAY
        if (state := validity(start, end, now)) is not None:
            certificate["state"] = state
        described.append(certificate)
        if group is active:
            continue
        if end is None and (gap := _dates_gap(group)) is not None:
            gaps.append(gap)
        if state == "expired":
            expired.append(certificate)
        elif end is not None and active_end is not None and end > active_end:
            standby.append(certificate)
    evidence.put("certificates.groups", described)
    if active is not None and active_end is None and (gap := _dates_gap(active)) is not None:
        evidence.miss("certificates.standby", gap)
    else:
        evidence.put_list("certificates.standby", standby, gaps)
    evidence.put_list("certificates.expired", expired, gaps)


def _put_active(evidence: Evidence, active: CertificateGroup | None, now: datetime) -> None:
    if active is None:
        evidence.put("certificates.active", None)
        return
    start, end = moment(active.not_before), moment(active.not_after)
    evidence.put("certificates.active.thumbprint", active.thumbprint)
    gap = _dates_gap(active)
    state = validity(start, end, now)
    facts: dict[str, Any] = {
        "state": state,
        "notBefore": active.not_before,
        "notAfter": active.not_after,
        "daysLeft": (end - now) / _DAY if end else None,
        "expiry": in_words(end, now) if end else None,
        "lifetimeYears": lifetime_years(start, end) if start and end else None,
    }
    for name, value in facts.items():
        if value is None and gap is not None:
            evidence.miss(f"certificates.active.{name}", gap)
        else:
            evidence.put(f"certificates.active.{name}", value)


def _put_signing_key(evidence: Evidence, active: CertificateGroup | None) -> None:
    if active is None:
        evidence.put("signingKey", None)
        return
    certificate = active.certificate
    if certificate is None:
        unreadable = any(key.certificate is UNSET for key in active.keys)
        cause = "the key is no readable X.509 certificate" if unreadable else "the key material was withheld"
        outcome = Outcome.INVALID if unreadable else Outcome.DENIED
        evidence.miss("signingKey", Unknown("servicePrincipalKeys", outcome, cause, APPLICATION_READ))
        return
    evidence.put(
        "signingKey",
        {
            "algorithm": certificate.key_algorithm,
            "bits": certificate.key_bits,
            "curve": certificate.curve,
            "signatureHash": certificate.signature_hash,
            "label": _key_in_words(certificate),
        },
    )


def _key_in_words(certificate: X509) -> str:
    size = f" {certificate.key_bits} bits" if certificate.key_bits else ""
    curve = f" {certificate.curve}" if certificate.curve else ""
    return f"{certificate.key_algorithm}{size}{curve}, signed with {certificate.signature_hash or 'no named hash'}"
