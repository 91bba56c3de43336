"""Each thing that can be changed in a tenant, changed in the emulator: scanned before and after over real HTTP.

One copy of the healthy sample tenant for each mutation; what the emulator's own audit log recorded says who did it.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import pytest
import yaml

from auditor import pipeline
from auditor.drift import apply, attribute, compare, ids_of_instances
from auditor.drift.effect import outcomes
from auditor.emulator import Emulator, parse_tenants
from auditor.emulator.loading.yaml_source import load
from auditor.evaluate import Evaluator
from auditor.fleet import run_scan
from auditor.graph.credentials import CredentialSpec
from auditor.model.drift import Attribution, Change
from auditor.model.evidence import Known
from auditor.model.rule import Pack
from auditor.model.snapshot import Snapshot
from auditor.rulepack import load_packs
from tests.scan.conftest import scan_of, token_tenant

BEFORE = datetime(2026, 11, 22, 12, tzinfo=UTC)
AFTER = datetime(2026, 11, 24, 12, tzinfo=UTC)
AT = "2026-11-23T08:00:00Z"
BY = "nestor-wilke"
ACS = "https://authentication.logmeininc.com/saml/acs"
ENTITY = "https://authentication.logmeininc.com/saml/sp"
WORSE, BETTER, NEUTRAL = "regression", "improvement", "neutral"


class Mutation(NamedTuple):
    """Operations of a phase, and what they must be told as: path (its beginning) → kind, effect, a rule that turned."""

    operations: list[dict[str, Any]]
    told: dict[str, tuple[str, str, str | None]]
    attributed: bool = True


def sp(**values: Any) -> list[dict[str, Any]]:
    return [{"patch": "gotomeeting", "set": values}]


def app(**values: Any) -> list[dict[str, Any]]:
    return [{"patch": "gotomeeting-app", "set": values}]


def certificate(name: str = "next", end: str = "2029-11-23T00:00:00Z", **more: Any) -> dict[str, Any]:
    spec = {"name": name, "not_before": "2026-11-23T00:00:00Z", "not_after": end, **more}
    return {"add_certificate": "gotomeeting", "certificate": spec}


TOLD = ["adele.vance@contoso.example", "sso-alerts@contoso.example"]
SP_, AP = "servicePrincipal", "application"

MUTATIONS: dict[str, Mutation] = {
    "disabled": Mutation(sp(accountEnabled=False), {f"{SP_}.accountEnabled": ("changed", WORSE, "SAML-ACC-001")}),
    "open to all": Mutation(
        sp(appRoleAssignmentRequired=False),
        {f"{SP_}.appRoleAssignmentRequired": ("changed", WORSE, "SAML-ACC-002")},
    ),
    "sign-on URL": Mutation(sp(loginUrl="https://x.example"), {f"{SP_}.loginUrl": ("changed", WORSE, "GTM-SAML-003")}),
    "mode": Mutation(
        sp(preferredSingleSignOnMode="notSupported"),
        {f"{SP_}.preferredSingleSignOnMode": ("changed", WORSE, "GTM-SSO-001")},
    ),
    "mode to null": Mutation(
        sp(preferredSingleSignOnMode=None),
        {f"{SP_}.preferredSingleSignOnMode": ("changed", WORSE, "GTM-SSO-001")},
    ),
    "relay state": Mutation(
        sp(samlSingleSignOnSettings={"relayState": "https://evil.example"}),
        {f"{SP_}.samlSingleSignOnSettings.relayState": ("changed", WORSE, "GTM-SAML-004")},
    ),
    "relay state of another product": Mutation(
        sp(samlSingleSignOnSettings={"relayState": "https://global.gotowebinar.com"}),
        {f"{SP_}.samlSingleSignOnSettings.relayState": ("changed", WORSE, "GTM-SAML-005")},
    ),
    "notifications cleared": Mutation(
        sp(notificationEmailAddresses=[]),
        {
            f"{SP_}.notificationEmailAddresses[adele.vance@contoso.example]": ("removed", WORSE, "SAML-CERT-005"),
            f"{SP_}.notificationEmailAddresses[sso-alerts@contoso.example]": ("removed", WORSE, "SAML-CERT-005"),
        },
    ),
    "notification added": Mutation(
        sp(
            notificationEmailAddresses=[
                "a@contoso.example",
                "adele.vance@contoso.example",
                "sso-alerts@contoso.example",
            ]
        ),
        {f"{SP_}.notificationEmailAddresses[a@contoso.example]": ("added", NEUTRAL, None)},
    ),
    "thumbprint of nothing": Mutation(
        sp(preferredTokenSigningKeyThumbprint="0" * 40),
        {f"{SP_}.preferredTokenSigningKeyThumbprint": ("changed", WORSE, "SAML-CERT-004")},
    ),
    "tag": Mutation(
        sp(tags=["HideApp"]),
        {f"{SP_}.tags[": ("removed", NEUTRAL, None), f"{SP_}.tags[HideApp]": ("added", NEUTRAL, None)},
    ),
    "display name": Mutation(app(displayName="Meetings"), {f"{AP}.displayName": ("changed", NEUTRAL, None)}),
    "identifier": Mutation(
        app(identifierUris=[f"{ENTITY}/"]),
        {
            f"{AP}.identifierUris[{ENTITY}]": ("removed", WORSE, "GTM-SAML-001"),
            f"{AP}.identifierUris[{ENTITY}/]": ("added", WORSE, "GTM-SAML-001"),
        },
    ),
    "reply URL added": Mutation(
        app(web={"redirectUris": [ACS, "https://x.example/acs"]}),
        {f"{AP}.web.redirectUris[https://x.example/acs]": ("added", WORSE, "GTM-SAML-002")},
    ),
    "reply URL replaced": Mutation(
        app(web={"redirectUris": ["http://x.example/acs"]}),
        {
            f"{AP}.web.redirectUris[{ACS}]": ("removed", WORSE, "GTM-SAML-002"),
            f"{AP}.web.redirectUris[http://x.example/acs]": ("added", WORSE, "SAML-URL-001"),
        },
    ),
    "logout URL": Mutation(
        app(web={"logoutUrl": "https://x.example/out"}), {f"{AP}.web.logoutUrl": ("changed", NEUTRAL, None)}
    ),
    "group claims": Mutation(
        app(groupMembershipClaims="All"), {f"{AP}.groupMembershipClaims": ("changed", NEUTRAL, None)}
    ),
    "certificate added": Mutation([certificate()], {"certificates[": ("added", NEUTRAL, None)}),
    "certificate activated": Mutation(
        [{**certificate(), "activate": True}],
        {
            "certificates[": ("added", NEUTRAL, None),
            f"{SP_}.preferredTokenSigningKeyThumbprint": ("changed", NEUTRAL, None),
        },
    ),
    "certificate removed": Mutation(
        [{"remove_certificate": "gotomeeting", "name": "current"}],
        {"certificates[": ("removed", WORSE, "GTM-CERT-001")},
    ),
    "secret": Mutation(
        [{"add_secret": "gotomeeting", "name": "ci", "end": "2027-01-01T00:00:00Z"}],
        {"credentials[": ("added", WORSE, "SAML-CRED-001")},
    ),
    "secret of the application": Mutation(
        [{"add_secret": "gotomeeting-app", "name": "ci", "end": "2027-01-01T00:00:00Z"}],
        {"credentials[": ("added", WORSE, "SAML-CRED-001")},
    ),
    "user assigned": Mutation(
        [{"add_assignment": "gotomeeting", "principal": "joni-sherman", "role": "User"}],
        {"assignments[": ("added", NEUTRAL, None)},
    ),
    "departed user assigned": Mutation(
        [{"add_assignment": "gotomeeting", "principal": "b-simon", "role": "User"}],
        {"assignments[": ("added", WORSE, "SAML-ACC-003")},
    ),
    "everybody assigned": Mutation(
        [{"add_assignment": "gotomeeting", "principal": "all-employees", "role": "User"}],
        {"assignments[": ("added", WORSE, "SAML-ACC-005")},
    ),
    "user unassigned": Mutation(
        [{"remove_assignment": "gotomeeting", "principal": "adele-vance", "role": "User"}],
        {"assignments[": ("removed", NEUTRAL, None)},
    ),
    "owner added": Mutation(
        [{"add_owner": "gotomeeting", "principal": "joni-sherman"}], {f"{SP_}.owners[": ("added", NEUTRAL, None)}
    ),
    "owner of the application added": Mutation(
        [{"add_owner": "gotomeeting-app", "principal": "joni-sherman"}], {f"{AP}.owners[": ("added", NEUTRAL, None)}
    ),
    "owner removed": Mutation(
        [{"remove_owner": "gotomeeting", "principal": "megan-bowen"}],
        {f"{SP_}.owners[": ("removed", WORSE, "SAML-OWN-001")},
    ),
    "delegated permission": Mutation(
        [{"add_grant": "gotomeeting", "resource": "microsoft-graph", "scope": "User.Read"}],
        {"oauth2PermissionGrants[": ("added", WORSE, "SAML-PERM-001")},
    ),
    "policy unassigned": Mutation(
        [{"unassign_policy": "gotomeeting-claims", "to": "gotomeeting"}],
        {"claimsMappingPolicies[": ("removed", NEUTRAL, None)},
    ),
    "job paused": Mutation(
        [{"set_job": "gotomeeting", "id": "job-1", "set": {"status": {"code": "Paused"}}}],
        {"synchronizationJobs[": ("changed", WORSE, "GTM-PROV-001")},
    ),
    "person disabled": Mutation(
        [{"patch": "adele-vance", "set": {"accountEnabled": False}}],
        {"principals[": ("changed", WORSE, "SAML-ACC-003")},
        attributed=False,
    ),
    "owner deleted": Mutation(
        [{"delete": "megan-bowen"}], {f"{SP_}.owners[": ("removed", WORSE, "SAML-OWN-001")}, attributed=False
    ),
    "access policy off": Mutation(
        [{"patch": "meetings-sign-in-again-every-day", "set": {"state": "disabled"}}],
        {"conditionalAccessPolicies[": ("changed", WORSE, "GTM-SES-001")},
        attributed=False,
    ),
}


class Scanned(NamedTuple):
    """One mutated tenant, before and after."""

    before: pipeline.Scanned
    after: pipeline.Scanned
    recorded: frozenset[str]
    """Ids of the entries that the emulator's audit log has of the phase."""


