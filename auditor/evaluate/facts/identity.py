"""Which app, which tenant, which instance; where the instance came from."""

from collections.abc import Sequence
from typing import Any

from auditor.evaluate.context import Context
from auditor.evaluate.evidence import Evidence
from auditor.evaluate.gaps import APPLICATION_READ, not_carried
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.result import TenantRef
from auditor.model.rule import AppIdentity
from auditor.model.snapshot import AppSnapshot, Instance

NON_GALLERY_TEMPLATE = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"
"""The template of every application that was not made from the gallery. Source: Microsoft Graph,
applicationTemplate.
"""


def put_scope(evidence: Evidence, tenant: TenantRef, app: AppIdentity) -> None:
    """``tenant.*`` and ``app.*``: always known."""
    evidence.document["tenant"] = {"id": tenant.id, "name": tenant.name, "product": tenant.product}
    evidence.document["app"] = {
        "displayName": app.display_name,
        "identifier": app.identifier,
        "products": list(app.products),
        "testUsers": list(app.test_users),
    }


def put_discovery(evidence: Evidence, found: AppSnapshot | Unknown) -> None:
    """``discovery.*``.

    An instance that was seen is certain, that there is no other only where discovery was complete.
    """
    present: Sequence[Instance] = ()
    gaps: tuple[Unknown, ...]
    if isinstance(found, Unknown):
        gaps = (found,)
    else:
        present = found.present
        gaps = (found.instances,) if isinstance(found.instances, Unknown) else ()
    if present or not gaps:
        evidence.put("discovery.present", bool(present))
    else:
        evidence.miss("discovery.present", *gaps)
    evidence.put_list(
        "discovery.instances",
        [_described(instance) for instance in sorted(present, key=lambda instance: instance.id)],
        gaps,
    )


def put_instance(evidence: Evidence, instance: Instance) -> None:
    """``instance.*``."""
    evidence.document["instance"] = {
        "id": instance.id,
        "appId": instance.app_id,
        "displayName": instance.display_name,
        "foundBy": list(instance.found_by),
    }


_ORIGINS = {
    "gallery": "it was made from the gallery's template",
    "none": "it has no template",
    "non-gallery": "it was made by hand, from the template for applications outside the gallery",
    "another": "it was made from another template of the gallery",
}


def put_gallery(evidence: Evidence, context: Context) -> None:
    """``gallery.*``.

    No template and the non-gallery template are facts even where the gallery was not read.
    """
    templates = context.found.templates
    if isinstance(templates, Known):
        evidence.put("gallery.templateIds", sorted({template.id.lower() for template in templates.value}))
    else:
        evidence.miss("gallery.templateIds", templates)
    state = _gallery_state(context)
    if isinstance(state, Unknown):
        evidence.miss("gallery.state", state)
        evidence.miss("gallery.origin", state)
    else:
        evidence.put("gallery.state", state)
        evidence.put("gallery.origin", _ORIGINS[state])


def _gallery_state(context: Context) -> str | Unknown:
    service_principal = context.instance.service_principal
    if isinstance(service_principal, Unknown):
        return service_principal
    template = service_principal.value.application_template_id
    if template is None or template == "":
        return "none"
    if not isinstance(template, str):
        return not_carried("servicePrincipal", "applicationTemplateId", APPLICATION_READ)
    if template.lower() == NON_GALLERY_TEMPLATE:
        return "non-gallery"
    templates = context.found.templates
    if isinstance(templates, Unknown):
        return templates
    if not templates.value:
        cause = f"the gallery lists nothing under the name {context.app.template_name}"
        return Unknown("applicationTemplates", Outcome.NOT_FOUND, cause)
    return "gallery" if template.lower() in {listed.id.lower() for listed in templates.value} else "another"


def _described(instance: Instance) -> dict[str, Any]:
    name = instance.display_name or "no name"
    return {
        "id": instance.id,
        "appId": instance.app_id,
        "displayName": instance.display_name,
        "foundBy": list(instance.found_by),
        "label": f"{name} ({instance.id})",
    }
