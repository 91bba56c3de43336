"""Every documented path, one by one: a change of one thing in a tenant is told as exactly that."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from auditor.drift import apply, compare
from auditor.model.certificates import hashed_thumbprint
from auditor.model.drift import ChangeKind, NotComparable
from auditor.model.snapshot import Snapshot
from tests.drift import sample as s

Alter = Callable[[dict[str, Any]], None]
ADDED, REMOVED, CHANGED = "added", "removed", "changed"


def of(pick: Callable[[dict[str, Any]], dict[str, Any]], **values: Any) -> Alter:
    return lambda doc: pick(doc).update(values)


def sp(**values: Any) -> Alter:
    return of(s.service_principal, **values)


def app(**values: Any) -> Alter:
    return of(s.application, **values)


def members(name: str, *add: Any, drop: int | None = None) -> Alter:
    def alter(doc: dict[str, Any]) -> None:
        value = s.the_instance(doc)[name]["value"]
        if drop is not None:
            del value[drop]
        value.extend(add)

    return alter


def both(*alterations: Alter) -> Alter:
    def alter(doc: dict[str, Any]) -> None:
        for one in alterations:
            one(doc)

    return alter


def web(**values: Any) -> Alter:
    return lambda doc: s.application(doc)["web"].update(values)


def credentials(*thumbprints: str, side: str = "servicePrincipal") -> Alter:
    def alter(doc: dict[str, Any]) -> None:
        keys: list[Any] = []
        passwords: list[Any] = []
        for thumbprint in thumbprints:
            more_keys, more_passwords = s.credential_parts(thumbprint, 1 if thumbprint == s.THUMB else 2)
            keys += more_keys
            passwords += more_passwords
        s.the_instance(doc)[side]["value"].update(keyCredentials=keys, passwordCredentials=passwords)

    return alter


def secret(side: str = "servicePrincipal", **more: Any) -> Alter:
    password = {
        "keyId": s.OF_SIDE[side],
        "displayName": "ci",
        "startDateTime": "2026-01-01T00:00:00Z",
        "endDateTime": "2027-01-01T00:00:00Z",
        "customKeyIdentifier": None,
        **more,
    }
    return lambda doc: s.the_instance(doc)[side]["value"]["passwordCredentials"].append(password)


def deleted(ident: str) -> Alter:
    def alter(doc: dict[str, Any]) -> None:
        record = s.principal(doc, ident)
        record["evidence"] = s.known({"id": ident, "kind": record["kind"], "exists": False})

    return alter


def state(ident: str, **values: Any) -> Alter:
    return lambda doc: s.principal(doc, ident)["evidence"]["value"].update(values)


def access(**values: Any) -> Alter:
    return lambda doc: doc["conditionalAccessPolicies"]["value"][0].update(values)


def issuance(change: Callable[[dict[str, Any]], None]) -> Alter:
    return lambda doc: change(doc["tokenIssuancePolicies"]["value"][0])


def job(change: Callable[[dict[str, Any]], None]) -> Alter:
    return lambda doc: change(s.the_instance(doc)["synchronizationJobs"]["value"][0]["status"])


OTHER = "https://elsewhere.example/acs"
NEW_ROLE = {"id": "role-2", "displayName": "Admin", "value": "a", "isEnabled": True, "allowedMemberTypes": ["User"]}
GRANTED = {**s.assignment(s.SP, "perm-1", "ServicePrincipal", "GoToMeeting"), "resourceId": "res-9"}

CASES: dict[str, tuple[Alter, list[tuple[str, str]]]] = {
    "display name of both": (both(sp(displayName="X"), app(displayName="X")), [("application.displayName", CHANGED)]),
    "display name of one": (sp(displayName="X"), [("servicePrincipal.displayName", CHANGED)]),
    "template": (
        both(sp(applicationTemplateId=None), app(applicationTemplateId=None)),
        [("application.applicationTemplateId", CHANGED)],
    ),
    "identifier added": (
        both(app(identifierUris=[s.ENTITY, "urn:x"]), sp(servicePrincipalNames=[s.APP_ID, s.ENTITY, "urn:x"])),
        [("application.identifierUris[urn:x]", ADDED)],
    ),
    "identifier replaced": (
        both(app(identifierUris=["urn:x"]), sp(servicePrincipalNames=["urn:x", s.APP_ID])),
        [(f"application.identifierUris[{s.ENTITY}]", REMOVED), ("application.identifierUris[urn:x]", ADDED)],
    ),
    "identifiers disagree": (app(identifierUris=[]), [(f"application.identifierUris[{s.ENTITY}]", REMOVED)]),
    "reply URL added": (
        both(web(redirectUris=[s.ACS, OTHER]), sp(replyUrls=[s.ACS, OTHER])),
        [(f"application.web.redirectUris[{OTHER}]", ADDED)],
    ),
    "reply URL added, default no longer told": (
        both(
            web(redirectUris=[s.ACS, OTHER]),
            sp(replyUrls=[s.ACS, OTHER]),
            lambda doc: s.the_instance(doc).update(defaultReplyUrl=s.known(None)),
        ),
        [(f"application.web.redirectUris[{OTHER}]", ADDED)],
    ),
    "reply URL replaced": (
        both(
            web(redirectUris=[OTHER]),
            sp(replyUrls=[OTHER]),
            lambda doc: s.the_instance(doc).update(defaultReplyUrl=s.known(OTHER)),
        ),
        [(f"application.web.redirectUris[{s.ACS}]", REMOVED), (f"application.web.redirectUris[{OTHER}]", ADDED)],
    ),
    "reply URL of the service principal alone": (sp(replyUrls=[]), [(f"servicePrincipal.replyUrls[{s.ACS}]", REMOVED)]),
    "another default": (
        both(
            web(redirectUris=[s.ACS, OTHER]),
            sp(replyUrls=[s.ACS, OTHER]),
            lambda doc: s.the_instance(doc).update(defaultReplyUrl=s.known(OTHER)),
        ),
        [(f"application.web.redirectUris[{OTHER}]", ADDED), ("application.defaultReplyUrl", CHANGED)],
    ),
    "logout URL": (
        both(web(logoutUrl="https://x"), sp(logoutUrl="https://x")),
        [("application.web.logoutUrl", CHANGED)],
    ),
    "home page": (both(web(homePageUrl=None), sp(homepage=None)), [("application.web.homePageUrl", CHANGED)]),
    "group claims": (app(groupMembershipClaims="All"), [("application.groupMembershipClaims", CHANGED)]),
    "metadata URL": (app(samlMetadataUrl="https://x"), [("application.samlMetadataUrl", CHANGED)]),
    "audience": (app(signInAudience="AzureADMultipleOrgs"), [("application.signInAudience", CHANGED)]),
    "encryption key": (
        both(app(tokenEncryptionKeyId="k"), sp(tokenEncryptionKeyId="k")),
        [("application.tokenEncryptionKeyId", CHANGED)],
    ),
    "application owner added": (
        members("applicationOwners", {"id": s.BOB, "kind": "user"}),
        [(f"application.owners[{s.BOB}]", ADDED)],
    ),
    "service principal owner removed": (
        members("servicePrincipalOwners", drop=0),
        [(f"servicePrincipal.owners[{s.ALICE}]", REMOVED)],
    ),
    "disabled": (sp(accountEnabled=False), [("servicePrincipal.accountEnabled", CHANGED)]),
    "assignment not required": (
        sp(appRoleAssignmentRequired=False),
        [("servicePrincipal.appRoleAssignmentRequired", CHANGED)],
    ),
    "owner organisation": (sp(appOwnerOrganizationId="x"), [("servicePrincipal.appOwnerOrganizationId", CHANGED)]),
    "role added": (
        lambda doc: s.service_principal(doc)["appRoles"].append(NEW_ROLE),
        [("servicePrincipal.appRoles[role-2]", ADDED)],
    ),
    "role disabled": (
        lambda doc: s.service_principal(doc)["appRoles"][0].update(isEnabled=False),
        [(f"servicePrincipal.appRoles[{s.ROLE}].isEnabled", CHANGED)],
    ),
    "role for applications too": (
        lambda doc: s.service_principal(doc)["appRoles"][0].update(allowedMemberTypes=["User", "Application"]),
        [(f"servicePrincipal.appRoles[{s.ROLE}].allowedMemberTypes[Application]", ADDED)],
    ),
    "sign-on URL emptied": (sp(loginUrl=""), [("servicePrincipal.loginUrl", CHANGED)]),
    "sign-on URL": (sp(loginUrl="https://x"), [("servicePrincipal.loginUrl", CHANGED)]),
    "notification address removed": (
        both(
            sp(notificationEmailAddresses=["bob@contoso.example"]),
            lambda doc: s.the_instance(doc)["notificationUsers"].pop(),
        ),
        [("servicePrincipal.notificationEmailAddresses[list@contoso.example]", REMOVED)],
    ),
    "notification address added": (
        both(
            sp(notificationEmailAddresses=["alice@contoso.example", "bob@contoso.example", "list@contoso.example"]),
            lambda doc: s.the_instance(doc)["notificationUsers"].insert(
                0, {"address": "alice@contoso.example", "users": s.known([s.user(s.ALICE, "Alice")])}
            ),
        ),
        [("servicePrincipal.notificationEmailAddresses[alice@contoso.example]", ADDED)],
    ),
    "notification address names nobody any more": (
        lambda doc: s.the_instance(doc)["notificationUsers"][0].update(users=s.known([])),
        [(f"servicePrincipal.notificationEmailAddresses[bob@contoso.example].users[{s.BOB}]", REMOVED)],
    ),
    "mode": (sp(preferredSingleSignOnMode=None), [("servicePrincipal.preferredSingleSignOnMode", CHANGED)]),
    "thumbprint": (
        sp(preferredTokenSigningKeyThumbprint="C" * 40),
        [("servicePrincipal.preferredTokenSigningKeyThumbprint", CHANGED)],
    ),
    "relay state": (
        sp(samlSingleSignOnSettings={"relayState": "https://x"}),
        [("servicePrincipal.samlSingleSignOnSettings.relayState", CHANGED)],
    ),
    "relay state gone with its settings": (
        sp(samlSingleSignOnSettings=None),
        [("servicePrincipal.samlSingleSignOnSettings.relayState", CHANGED)],
    ),
    "type": (sp(servicePrincipalType="Legacy"), [("servicePrincipal.servicePrincipalType", CHANGED)]),
    "tag": (
        lambda doc: s.service_principal(doc)["tags"].append("HideApp"),
        [("servicePrincipal.tags[HideApp]", ADDED)],
    ),
    "certificate added": (credentials(s.THUMB, s.SPARE), [(f"certificates[{s.SPARE}]", ADDED)]),
    "certificate replaced": (
        credentials(s.SPARE),
        [(f"certificates[{s.THUMB}]", REMOVED), (f"certificates[{s.SPARE}]", ADDED)],
    ),
    "certificate with another end": (
        lambda doc: s.service_principal(doc)["keyCredentials"][0].update(endDateTime="2027-01-01T00:00:00Z"),
        [(f"certificates[{s.THUMB}]", CHANGED)],
    ),
    "another certificate under the same keys": (
        lambda doc: s.service_principal(doc)["keyCredentials"][0]["certificate"].update(keyBits=1024),
        [(f"certificates[{s.THUMB}]", CHANGED)],
    ),
    "certificate without its Verify key": (
        lambda doc: s.service_principal(doc)["keyCredentials"].pop(1),
        [(f"certificates[{s.THUMB}]", CHANGED)],
    ),
    "Sign key gone, the rest stays": (
        lambda doc: s.service_principal(doc)["keyCredentials"].pop(0),
        [
            (f"certificates[{s.THUMB}]", REMOVED),
            ("credentials[dddddddd-0000-0000-0000-000000000201]", ADDED),
            ("credentials[dddddddd-0000-0000-0000-000000000301]", ADDED),
        ],
    ),
    "secret": (secret(), [("credentials[eeeeeeee-0000-0000-0000-000000000001]", ADDED)]),
    "secret of the application": (
        secret("application"),
        [("credentials[eeeeeeee-0000-0000-0000-000000000002]", ADDED)],
    ),
    "secret of the application removed": (
        lambda doc: s.application(doc)["passwordCredentials"].pop(),
        [(f"credentials[{s.SECRET}]", REMOVED)],
    ),
    "secret of the application renewed": (
        lambda doc: s.application(doc)["passwordCredentials"][0].update(endDateTime="2027-12-01T00:00:00Z"),
        [(f"credentials[{s.SECRET}].endDateTime", CHANGED)],
    ),
    "assigned": (members("assignments", s.assignment(s.BOB, name="Bob")), [(f"assignments[{s.BOB}/{s.ROLE}]", ADDED)]),
    "unassigned": (members("assignments", drop=0), [(f"assignments[{s.ALICE}/{s.ROLE}]", REMOVED)]),
    "another role": (
        lambda doc: s.the_instance(doc)["assignments"]["value"][0].update(appRoleId="role-2"),
        [(f"assignments[{s.ALICE}/{s.ROLE}]", REMOVED), (f"assignments[{s.ALICE}/role-2]", ADDED)],
    ),
    "permission granted": (members("appRoleAssignments", GRANTED), [("appRoleAssignments[res-9/perm-1]", ADDED)]),
    "scope added": (
        lambda doc: s.the_instance(doc)["oauth2PermissionGrants"]["value"][0].update(
            scope="openid Mail.Read User.Read"
        ),
        [("oauth2PermissionGrants[grant-1].scope[Mail.Read]", ADDED)],
    ),
    "grant removed": (members("oauth2PermissionGrants", drop=0), [("oauth2PermissionGrants[grant-1]", REMOVED)]),
    "job paused": (
        job(lambda status: status.update(code="Paused")),
        [("synchronizationJobs[job-1].status.code", CHANGED)],
    ),
    "job quarantined": (
        job(lambda status: status.update(quarantine={"reason": "EncounteredBaseEscrowThreshold", "error": None})),
        [("synchronizationJobs[job-1].status.quarantine", CHANGED)],
    ),
    "job removed": (members("synchronizationJobs", drop=0), [("synchronizationJobs[job-1]", REMOVED)]),
    "policy assigned": (
        lambda doc: doc["claimsMappingPolicies"]["value"].append(
            {
                "policy": {"id": "cmp-1", "displayName": "C", "definition": ["{}"], "isOrganizationDefault": False},
                "appliesTo": s.known([{"id": s.APP, "kind": "application"}]),
            }
        ),
        [("claimsMappingPolicies[cmp-1]", ADDED)],
    ),
    "policy unassigned": (
        issuance(lambda record: record.update(appliesTo=s.known([]))),
        [("tokenIssuancePolicies[tip-1]", REMOVED)],
    ),
    "policy assigned to the application too": (
        issuance(lambda record: record["appliesTo"]["value"].append({"id": s.APP, "kind": "application"})),
        [(f"tokenIssuancePolicies[tip-1].appliesTo[{s.APP}]", ADDED)],
    ),
    "policy from the service principal to the application": (
        issuance(lambda record: record.update(appliesTo=s.known([{"id": s.APP, "kind": "application"}]))),
        [
            (f"tokenIssuancePolicies[tip-1].appliesTo[{s.SP}]", REMOVED),
            (f"tokenIssuancePolicies[tip-1].appliesTo[{s.APP}]", ADDED),
        ],
    ),
    "policy's definition": (
        issuance(lambda record: record["policy"].update(definition=["{}"])),
        [("tokenIssuancePolicies[tip-1].definition", CHANGED)],
    ),
    "policy made default": (
        issuance(lambda record: record["policy"].update(isOrganizationDefault=True)),
        [("tokenIssuancePolicies[tip-1]", ADDED)],
    ),
    "another default policy": (
        lambda doc: doc["tokenIssuancePolicies"]["value"].append(
            {
                "policy": {"id": "tip-2", "displayName": "All", "definition": ["{}"], "isOrganizationDefault": True},
                "appliesTo": s.known([]),
            }
        ),
        [("tokenIssuancePolicies[tip-2]", ADDED)],
    ),
    "certificate on the application": (
        credentials(s.SPARE, side="application"),
        [(f"certificates[{s.SPARE}]", ADDED), (f"credentials[{s.SECRET}]", REMOVED)],
    ),
    "access policy off": (access(state="disabled"), [("conditionalAccessPolicies[ca-1].state", CHANGED)]),
    "access policy of every app": (
        lambda doc: doc["conditionalAccessPolicies"]["value"].append(s.access_policy("ca-3", ["All"])),
        [("conditionalAccessPolicies[ca-3]", ADDED)],
    ),
    "others': access policy of every Office app": (
        lambda doc: doc["conditionalAccessPolicies"]["value"].append(s.access_policy("ca-5", ["Office365"])),
        [],
    ),
    "access policy gone": (
        lambda doc: doc["conditionalAccessPolicies"]["value"].pop(0),
        [("conditionalAccessPolicies[ca-1]", REMOVED)],
    ),
    "app no longer covered": (
        lambda doc: doc["conditionalAccessPolicies"]["value"][0]["conditions"]["applications"].update(
            includeApplications=["other"]
        ),
        [
            (f"conditionalAccessPolicies[ca-1].conditions.applications.includeApplications[{s.APP_ID}]", REMOVED),
            ("conditionalAccessPolicies[ca-1].conditions.applications.includeApplications[other]", ADDED),
        ],
    ),
    "session control off": (
        lambda doc: doc["conditionalAccessPolicies"]["value"][0]["sessionControls"]["signInFrequency"].update(
            isEnabled=False
        ),
        [("conditionalAccessPolicies[ca-1].sessionControls.signInFrequency.isEnabled", CHANGED)],
    ),
    "session control gone": (
        lambda doc: doc["conditionalAccessPolicies"]["value"][0]["sessionControls"].update(signInFrequency=None),
        [("conditionalAccessPolicies[ca-1].sessionControls.signInFrequency", CHANGED)],
    ),
    "access policy of another app": (
        lambda doc: doc["conditionalAccessPolicies"]["value"][1].update(state="disabled"),
        [],
    ),
    "assignment's name alone": (
        lambda doc: s.the_instance(doc)["assignments"]["value"][0].update(principalDisplayName="Alicia"),
        [(f"assignments[{s.ALICE}/{s.ROLE}].principalDisplayName", CHANGED)],
    ),
    "assignment's name and the person's, otherwise": (
        both(
            state(s.ALICE, displayName="Alicia"),
            lambda doc: s.the_instance(doc)["assignments"]["value"][0].update(principalDisplayName="Ali"),
        ),
        [
            (f"assignments[{s.ALICE}/{s.ROLE}].principalDisplayName", CHANGED),
            (f"principals[{s.ALICE}].displayName", CHANGED),
        ],
    ),
    "person disabled": (state(s.ALICE, accountEnabled=False), [(f"principals[{s.ALICE}].accountEnabled", CHANGED)]),
    "person became a guest": (state(s.ALICE, userType="Guest"), [(f"principals[{s.ALICE}].userType", CHANGED)]),
    "person deleted": (deleted(s.ALICE), [(f"principals[{s.ALICE}]", REMOVED)]),
    "group deleted": (
        both(deleted(s.TEAM), lambda doc: s.principal(doc, s.TEAM).update(memberCount=s.known(0))),
        [(f"principals[{s.TEAM}]", REMOVED)],
    ),
    "person renamed": (
        both(
            state(s.ALICE, displayName="Alicia"),
            lambda doc: s.the_instance(doc)["assignments"]["value"][0].update(principalDisplayName="Alicia"),
        ),
        [(f"principals[{s.ALICE}].displayName", CHANGED)],
    ),
    "person renamed, a namesake stays": (
        both(
            state(s.ALICE, displayName="Team"),
            lambda doc: s.the_instance(doc)["assignments"]["value"][0].update(principalDisplayName="Team"),
        ),
        [(f"principals[{s.ALICE}].displayName", CHANGED)],
    ),
    "group takes in everybody": (
        state(s.TEAM, membershipRule="user.objectId -ne null", groupTypes=["DynamicMembership"]),
        [
            (f"principals[{s.TEAM}].groupTypes[DynamicMembership]", ADDED),
            (f"principals[{s.TEAM}].membershipRule", CHANGED),
        ],
    ),
    "organisation renamed": (
        lambda doc: doc["organization"]["value"].update(displayName="Contoso Ltd"),
        [("organization.displayName", CHANGED)],
    ),
    "licence": (lambda doc: doc["organization"]["value"].update(premium=False), [("organization.premium", CHANGED)]),
    "gallery entry": (
        lambda doc: doc["apps"][0]["templates"]["value"].append({"id": "tttttttt-2", "displayName": "GoToMeeting"}),
        [("applicationTemplates[tttttttt-2]", ADDED)],
    ),
    "app removed": (lambda doc: doc["apps"][0]["instances"]["value"].pop(), [(f"instances[{s.SP}]", REMOVED)]),
    "app removed, its policy stays": (
        both(
            lambda doc: doc["apps"][0]["instances"]["value"].pop(),
            issuance(lambda record: record.update(appliesTo=s.known([]))),
        ),
        [(f"instances[{s.SP}]", REMOVED)],
    ),
    "volatile: group size": (lambda doc: s.principal(doc, s.TEAM).update(memberCount=s.known(13)), []),
    "volatile: escrows": (job(lambda status: status["lastExecution"].update(countEscrowed=99)), []),
    "volatile: last run": (job(lambda status: status["lastExecution"].update(state="Failed")), []),
    "label: when and under which id assigned": (
        lambda doc: s.the_instance(doc)["assignments"]["value"][0].update(
            id="x", createdDateTime="2026-03-01T00:00:00Z"
        ),
        [],
    ),
    "form: fractions of seconds": (
        lambda doc: s.service_principal(doc)["keyCredentials"][0].update(endDateTime="2028-01-01T00:00:00.0000000Z"),
        [],
    ),
    "form: definition's white space": (
        issuance(
            lambda record: record["policy"].update(
                definition=['{"TokenIssuancePolicy": {"SigningAlgorithm": "x", "Version": 1}}']
            )
        ),
        [],
    ),
    "form: thumbprint in lower case": (sp(preferredTokenSigningKeyThumbprint=s.THUMB.lower()), []),
    "form: scopes in another order": (
        lambda doc: s.the_instance(doc)["oauth2PermissionGrants"]["value"][0].update(scope="openid User.Read"),
        [],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_told_as_exactly_this(name: str) -> None:
    alter, expected = CASES[name]
    document = s.document()
    alter(document)
    before, after = s.snapshot(), s.snapshot(document)
    changes, not_comparable = compare(before, after)
    assert [(change.path, change.kind.value) for change in changes] == expected
    assert not_comparable == ()
    for change in changes:
        assert (change.before is None) == (change.kind is ChangeKind.ADDED) or change.kind is ChangeKind.CHANGED
        assert (change.after is None) == (change.kind is ChangeKind.REMOVED) or change.kind is ChangeKind.CHANGED


ALIKE = {
    "reply URL added, default no longer told": "a default that is not told is none of the changes",
    "notification address names nobody any more": "a principal that nothing names any more goes",
    "relay state gone with its settings": "settings without a relay state are as good as none",
    "scope added": "scopes have no order",
    "policy assigned": "the object that a policy applies to is told by its id",
    "policy unassigned": "the object that a policy applies to is told by its id",
    "policy assigned to the application too": "the object that a policy applies to is told by its id",
    "policy from the service principal to the application": "the object that a policy applies to is told by its id",
    "access policy of another app": "not ours",
    "another default policy": "a policy that is the default no longer may still be there",
    "app removed": "principals that nothing names any more go",
    "app removed, its policy stays": "principals that nothing names any more go",
}
"""Where the applied drift gives what compares as the other side without being it, and why."""


def unordered(value: Any) -> Any:
    """Plain values whose lists have one order."""
    if isinstance(value, dict):
        return {name: unordered(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return sorted((unordered(one) for one in value), key=repr)
    return value


@pytest.mark.parametrize("name", [name for name in CASES if name not in ALIKE and ":" not in name])
def test_applied_is_the_other_side_itself(name: str) -> None:
    document = s.document()
    CASES[name][0](document)
    before, after = s.snapshot(), s.snapshot(document)
    for one, other in ((before, after), (after, before)):
        result = apply(one, compare(one, other)[0], supporting=other)
        assert unordered(msgspec.to_builtins(result)) == unordered(msgspec.to_builtins(other))


UNNAMED = {"notification address names nobody any more", "app removed", "app removed, its policy stays"}
"""Cases that leave principals behind whom nothing names, and whom no scan would hold."""


@pytest.mark.parametrize("name", [name for name in CASES if name not in UNNAMED])
def test_no_change_applied_changes_nothing(name: str) -> None:
    """Whatever the other snapshot has: what was not told is not taken from it."""
    document = s.document()
    CASES[name][0](document)
    before, after = s.snapshot(), s.snapshot(document)
    for one, other in ((before, after), (after, before)):
        assert unordered(msgspec.to_builtins(apply(one, (), supporting=other))) == unordered(msgspec.to_builtins(one))


BY_ID_ALONE = {
    "gallery entry": "a new template",
    "notification address removed": "the users of a new address",
    "app removed": "a new instance",
    "app removed, its policy stays": "a new instance",
    "assigned": "a new principal",
    "notification address added": "the users of a new address",
}
"""Changes that name something new by its id alone, in one direction or the other."""


@pytest.mark.parametrize("name", [name for name in CASES if name not in {**ALIKE, **BY_ID_ALONE} and ":" not in name])
def test_applied_without_the_other_side_is_the_same(name: str) -> None:
    document = s.document()
    CASES[name][0](document)
    before, after = s.snapshot(), s.snapshot(document)
    for one, other in ((before, after), (after, before)):
        result = apply(one, compare(one, other)[0])
        assert unordered(msgspec.to_builtins(result)) == unordered(msgspec.to_builtins(other))


@pytest.mark.parametrize("name", CASES)
def test_applied_there_and_back(name: str) -> None:
    alter, _ = CASES[name]
    document = s.document()
    alter(document)
    before, after = s.snapshot(), s.snapshot(document)
    for one, other in ((before, after), (after, before)):
        changes, _ = compare(one, other)
        result = apply(one, changes, supporting=other)
        assert compare(result, other)[0] == ()
        # A default that was told and no longer is, is no change; the way back tells it anew.
        assert [c.path for c in compare(other, result)[0] if c.path != "application.defaultReplyUrl"] == []


def test_a_scalar_that_becomes_null_is_changed() -> None:
    document = s.document()
    s.service_principal(document)["preferredSingleSignOnMode"] = None
    (change,), _ = compare(s.snapshot(), s.snapshot(document))
    assert (change.kind, change.before, change.after) == (ChangeKind.CHANGED, "saml", None)


def test_mirrored_change_says_so() -> None:
    document = s.document()
    both(app(displayName="X"), sp(displayName="X"))(document)
    (change,), _ = compare(s.snapshot(), s.snapshot(document))
    assert change.mirrored
    assert (change.subject.type, change.subject.id, change.subject.name) == ("application", s.SP, "GoToMeeting")


def test_a_default_policy_that_lost_a_property_is_not_comparable_in_that() -> None:
    before, after = s.document(), s.document()
    for document in (before, after):
        document["tokenIssuancePolicies"]["value"][0]["policy"]["isOrganizationDefault"] = True
        document["tokenIssuancePolicies"]["value"][0]["appliesTo"] = s.known([])
    del after["tokenIssuancePolicies"]["value"][0]["policy"]["definition"]
    cause = "the answer did not carry definition"
    path = "tokenIssuancePolicies[tip-1].definition"
    for sides, when in (((before, after), "after"), ((after, before), "before")):
        changes, gaps = compare(*(s.snapshot(side) for side in sides))
        assert (changes, gaps) == ((), (NotComparable(path, "tokenIssuancePolicies", cause, when),))


def test_a_tenant_whose_name_was_not_carried_has_none() -> None:
    before, after = s.document(), s.document()
    access(state="disabled")(after)
    for document in (before, after):
        del document["organization"]["value"]["displayName"]
    (change,), _ = compare(s.snapshot(before), s.snapshot(after))
    assert (change.subject.type, change.subject.id, change.subject.name) == ("tenant", s.TENANT, None)


def test_an_instance_that_comes_back_with_fewer_packs_in_use() -> None:
    with_app, without = with_pack("z-pack", s.document()), with_pack("z-pack", s.document())
    for app_ in without["apps"]:
        app_["instances"]["value"].clear()
    before, after = s.snapshot(without), s.snapshot(s.document())
    changes, _ = compare(before, after)
    assert f"instances[{s.SP}]" in [change.path for change in changes]
    result = apply(before, changes, supporting=after)
    assert [len(one.present) for one in result.apps] == [1, 0]
    assert len(s.snapshot(with_app).apps) == 2


def test_a_person_whom_one_scan_did_not_look_up_hides_no_other() -> None:
    before, after = s.document(), s.document()
    before["principals"] = [record for record in before["principals"] if record["id"] != s.ALICE]
    state(s.TEAM, displayName="Crew")(after)
    changes, _ = compare(s.snapshot(before), s.snapshot(after))
    assert [change.path for change in changes] == [f"principals[{s.TEAM}].displayName"]


def test_a_policy_that_names_the_app_s_old_id_alone_is_followed() -> None:
    before, after = s.document(), s.document()
    for holder in (s.the_instance(after), s.service_principal(after), s.application(after)):
        holder["appId"] = "aaaaaaaa-0000-0000-0000-000000000009"
    access(state="disabled")(after)
    changes, _ = compare(s.snapshot(before), s.snapshot(after))
    assert ("conditionalAccessPolicies[ca-1].state", "disabled") in [(change.path, change.after) for change in changes]


def test_a_policy_of_the_application_is_followed_though_one_scan_did_not_read_that() -> None:
    before, after = s.document(), s.document()
    before["tokenIssuancePolicies"]["value"][0]["appliesTo"] = s.known([{"id": s.APP, "kind": "application"}])
    after["tokenIssuancePolicies"]["value"][0]["appliesTo"] = s.known([])
    s.the_instance(after)["application"] = s.unknown("application")
    for sides, kind in (((before, after), ChangeKind.REMOVED), ((after, before), ChangeKind.ADDED)):
        changes, _ = compare(*(s.snapshot(side) for side in sides))
        assert [(change.path, change.kind) for change in changes] == [("tokenIssuancePolicies[tip-1]", kind)]


def test_a_new_name_of_a_person_reaches_past_an_address_that_was_not_resolved() -> None:
    before, after = s.document(), s.document()
    for document in (before, after):
        s.the_instance(document)["notificationUsers"][1]["users"] = s.unknown("users")
    state(s.BOB, displayName="Robert")(after)
    s.the_instance(after)["notificationUsers"][0]["users"] = s.known([s.user(s.BOB, "Bob", displayName="Robert")])
    one, other = s.snapshot(before), s.snapshot(after)
    changes, _ = compare(one, other)
    assert [change.path for change in changes] == [f"principals[{s.BOB}].displayName"]
    assert unordered(msgspec.to_builtins(apply(one, changes))) == unordered(msgspec.to_builtins(other))


def test_two_that_disagree_are_both_told() -> None:
    document = s.document()
    both(app(displayName="X"), sp(displayName="Y"))(document)
    changes, _ = compare(s.snapshot(), s.snapshot(document))
    assert [(change.path, change.after, change.mirrored) for change in changes] == [
        ("application.displayName", "X", False),
        ("servicePrincipal.displayName", "Y", False),
    ]


def test_two_tenants_are_refused() -> None:
    document = s.document()
    document["tenantId"] = "22222222-2222-2222-2222-222222222222"
    with pytest.raises(ValueError, match=r"^snapshots of two tenants cannot be compared$"):
        compare(s.snapshot(), s.snapshot(document))


@pytest.mark.parametrize("side", ["servicePrincipal", "application"])
def test_a_secret_that_is_renewed_changes_on_the_object_that_holds_it(side: str) -> None:
    before, after = s.document(), s.document()
    secret(side)(before)
    secret(side, endDateTime="2027-12-01T00:00:00Z")(after)
    one, other = s.snapshot(before), s.snapshot(after)
    changes, _ = compare(one, other)
    assert [change.path for change in changes] == [f"credentials[{s.OF_SIDE[side]}].endDateTime"]
    assert unordered(msgspec.to_builtins(apply(one, changes))) == unordered(msgspec.to_builtins(other))


def second(doc: dict[str, Any], ident: str) -> None:
    """Another instance of the app beside the first."""
    instance = copy.deepcopy(s.the_instance(doc))
    instance["id"] = ident
    instance["servicePrincipal"]["value"]["id"] = ident
    doc["apps"][0]["instances"]["value"].append(instance)


def test_of_two_new_instances_the_one_that_is_told_comes_alone() -> None:
    document = s.document()
    for ident in ("sp-2", "sp-3"):
        second(document, ident)
    before, after = s.snapshot(), s.snapshot(document)
    changes, _ = compare(before, after)
    assert [change.path for change in changes] == ["instances[sp-2]", "instances[sp-3]"]
    result = apply(before, changes[:1], supporting=after)
    assert [instance.id for instance in result.apps[0].present] == [s.SP, "sp-2"]


def test_applied_to_one_of_two_instances_it_leaves_the_other_alone() -> None:
    before, after = s.document(), s.document()
    for document in (before, after):
        second(document, "aaaaaaaa-0000-0000-0000-000000000011")
    sp(loginUrl="https://x")(after)
    one, other = s.snapshot(before), s.snapshot(after)
    changes, _ = compare(one, other)
    assert [(change.path, change.subject.id) for change in changes] == [("servicePrincipal.loginUrl", s.SP)]
    assert unordered(msgspec.to_builtins(apply(one, changes))) == unordered(msgspec.to_builtins(other))


def test_applied_to_instances_that_were_seen_though_discovery_failed() -> None:
    before, after = s.document(), s.document()
    sp(loginUrl="https://x")(after)
    for document in (before, after):
        (app_,) = document["apps"]
        app_["seen"] = app_["instances"]["value"]
        app_["instances"] = s.unknown("servicePrincipals")
    one, other = s.snapshot(before), s.snapshot(after)
    changes, _ = compare(one, other)
    assert [change.path for change in changes] == ["servicePrincipal.loginUrl"]
    assert unordered(msgspec.to_builtins(apply(one, changes))) == unordered(msgspec.to_builtins(other))


def with_pack(pack: str, doc: dict[str, Any]) -> dict[str, Any]:
    """The document with another pack's app, which is the same service principal."""
    doc["apps"].append({**copy.deepcopy(doc["apps"][0]), "pack": pack})
    return doc