def _sample() -> dict[str, Any]:
    from importlib.resources import files

    text = (files("auditor.emulator") / "tenants" / "contoso.yaml").read_text("utf-8")
    document: dict[str, Any] = load(text, "contoso.yaml")
    document["servicePrincipals"][0]["jobs"][0]["id"] = "job-1"
    return document


@pytest.fixture(scope="module")
def packs() -> tuple[Pack, ...]:
    return load_packs(["gotomeeting"], shipped=pipeline.shipped_folder())


@pytest.fixture(scope="module")
def scanned(packs: tuple[Pack, ...]) -> Iterator[dict[str, Scanned]]:
    """Every mutation's tenant, scanned twice."""
    tenants = []
    for number, (name, mutation) in enumerate(MUTATIONS.items(), 1):
        document = copy.deepcopy(_sample())
        document.update(name=f"t{number}", id=f"{number:08}-0000-4000-8000-000000000000")
        operations = [{"at": AT, "by": BY, **operation} for operation in mutation.operations]
        document["phases"] = [{"name": "after", "operations": operations}]
        tenants += parse_tenants(yaml.safe_dump(document, allow_unicode=True), source=name)
    clock = [BEFORE]
    with Emulator(tenants, now=lambda: clock[0]) as emulator:

        def scan(now: datetime) -> list[pipeline.Scanned]:
            configs, environ = [], {}
            for tenant in emulator.tenants:
                variable = f"TOKEN_{tenant.name}"
                environ[variable] = emulator.token(tenant.name)
                spec = CredentialSpec(kind="access-token", env=variable)
                configs.append(msgspec.structs.replace(token_tenant(emulator, tenant.name), credential=spec))
            return asyncio.run(run_scan(scan_of(packs, configs, environ, now=now)))

        before = scan(BEFORE)
        clock[0] = AFTER
        recorded = []
        for tenant in emulator.tenants:
            known = {str(entry["id"]) for entry in tenant.audits}
            emulator.advance("after", tenant.name)
            recorded.append(frozenset(str(entry["id"]) for entry in tenant.audits) - known)
        after = scan(AFTER)
        yield {
            name: Scanned(*three)
            for name, three in zip(MUTATIONS, zip(before, after, recorded, strict=True), strict=True)
        }


