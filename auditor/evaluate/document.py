"""The evidence documents of a tenant.

One for each instance of a pack's app, and one for the tenant as a whole.
"""

from collections.abc import Mapping
from datetime import datetime

from auditor.evaluate.context import Context
from auditor.evaluate.evidence import Evidence
from auditor.evaluate.facts.addresses import put_relay_state, put_reply_urls
from auditor.evaluate.facts.assignments import put_assignments
from auditor.evaluate.facts.certificates import put_certificates
from auditor.evaluate.facts.credentials import put_credentials
from auditor.evaluate.facts.identity import put_discovery, put_gallery, put_instance, put_scope
from auditor.evaluate.facts.notifications import put_notifications
from auditor.evaluate.facts.owners import put_owners, put_permissions
from auditor.evaluate.facts.policies import put_claims, put_signing
from auditor.evaluate.facts.provisioning import put_provisioning
from auditor.evaluate.facts.sessions import put_session_policies
from auditor.evaluate.facts.settings import put_settings
from auditor.model.evidence import Unknown
from auditor.model.result import TenantRef
from auditor.model.rule import AppIdentity
from auditor.model.snapshot import AppSnapshot, Instance, PrincipalRecord, Snapshot

_FACTS = (
    put_settings,
    put_gallery,
    put_relay_state,
    put_reply_urls,
    put_certificates,
    put_credentials,
    put_notifications,
    put_signing,
    put_claims,
    put_assignments,
    put_owners,
    put_permissions,
    put_provisioning,
    put_session_policies,
)
"""In this order: later ones read what earlier ones put."""


def tenant_evidence(tenant: TenantRef, app: AppIdentity, found: AppSnapshot | Unknown) -> Evidence:
    """What is asked of the tenant as a whole: ``tenant``, ``app``, ``discovery``."""
    evidence = Evidence()
    put_scope(evidence, tenant, app)
    put_discovery(evidence, found)
    return evidence


def instance_evidence(
    tenant: TenantRef,
    app: AppIdentity,
    snapshot: Snapshot,
    found: AppSnapshot,
    instance: Instance,
    principals: Mapping[str, PrincipalRecord],
    now: datetime,
) -> Evidence:
    """Every path of the document, for one instance."""
    evidence = tenant_evidence(tenant, app, found)
    put_instance(evidence, instance)
    context = Context(tenant, app, snapshot, found, instance, principals, now)
    for put in _FACTS:
        put(evidence, context)
    return evidence