def test_a_pack_that_one_of_the_scans_did_not_use_is_not_comparable() -> None:
    """The other packs are: ``a-pack`` stands before the sample's in the order of names, ``z-pack`` after."""
    document = s.document()
    CASES["app removed"][0](document)
    for pack in ("a-pack", "z-pack"):
        more, fewer = s.snapshot(with_pack(pack, s.document())), s.snapshot(document)
        for sides, when in (((more, fewer), "after"), ((fewer, more), "before")):
            changes, gaps = compare(*sides)
            cause = f"the rule pack {pack} was not in use"
            assert gaps == (NotComparable(f"apps[{pack}]", "configuration", cause, when),)
            assert [change.path for change in changes] == [f"instances[{s.SP}]"]


def test_what_two_packs_see_is_told_once() -> None:
    document = with_pack("z-pack", s.document())
    for app in document["apps"]:
        app["instances"]["value"].pop()
        app["templates"]["value"][0]["displayName"] = "GoTo"
    for one, other in ((with_pack("z-pack", s.document()), document), (document, with_pack("z-pack", s.document()))):
        changes, _ = compare(s.snapshot(one), s.snapshot(other))
        assert [change.path for change in changes] == [
            "applicationTemplates[tttttttt-1].displayName",
            f"instances[{s.SP}]",
        ]