def told(scanned: Scanned, packs: tuple[Pack, ...]) -> tuple[Change, ...]:
    one, other = snapshots(scanned)
    evaluator = Evaluator(packs)
    tenant = scanned.after.result.tenant
    changes, not_comparable = compare(
        one,
        other,
        assess=lambda snapshot: evaluator.assess(snapshot, tenant=tenant, now=AFTER),
        rules=[rule for pack in packs for rule in pack.rules],
    )
    assert not_comparable == ()
    events = scanned.after.collection.events
    assert isinstance(events, Known)
    return attribute(
        changes,
        events.value,
        window=("2026-11-22T12:00:00Z", "2026-11-24T12:00:00Z"),
        audit=events,
        premium=True,
        instances=ids_of_instances((one, other)),
    )


def snapshots(scanned: Scanned) -> tuple[Snapshot, Snapshot]:
    one, other = scanned.before.collection.snapshot, scanned.after.collection.snapshot
    assert one is not None
    assert other is not None
    return one, other


@pytest.mark.parametrize("name", MUTATIONS)
def test_exactly_that_change_with_its_effect_and_actor(
    name: str, scanned: dict[str, Scanned], packs: tuple[Pack, ...]
) -> None:
    mutation, here = MUTATIONS[name], scanned[name]
    changes = told(here, packs)
    assert len(changes) == len(mutation.told), [change.path for change in changes]
    for path, (kind, effect, rule) in mutation.told.items():
        change = next(change for change in changes if change.path.startswith(path) and change.kind == kind)
        assert change.effect == effect, (change.path, change.rules)
        assert rule is None or rule in change.rules
        if mutation.attributed:
            assert change.attribution is Attribution.MATCHED, change
            assert change.actor is not None
            assert (change.actor.kind, change.actor.name) == ("user", "nestor.wilke@contoso.example")
            assert change.audit_event in here.recorded
        else:
            # The collector asks for entries about the app's two objects, not about principals or tenant-wide policies.
            assert change.attribution is Attribution.NO_MATCHING_EVENT


@pytest.mark.parametrize("name", MUTATIONS)
def test_rules_say_the_same_of_the_applied_drift(
    name: str, scanned: dict[str, Scanned], packs: tuple[Pack, ...]
) -> None:
    """Drift covers what the rules read: "before" with the drift applied is judged as "after" is."""
    one, other = snapshots(scanned[name])
    changes, _ = compare(one, other)
    evaluator, tenant = Evaluator(packs), scanned[name].after.result.tenant
    result, expected = (
        outcomes(evaluator.assess(snapshot, tenant=tenant, now=AFTER))
        for snapshot in (apply(one, changes, supporting=other), other)
    )
    assert result == expected
