"""Who did it: what an entry of the audit log must say to explain a change, and what is said where none does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from auditor.drift import attribute, compare, ids_of_instances, window_between
from auditor.drift.activities import member_keys
from auditor.drift.attribute import actor_of
from auditor.model.audit import AuditEvent, TargetResource
from auditor.model.drift import Actor, Attribution, Change
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.finding import TenantStatus, Verdict
from auditor.model.result import CoverageEntry, TenantRef, TenantResult
from tests.drift import sample as s
from tests.drift.test_paths import CASES

WINDOW = ("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z")
ADMIN = {"user": {"id": "u-1", "userPrincipalName": "admin@contoso.example", "ipAddress": "203.0.113.7"}, "app": None}
READ = Known(None)


def event(
    activity: str,
    *targets: dict[str, Any],
    at: str = "2026-11-20T12:00:00Z",
    ident: str = "e-1",
    by: dict[str, Any] | None = None,
    result: str = "success",
) -> AuditEvent:
    return msgspec.convert(
        {
            "id": ident,
            "activityDisplayName": activity,
            "activityDateTime": at,
            "correlationId": f"c-{ident}",
            "result": result,
            "initiatedBy": by or ADMIN,
            "targetResources": list(targets),
        },
        AuditEvent,
    )


def target(ident: str, kind: str = "ServicePrincipal", /, **modified: tuple[Any, Any]) -> dict[str, Any]:
    """A target; a modified property is written as the log does: JSON within a string."""
    return {
        "id": ident,
        "type": kind,
        "modifiedProperties": [
            {"displayName": name.replace("__", "."), "oldValue": json.dumps(old), "newValue": json.dumps(new)}
            for name, (old, new) in modified.items()
        ],
    }


def nested(value: str, times: int) -> str:
    """A text as JSON within a list within JSON, again and again."""
    for _ in range(times):
        value = json.dumps([value])
    return value


def changes_of(case: str) -> tuple[Change, ...]:
    document = s.document()
    CASES[case][0](document)
    return compare(s.snapshot(), s.snapshot(document))[0]


def attributed(case: str, *events: AuditEvent, **more: Any) -> Change:
    options: dict[str, Any] = {"window": WINDOW, "audit": READ, **more}
    return attribute(changes_of(case), events, instances=ids_of_instances([s.snapshot()]), **options)[0]


ROLE_OF = {"AppRole__Id": (None, s.ROLE), "User__ObjectID": (None, s.BOB)}
IDENTIFIERS = ([s.ENTITY], [s.ENTITY, "urn:x"])
ADDRESSES = ([{"AddressType": 0, "Address": s.ACS}], [{"Address": s.ACS}, {"Address": "https://elsewhere.example/acs"}])
KEY_ID = "dddddddd-0000-0000-0000-000000000102"
KEYS: tuple[list[str], list[str]] = (
    [],
    [f"[KeyIdentifier={KEY_ID},KeyType=X509CertAndPassword,KeyUsage=Sign,DisplayName=CN=contoso]"],
)
SECRET: tuple[list[str], list[str]] = (
    [],
    ["[KeyIdentifier=eeeeeeee-0000-0000-0000-000000000001,KeyType=Password,KeyUsage=Verify,DisplayName=ci]"],
)

ADDRESSEES = ["bob@contoso.example", "list@contoso.example"]
PASSWORD = "dddddddd-0000-0000-0000-000000000302"
OWN_KEY = "[KeyIdentifier=dddddddd-0000-0000-0000-000000000101,KeyType=X509CertAndPassword,KeyUsage=Sign]"


def raw(ident: str, name: str, old: str | None, new: str | None) -> dict[str, Any]:
    """A target with one modified property as it came, null where the log gives null."""
    modified = [{"displayName": name, "oldValue": old, "newValue": new}]
    return {"id": ident, "type": "ServicePrincipal", "modifiedProperties": modified}


EXPLAINED: dict[str, tuple[str, AuditEvent]] = {
    "certificate, with null for what was": (
        "certificate added",
        event("Add service principal credentials", raw(s.SP, "KeyDescription", None, json.dumps(KEYS[1]))),
    ),
    "relay state as JSON within an object": (
        "relay state",
        event(
            "Update service principal",
            target(s.SP, SamlSingleSignOnSettings=(None, {"RelayState": json.dumps("https://x")})),
        ),
    ),
    "relay state": (
        "relay state",
        event("Update service principal", target(s.SP, SamlSingleSignOnSettings=(None, {"RelayState": "https://x"}))),
    ),
    "relay state as one text": (
        "relay state",
        event("Update service principal", target(s.SP, RelayState=("a", "https://x"))),
    ),
    "disabled": ("disabled", event("Update service principal", target(s.SP, AccountEnabled=([True], [False])))),
    "not required": (
        "assignment not required",
        event("Update service principal", target(s.SP, AppRoleAssignmentRequired=("true", "false"))),
    ),
    "sign-on URL": ("sign-on URL", event("Update service principal", target(s.SP, LoginUrl=([], ["https://x"])))),
    "mode to null": ("mode", event("Update service principal", target(s.SP, PreferredSingleSignOnMode=("saml", None)))),
    "identifier": (
        "identifier added",
        event("Update application", target(s.APP, "Application", AppIdentifierUri=IDENTIFIERS)),
    ),
    "identifier by its mirror": (
        "identifier added",
        event(
            "Update service principal",
            target(s.SP, ServicePrincipalName=([s.APP_ID, s.ENTITY], [s.APP_ID, s.ENTITY, "urn:x"])),
        ),
    ),
    "reply URL": ("reply URL added", event("Update application", target(s.APP, "Application", AppAddress=ADDRESSES))),
    "owner added": ("application owner added", event("Add owner to application", target(s.BOB, "User"), target(s.APP))),
    "owner removed": (
        "service principal owner removed",
        event("Remove owner from service principal", target(s.ALICE, "User"), target(s.SP)),
    ),
    "owner removed by deletion": ("service principal owner removed", event("Delete user", target(s.ALICE, "User"))),
    "assigned": (
        "assigned",
        event("Add app role assignment grant to user", target(s.SP, **ROLE_OF), target(s.BOB, "User")),
    ),
    "assigned, principal in properties": (
        "assigned",
        event("Add app role assignment grant to user", target(s.SP, **ROLE_OF)),
    ),
    "unassigned": ("unassigned", event("Remove app role assignment from user", target(s.SP), target(s.ALICE, "User"))),
    "unassigned by deletion": ("unassigned", event("Delete user", target(s.ALICE, "User"))),
    "certificate": ("certificate added", event("Add service principal credentials", target(s.SP, KeyDescription=KEYS))),
    "secret, en dash": (
        "secret",
        event("Update application – Certificates and secrets management ", target(s.SP, KeyDescription=SECRET)),
    ),
    "permission": (
        "permission granted",
        event(
            "Add app role assignment to service principal",
            target("res-9", AppRole__Id=(None, "perm-1"), ServicePrincipal__ObjectID=(None, s.SP)),
        ),
    ),
    "policy": ("policy assigned", event("Add policy to application", target(s.APP))),
    "policy changed": ("policy's definition", event("Update policy", target("tip-1", "Policy"))),
    "access policy": ("access policy off", event("Update conditional access policy", target("ca-1", "Policy"))),
    "person disabled": (
        "person disabled",
        event("Disable account", target(s.ALICE, "User", AccountEnabled=([True], [False]))),
    ),
    "person deleted": ("person deleted", event("Delete user", target(s.ALICE, "User"))),
    "an address's person deleted": (
        "notification address names nobody any more",
        event("Delete user", target(s.BOB, "User")),
    ),
    "em dash": (
        "secret",
        event("Update application \u2014 Certificates  and secrets management", target(s.SP, KeyDescription=SECRET)),
    ),
    "quarantine": ("job quarantined", event("Quarantine", target(s.SP))),
    "app removed": ("app removed", event("Remove service principal", target(s.SP))),
    "capitals": ("disabled", event("Update service principal", target(s.SP, AccountEnabled=(["True"], ["False"])))),
    "JSON within JSON": (
        "relay state",
        event("Update service principal", target(s.SP, SamlSingleSignOnSettings=([], ['{"relayState": "https://x"}']))),
    ),
    "three times within JSON": (
        "relay state",
        event(
            "Update service principal", target(s.SP, RelayState=("", json.dumps(json.dumps(json.dumps("https://x")))))
        ),
    ),
    "joined by semicolons": (
        "identifier added",
        event("Update application", target(s.APP, AppIdentifierUri=(s.ENTITY, f"{s.ENTITY};urn:x ; urn:y"))),
    ),
    "emptied": ("sign-on URL emptied", event("Update service principal", target(s.SP, LoginUrl=(["https://x"], [])))),
    "address removed": (
        "notification address removed",
        event("Update service principal", target(s.SP, NotificationEmailAddresses=(ADDRESSEES, ADDRESSEES[:1]))),
    ),
    "address removed, old value not told": (
        "notification address removed",
        event("Update service principal", target(s.SP, NotificationEmailAddresses=([], ADDRESSEES[:1]))),
    ),
    "mirror alone": (
        "reply URL of the service principal alone",
        event("Update service principal", target(s.SP, AppAddress=([{"Address": s.ACS}], []))),
    ),
    "a property that goes by its own name": (
        "type",
        event("Update service principal", target(s.SP, ServicePrincipalType=("Application", "Legacy"))),
    ),
    "named in the listing": (
        "relay state",
        event("Update service principal", target(s.SP, **{"Included Updated Properties": (None, "Tag, RelayState")})),
    ),
    "a person's new name": (
        "person renamed",
        event("Update user", target(s.ALICE, "User", DisplayName=("Alice", "Alicia"))),
    ),
    "organisation": (
        "organisation renamed",
        event("Update company settings", target(s.TENANT, "Other", DisplayName=("Contoso", "Contoso Ltd"))),
    ),
    "role": (
        "role added",
        event("Update application", target(s.SP, AppRole=([], [{"Id": "role-2", "Value": "admin"}]))),
    ),
    "certificate by its password alone": (
        "certificate added",
        event(
            "Add service principal credentials", target(s.SP, PasswordCredential=([], [f"KeyIdentifier={PASSWORD}"]))
        ),
    ),
    "certificate by its thumbprint": (
        "certificate added",
        event("Add service principal credentials", target(s.SP, KeyCredential=([], [f"Thumbprint={s.SPARE}"]))),
    ),
    "certificate, no key told": (
        "certificate added",
        event("Add service principal credentials", target(s.SP, KeyDescription=([], ["[KeyType=Password]"]))),
    ),
    "certificate changed": (
        "certificate with another end",
        event("Update service principal", target(s.SP, KeyDescription=([OWN_KEY], [OWN_KEY]))),
    ),
    "secret removed": (
        "secret of the application removed",
        event("Update application", target(s.APP, KeyDescription=([f"KeyIdentifier={s.SECRET}"], []))),
    ),
    "no result told": (
        "relay state",
        event("Update service principal", target(s.SP, RelayState=("a", "https://x")), result=""),
    ),
    "as early as may be": (
        "relay state",
        event("Update service principal", target(s.SP, RelayState=("a", "https://x")), at="2026-11-19T23:55:00Z"),
    ),
    "as late as may be": (
        "relay state",
        event("Update service principal", target(s.SP, RelayState=("a", "https://x")), at="2026-11-21T00:05:00Z"),
    ),
    "nothing said of properties": ("relay state", event("Update service principal", target(s.SP))),
    "an unknown property": ("relay state", event("Update service principal", target(s.SP, SomethingNew=("a", "b")))),
    "ids in another letter case": ("relay state", event("Update service principal", target(s.SP.upper()))),
}


SILENT = {
    "owner added", "owner removed", "owner removed by deletion", "unassigned", "unassigned by deletion", "policy",
    "policy changed", "access policy", "person deleted", "an address's person deleted", "quarantine", "app removed",
    "nothing said of properties", "an unknown property", "ids in another letter case",
}  # fmt: skip
"""Entries that say nothing of a property."""
NAMING = {"named in the listing", "role", "certificate, no key told"}
"""Entries that name the property and do not show the value; all others show it."""
LATE = {"as early as may be", "as late as may be"}


@pytest.mark.parametrize("name", EXPLAINED)
def test_explained(name: str) -> None:
    case, entry = EXPLAINED[name]
    change = attributed(case, entry)
    said = (
        "the entry does not say which property"
        if name in SILENT
        else "the entry names the property"
        if name in NAMING
        else "the entry shows the value"
    )
    late = "; its time lies up to 5 minutes outside the time between the scans" if name in LATE else ""
    (candidate,) = change.candidates
    assert candidate.reason == f"the object and the activity match; {said}{late}"
    assert (candidate.activity, candidate.at) == (entry.activity_display_name, entry.activity_date_time)
    assert change.attribution is Attribution.MATCHED
    assert change.actor == Actor("user", "admin@contoso.example", "u-1", "203.0.113.7")
    assert (change.at, change.audit_event, candidate.correlation_id) == (entry.activity_date_time, "e-1", "c-e-1")


NAMELESS = msgspec.convert(
    {
        "id": "e-1",
        "activityDisplayName": "Update service principal",
        "activityDateTime": "2026-11-20T12:00:00Z",
        "targetResources": [
            {"id": s.SP, "modifiedProperties": [{"displayName": None, "oldValue": None, "newValue": None}]}
        ],
    },
    AuditEvent,
)
"""An entry with a property that has no name and no values."""

NOT_EXPLAINED: dict[str, tuple[str, AuditEvent]] = {
    "another object": ("relay state", event("Update service principal", target("other"))),
    "another activity": ("relay state", event("Add owner to service principal", target(s.SP))),
    "another property": (
        "relay state",
        event("Update service principal", target(s.SP, AccountEnabled=([True], [False]))),
    ),
    "another property in the listing": (
        "relay state",
        event(
            "Update service principal", target(s.SP, **{"Included Updated Properties": (None, "AccountEnabled, Tag")})
        ),
    ),
    "a value past all depth": (
        "relay state",
        event("Update service principal", target(s.SP, RelayState=("", [[nested("https://x", 6)]]))),
    ),
    "another value": (
        "relay state",
        event("Update service principal", target(s.SP, RelayState=("a", "https://other"))),
    ),
    "another identifier": (
        "identifier added",
        event("Update application", target(s.APP, AppIdentifierUri=([s.ENTITY], [s.ENTITY, "urn:y"]))),
    ),
    "beside what every entry names": (
        "relay state",
        event(
            "Update service principal",
            target(
                s.SP,
                AccountEnabled=([True], [False]),
                TargetId__ServicePrincipalNames=(None, s.APP_ID),
                ActionClientName=(None, "portal"),
            ),
        ),
    ),
    "beside a property without a name": (
        "relay state",
        msgspec.structs.replace(
            NAMELESS,
            target_resources=(
                *(NAMELESS.target_resources or ()),
                msgspec.convert(target(s.SP, AccountEnabled=([True], [False])), TargetResource),
            ),
        ),
    ),
    "identifier that was there": (
        "identifier added",
        event("Update application", target(s.APP, AppIdentifierUri=(["urn:x"], [s.ENTITY, "urn:x"]))),
    ),
    "address that is still there": (
        "notification address removed",
        event("Update service principal", target(s.SP, NotificationEmailAddresses=(ADDRESSEES, ADDRESSEES))),
    ),
    "another address": (
        "notification address removed",
        event("Update service principal", target(s.SP, NotificationEmailAddresses=(["a@contoso.example"], []))),
    ),
    "not emptied": (
        "sign-on URL emptied",
        event("Update service principal", target(s.SP, LoginUrl=([], ["https://x"]))),
    ),
    "another permission": (
        "permission granted",
        event(
            "Add app role assignment to service principal",
            target("res-9", AppRole__Id=(None, "perm-9"), ServicePrincipal__ObjectID=(None, s.SP)),
        ),
    ),
    "another role by its long name": (
        "assigned",
        event(
            "Add app role assignment grant to user",
            target(s.SP, AppRoleAssignment__AppRoleId=(None, "role-9")),
            target(s.BOB, "User"),
        ),
    ),
    "another secret": (
        "secret",
        event("Update application - Certificates and secrets management", target(s.SP, KeyDescription=KEYS)),
    ),
    "a certificate that was there": (
        "certificate added",
        event("Add service principal credentials", target(s.SP, KeyDescription=(KEYS[1], KEYS[1]))),
    ),
    "secret added, not removed": (
        "secret of the application removed",
        event("Update application", target(s.APP, KeyDescription=([], [f"KeyIdentifier={s.SECRET}"]))),
    ),
    "another role": (
        "assigned",
        event(
            "Add app role assignment grant to user", target(s.SP, AppRole__Id=(None, "role-9")), target(s.BOB, "User")
        ),
    ),
    "another person": (
        "assigned",
        event("Add app role assignment grant to user", target(s.SP), target(s.ALICE, "User")),
    ),
    "another person than the address's": (
        "notification address names nobody any more",
        event("Delete user", target(s.ALICE, "User")),
    ),
    "another app": (
        "assigned",
        event("Add app role assignment grant to user", target("other-sp"), target(s.BOB, "User")),
    ),
    "the other way": ("assigned", event("Remove app role assignment from user", target(s.SP), target(s.BOB, "User"))),
    "another key": (
        "certificate added",
        event("Add service principal credentials", target(s.SP, KeyDescription=SECRET)),
    ),
    "owner of the other object": (
        "application owner added",
        event("Add owner to service principal", target(s.BOB, "User"), target(s.SP)),
    ),
    "too early": ("relay state", event("Update service principal", target(s.SP), at="2026-11-19T23:54:59Z")),
    "too late": ("relay state", event("Update service principal", target(s.SP), at="2026-11-21T00:05:01Z")),
    "failed": ("relay state", event("Update service principal", target(s.SP), result="failure")),
    "no time": ("relay state", event("Update service principal", target(s.SP), at="yesterday")),
}


@pytest.mark.parametrize("name", NOT_EXPLAINED)
def test_not_explained(name: str) -> None:
    case, entry = NOT_EXPLAINED[name]
    change = attributed(case, entry)
    assert change.attribution is Attribution.NO_MATCHING_EVENT
    assert (change.actor, change.at, change.audit_event) == (None, None, None)


def test_all_candidates_are_named_best_first() -> None:
    vague = event("Update service principal", target(s.SP), ident="vague", at="2026-11-20T13:00:00Z")
    named = event("Update service principal", target(s.SP, LoginUrl=([], ["https://x"])), ident="named")
    earlier = event(
        "Update service principal",
        target(s.SP, LoginUrl=([], ["https://y"])),
        ident="earlier",
        at="2026-11-20T09:00:00Z",
    )
    outside = event("Update service principal", target(s.SP), ident="outside", at="2026-11-19T23:57:00Z")
    change = attributed("sign-on URL", vague, outside, earlier, named, named)
    assert [candidate.audit_event for candidate in change.candidates] == ["named", "vague", "outside", "earlier"]
    assert change.audit_event == "named"
    assert [candidate.reason for candidate in change.candidates] == [
        "the object and the activity match; the entry shows the value",
        "the object and the activity match; the entry does not say which property",
        "the object and the activity match; the entry does not say which property; "
        "its time lies up to 5 minutes outside the time between the scans",
        "the object and the activity match; the entry names the property; but it shows another value",
    ]


def test_the_latest_of_equals_is_the_last_writer() -> None:
    first, second = (
        event(
            "Update service principal",
            target(s.SP, LoginUrl=([], ["https://x"])),
            ident=ident,
            at=f"2026-11-20T{hour}:00:00Z",
        )
        for ident, hour in (("e-b", "08"), ("e-a", "17"))
    )
    assert attributed("sign-on URL", second, first).audit_event == "e-a"


def test_an_entry_that_does_not_count_hides_none_after_it() -> None:
    good = event("Update service principal", target(s.SP), ident="good")
    failed = event("Update service principal", target(s.SP), ident="failed", result="failure")
    early = event("Update service principal", target(s.SP), ident="early", at="2026-11-01T00:00:00Z")
    for other in (failed, early):
        assert attributed("relay state", other, good).audit_event == "good"


def test_an_entry_at_the_very_time_of_a_scan_lies_between_the_scans() -> None:
    for at in (*WINDOW, "2026-11-21T00:00:00Z"):
        (candidate,) = attributed("relay state", event("Update service principal", target(s.SP), at=at)).candidates
        assert "outside" not in candidate.reason
    late = event("Update service principal", target(s.SP), at="2026-12-24T00:00:00Z")
    (candidate,) = attributed("relay state", late, window=(WINDOW[0], None)).candidates
    assert "outside" not in candidate.reason
    just_late = event("Update service principal", target(s.SP), at="2026-11-21T00:00:01Z")
    (candidate,) = attributed("relay state", just_late).candidates
    assert "outside" in candidate.reason


def test_what_named_the_property_stays_a_candidate_although_nothing_matched() -> None:
    other = event("Update service principal", target(s.SP, RelayState=("a", "https://other")))
    change = attributed("relay state", other)
    assert [(candidate.audit_event, candidate.reason) for candidate in change.candidates] == [
        ("e-1", "the object and the activity match; the entry names the property; but it shows another value")
    ]


def test_attributed_again_by_another_log_an_old_actor_does_not_stay() -> None:
    once = attributed("relay state", event("Update service principal", target(s.SP)))
    assert once.actor is not None
    (again,) = attribute([once], (), window=WINDOW, audit=READ)
    assert again == attributed("relay state")
    assert (again.actor, again.at, again.audit_event, again.candidates) == (None, None, None, ())


def test_a_subject_of_unknown_ids_goes_by_its_own() -> None:
    entry = event("Update service principal", target(s.SP))
    (change,) = attribute(changes_of("relay state"), [entry], window=WINDOW, audit=READ)
    assert change.audit_event == "e-1"


def test_keys_of_a_member() -> None:
    (change,) = changes_of("assigned")
    assert member_keys(change) == (s.BOB, s.ROLE)
    assert member_keys(msgspec.structs.replace(change, path="a[b/c].d[e]")) == ("b", "c")
    assert member_keys(msgspec.structs.replace(change, path="servicePrincipal.loginUrl")) == ()


DENIED = Unknown("directoryAudits", Outcome.DENIED, "403", "AuditLog.Read.All")
UNLICENSED = Unknown("directoryAudits", Outcome.NOT_LICENSED, "403")
THROTTLED = Unknown("directoryAudits", Outcome.THROTTLED, "429")
LONG_AGO = ("2026-10-01T00:00:00Z", "2026-11-21T00:00:00Z")
TEN_DAYS = ("2026-11-11T00:00:00Z", "2026-11-21T00:00:00Z")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"audit": DENIED}, Attribution.NO_PERMISSION),
        ({"audit": UNLICENSED}, Attribution.NO_LICENCE),
        ({"audit": DENIED, "window": LONG_AGO}, Attribution.NO_PERMISSION),
        ({"audit": UNLICENSED, "window": LONG_AGO, "premium": False}, Attribution.NO_LICENCE),
        ({"window": LONG_AGO}, Attribution.OUTSIDE_RETENTION),
        ({"audit": THROTTLED, "window": LONG_AGO}, Attribution.OUTSIDE_RETENTION),
        ({"audit": THROTTLED}, Attribution.NO_MATCHING_EVENT),
        ({"window": TEN_DAYS, "premium": False}, Attribution.OUTSIDE_RETENTION),
        ({"window": TEN_DAYS, "premium": True}, Attribution.NO_MATCHING_EVENT),
        ({"window": TEN_DAYS, "premium": None}, Attribution.NO_MATCHING_EVENT),
        ({"window": TEN_DAYS, "premium": True, "retention_days": 9}, Attribution.OUTSIDE_RETENTION),
        ({"window": TEN_DAYS, "premium": False, "retention_days": 10}, Attribution.NO_MATCHING_EVENT),
        ({"window": (None, "2026-11-21T00:00:00Z")}, Attribution.NO_MATCHING_EVENT),
        ({}, Attribution.NO_MATCHING_EVENT),
    ],
)
def test_reasons_and_their_precedence(options: dict[str, Any], expected: Attribution) -> None:
    assert attributed("relay state", **options).attribution is expected


def test_a_match_comes_before_every_reason() -> None:
    entry = event("Update service principal", target(s.SP), at="2026-11-20T00:00:00Z")
    assert attributed("relay state", entry, audit=DENIED, window=LONG_AGO).attribution is Attribution.MATCHED


@pytest.mark.parametrize(
    ("initiator", "expected"),
    [
        (
            {"user": {"id": "1", "userPrincipalName": "a@b.example", "displayName": "A"}},
            Actor("user", "a@b.example", "1"),
        ),
        ({"user": {"id": "1", "userPrincipalName": None, "displayName": "A"}, "app": None}, Actor("user", "A", "1")),
        (
            {"user": None, "app": {"appId": None, "displayName": "Terraform", "servicePrincipalId": "sp-1"}},
            Actor("application", "Terraform", "sp-1"),
        ),
        ({"app": {"appId": "app-1", "displayName": "CI"}}, Actor("application", "CI", "app-1")),
        (
            {
                "app": {
                    "appId": None,
                    "displayName": "Microsoft Azure AD Internal - Jit Provisioning",
                    "servicePrincipalId": None,
                }
            },
            Actor("service", "Microsoft Azure AD Internal - Jit Provisioning", None),
        ),
        (
            {"app": {"displayName": "Microsoft Azure AD Internal - X", "servicePrincipalId": "sp-2"}},
            Actor("service", "Microsoft Azure AD Internal - X", "sp-2"),
        ),
        ({"user": None, "app": None}, Actor("unknown", None, None)),
        ({"user": {"id": "1", "userPrincipalName": "", "displayName": None}}, Actor("user", "1", "1")),
        ({"app": {"servicePrincipalName": "spn", "servicePrincipalId": "sp-1"}}, Actor("application", "spn", "sp-1")),
        ({"app": {"appId": "app-1"}}, Actor("application", "app-1", "app-1")),
    ],
)
def test_actors(initiator: dict[str, Any], expected: Actor) -> None:
    entry = msgspec.convert({"id": "e", "initiatedBy": initiator}, AuditEvent)
    assert actor_of(entry) == expected


def test_each_change_of_several_finds_its_own() -> None:
    document = s.document()
    both: list[Callable[[dict[str, Any]], None]] = [CASES["relay state"][0], CASES["assigned"][0]]
    for alter in both:
        alter(document)
    changes, _ = compare(s.snapshot(), s.snapshot(document))
    script = {"app": {"appId": "app-1", "displayName": "CI", "servicePrincipalId": "sp-9"}}
    entries = (
        event("Update service principal", target(s.SP, RelayState=("a", "https://x")), ident="relay"),
        event("Add app role assignment grant to user", target(s.SP, **ROLE_OF), target(s.BOB), ident="role", by=script),
    )
    told = attribute(changes, entries, window=WINDOW, audit=READ, instances=ids_of_instances([s.snapshot()]))
    assert {change.path: (change.audit_event, change.actor.name if change.actor else None) for change in told} == {
        "servicePrincipal.samlSingleSignOnSettings.relayState": ("relay", "admin@contoso.example"),
        f"assignments[{s.BOB}/{s.ROLE}]": ("role", "CI"),
    }


def test_hostile_values_are_read_without_harm() -> None:
    deep = "[" * 5000 + "]" * 5000
    entry = msgspec.convert(
        {
            "id": "e-1",
            "activityDisplayName": "Update service principal",
            "activityDateTime": "2026-11-20T12:00:00Z",
            "targetResources": [
                {"id": s.SP, "modifiedProperties": [{"displayName": "RelayState", "oldValue": "{", "newValue": deep}]},
                {"id": None, "modifiedProperties": None},
            ],
        },
        AuditEvent,
    )
    assert attributed("relay state", entry).attribution is Attribution.NO_MATCHING_EVENT


def result(*times: str) -> TenantResult:
    entries = tuple(CoverageEntry("x", "GET /x", Outcome.OK, None, None, None, None, at) for at in times)
    return TenantResult(
        TenantRef("t", "t", "global"),
        TenantStatus.COMPLETE,
        Verdict.COMPLIANT,
        entries,
        (),
        snapshot=None,
        snapshot_sha256=None,
    )


def test_the_window_is_on_the_networks_clock_and_takes_in_the_scans_own() -> None:
    """A clock that was set for both scans must not close the window on what really happened between them."""
    set_clock = ("2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z")
    before, after = result("2026-11-23T08:00:00Z", "2026-11-23T08:00:05Z"), result("2026-11-23T09:00:00Z")
    assert window_between(before, after, set_clock) == ("2026-11-22T12:00:00Z", "2026-11-23T09:00:00Z")
    real = ("2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z")
    assert window_between(before, after, real) == real
    assert window_between(before, after, ("2026-11-23T08:00:03Z", "2026-11-23T08:59:00Z")) == real
    assert window_between(result("yesterday"), result("tomorrow"), WINDOW) == WINDOW
    assert window_between(result(), result(), WINDOW) == WINDOW
    assert window_between(before, after, (None, None)) == (None, None)


def test_retention_goes_by_the_recorded_times() -> None:
    change = attributed("relay state", scanned=LONG_AGO)
    assert change.attribution is Attribution.OUTSIDE_RETENTION
    assert attributed("relay state", window=LONG_AGO, scanned=WINDOW).attribution is Attribution.NO_MATCHING_EVENT