def held(document: dict[str, Any], *, hashed: bool, preferred: bool, withheld: bool) -> Snapshot:
    """The sample; its certificate by itself or by its thumbprint's hash, preferred or not, its key withheld or not."""
    identifier = hashed_thumbprint(s.THUMB) if hashed else bytes.fromhex(s.THUMB)
    keys, passwords = s.credential_parts(s.THUMB, 1, identifier)
    for key in keys:
        if withheld:
            key["certificate"] = None
    s.service_principal(document).update(
        keyCredentials=keys,
        passwordCredentials=passwords,
        preferredTokenSigningKeyThumbprint=s.THUMB if preferred else None,
    )
    return s.snapshot(document)


def test_one_address_that_was_not_resolved_hides_no_other() -> None:
    document = s.document()
    users = s.the_instance(document)["notificationUsers"]
    users[0].update(users=s.unknown("notificationUsers"))
    users[1].update(users=s.known([s.user(s.ALICE, "Alice")]))
    changes, gaps = compare(s.snapshot(), s.snapshot(document))
    here = "servicePrincipal.notificationEmailAddresses"
    assert [(change.path, change.kind) for change in changes] == [
        (f"{here}[list@contoso.example].users[{s.ALICE}]", ChangeKind.ADDED)
    ]
    assert [gap.path for gap in gaps] == [f"{here}.users"]


@pytest.mark.parametrize("first", [False, True])
def test_a_certificate_known_by_its_thumbprint_in_one_scan_alone_is_the_same(first: bool) -> None:
    """Key material withheld in both, no preference: what joins 20 bytes and 32 is the other scan's thumbprint."""
    one = held(s.document(), hashed=first, preferred=False, withheld=True)
    other = held(s.document(), hashed=not first, preferred=False, withheld=True)
    changes, _ = compare(one, other)
    assert [(change.path, change.kind) for change in changes] == [(f"certificates[{s.THUMB}]", ChangeKind.CHANGED)]


WITHHELD = "the key material was withheld"


@pytest.mark.parametrize("hashed", [False, True])
@pytest.mark.parametrize("preferred", [False, True])
def test_a_key_that_is_withheld_is_not_comparable_and_no_other_certificate(hashed: bool, preferred: bool) -> None:
    one = held(s.document(), hashed=hashed, preferred=preferred, withheld=False)
    other = held(s.document(), hashed=hashed, preferred=preferred, withheld=True)
    for sides, when in (((one, other), "after"), ((other, one), "before")):
        gap = NotComparable(f"certificates[{s.THUMB}].certificate", "servicePrincipalKeys", WITHHELD, when)
        assert compare(*sides) == ((), (gap,))


@pytest.mark.parametrize(
    ("hashed", "preferred", "withheld", "name"),
    [
        (False, False, True, s.THUMB),
        (False, True, True, s.THUMB),
        (True, True, True, s.THUMB),
        (True, False, False, s.THUMB),
        (True, False, True, hashed_thumbprint(s.THUMB).hex().upper()),
    ],
)
def test_a_certificate_goes_by_its_thumbprint_wherever_that_is_known(
    hashed: bool, preferred: bool, withheld: bool, name: str
) -> None:
    """Where nothing tells it, the identifier has to do; the change names what it is about, and takes it back."""
    document = s.document()
    one = held(document, hashed=hashed, preferred=preferred, withheld=withheld)
    s.service_principal(document)["keyCredentials"][0]["endDateTime"] = "2027-01-01T00:00:00Z"
    other = s.snapshot(document)
    (change,), gaps = compare(one, other)
    assert (change.path, change.kind, gaps) == (f"certificates[{name}]", ChangeKind.CHANGED, ())
    assert change.after["thumbprint"] == (s.THUMB if name == s.THUMB else None)
    assert change.after["notAfter"] == "2027-01-01T00:00:00Z"
    assert change.before["notAfter"] == "2028-01-01T00:00:00Z"
    assert unordered(msgspec.to_builtins(apply(one, (change,)))) == unordered(msgspec.to_builtins(other))


def test_nothing_is_changed_in_credentials_that_were_not_read() -> None:
    (change,), _ = compare(s.snapshot(), s.snapshot(_renewed()))
    for lost in ("keyCredentials", "passwordCredentials"):
        document = s.document()
        s.service_principal(document)[lost] = None
        with pytest.raises(ValueError, match=r"^nothing can be changed in certificates: it was not read$"):
            apply(s.snapshot(document), (change,))


def _renewed() -> dict[str, Any]:
    document = s.document()
    CASES["certificate with another end"][0](document)
    return document


CAROL = "bbbbbbbb-0000-0000-0000-000000000005"


def known_by_address(doc: dict[str, Any], **more: Any) -> Snapshot:
    """The sample with somebody whom nothing but a notification address names, beside another of that address."""
    users = [s.user(s.BOB, "Bob"), s.user(CAROL, "Carol", **more)]
    s.the_instance(doc)["notificationUsers"][0]["users"] = s.known(users)
    return s.snapshot(doc)


def test_a_person_known_by_an_address_alone_changes_there() -> None:
    one, other = known_by_address(s.document()), known_by_address(s.document(), accountEnabled=False)
    for before, after in ((one, other), (other, one)):
        changes, gaps = compare(before, after)
        assert [(change.path, change.kind) for change in changes] == [
            (f"principals[{CAROL}].accountEnabled", ChangeKind.CHANGED)
        ]
        assert gaps == ()
        assert apply(before, changes) == after


def test_what_a_token_may_not_see_of_a_person_known_by_an_address_is_not_comparable() -> None:
    one, other = known_by_address(s.document()), known_by_address(s.document(), accountEnabled=None)
    changes, (gap,) = compare(one, other)
    assert changes == ()
    assert (gap.path, gap.source, gap.when) == ("principals.accountEnabled", "users", "after")
