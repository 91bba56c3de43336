"""Terraform for what the azuread provider can express: import blocks and resources, and a note of what it cannot.

One file does both directions: ``-var rollback=true`` gives every planned setting the value that the scan saw. Settings
that the plan does not touch are left alone (``ignore_changes``). Source: the azuread provider's schema.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from auditor.model.evidence import Known
from auditor.model.graph_objects import Application, ServicePrincipal, WebApplication
from auditor.model.plan import AnswerKind, Hole, Manual, Plan, Request, State, Step
from auditor.model.snapshot import Instance, Snapshot
from auditor.remedy.certificates import CREATE
from auditor.remedy.drafts import is_id
from auditor.remedy.files import comment, headline
from auditor.remedy.hcl import Block, Expression, lines_of, text_of

PROVIDER = ">= 3.0, < 4.0"

_SERVICE_PRINCIPAL = {
    "accountEnabled": "account_enabled",
    "appRoleAssignmentRequired": "app_role_assignment_required",
    "loginUrl": "login_url",
    "notificationEmailAddresses": "notification_email_addresses",
    "preferredSingleSignOnMode": "preferred_single_sign_on_mode",
    "samlSingleSignOnSettings.relayState": "saml_single_sign_on",
    "owners": "owners",
}
SERVICE_PRINCIPAL_ARGUMENTS = (
    "account_enabled",
    "alternative_names",
    "app_role_assignment_required",
    "description",
    "feature_tags",
    "login_url",
    "notes",
    "notification_email_addresses",
    "owners",
    "preferred_single_sign_on_mode",
    "saml_single_sign_on",
    "tags",
)
"""Arguments of ``azuread_service_principal`` that a change may come from: ignored unless the plan sets them."""
APPLICATION_ARGUMENTS = (
    "api",
    "app_role",
    "description",
    "device_only_auth_enabled",
    "fallback_public_client_enabled",
    "feature_tags",
    "group_membership_claims",
    "logo_image",
    "marketing_url",
    "notes",
    "oauth2_post_response_required",
    "optional_claims",
    "owners",
    "password",
    "prevent_duplicate_names",
    "privacy_statement_url",
    "public_client",
    "required_resource_access",
    "service_management_reference",
    "sign_in_audience",
    "single_page_application",
    "support_url",
    "tags",
    "template_id",
    "terms_of_service_url",
    "web",
)
"""Arguments of ``azuread_application`` that the plan never sets: reply URLs have a resource of their own."""

_MODES = frozenset({"oidc", "password", "saml", "notSupported"})


def render(plan: Plan, snapshot: Snapshot | None) -> dict[str, bytes]:
    """``main.tf``; nothing where the tenant was not read."""
    if snapshot is None:
        return {}
    instances = {instance.id: instance for app in snapshot.apps for instance in app.present}
    planned: dict[str, list[Step]] = {}
    cannot: list[str] = []
    for step in plan.steps:
        if isinstance(step, Manual):
            cannot.append(f"Step {step.number} is done by hand: {comment(step.title)}.")
        elif _expressible(step):
            planned.setdefault(step.instance.id, []).append(step)
        else:
            cannot.append(f"Step {step.number} is left to the scripts: {comment(step.title)}.")
    blocks: list[Block] = []
    for number, (instance_id, steps) in enumerate(planned.items(), 1):
        blocks += _instance(f"app_{number}", instances[instance_id], steps)
    head = [
        f"# {headline(plan)}",
        "# Look first with: terraform plan. Back to what the scan saw: terraform apply -var rollback=true",
        "# It takes the objects under Terraform's management; settings that the plan does not touch are left alone.",
        *(f"# {line}" for line in cannot),
    ]
    body = [_settings(plan), _rollback(), *blocks]
    return {"main.tf": ("\n".join([*head, "", *_joined(body)]) + "\n").encode("ascii")}


def _joined(blocks: Iterable[Block]) -> Iterable[str]:
    for place, block in enumerate(blocks):
        if place:
            yield ""
        yield from lines_of(block)


def _settings(plan: Plan) -> Block:
    azuread = {"source": "hashicorp/azuread", "version": PROVIDER}
    tenant = Block("provider", ("azuread",), {"tenant_id": plan.tenant.id})
    required = Block("required_providers", (), {"azuread": azuread})
    terraform = Block("terraform", (), {"required_version": ">= 1.7"}, (required,))
    return Block("", (), {}, (terraform, tenant))


def _rollback() -> Block:
    fields = {
        "description": "true gives every setting the value that the scan saw.",
        "type": Expression("bool"),
        "default": False,
    }
    return Block("variable", ("rollback",), fields)


def _expressible(step: Step) -> bool:
    if step.stage != CREATE:
        return False
    if step.remedy in ("set-identifier", "set-reply-urls", "rotate-certificate"):
        return True
    return step.remedy == "add-owner" or _name(step) in _SERVICE_PRINCIPAL


def _name(step: Step) -> str:
    return getattr(step.look, "name", "")


def _instance(label: str, instance: Instance, steps: Sequence[Step]) -> list[Block]:
    blocks = [_variable(label, step) for step in steps if step.question is not None]
    by_remedy = {step.remedy: step for step in steps}
    if isinstance(instance.application, Known):
        application = instance.application.value
        if (step := by_remedy.get("set-identifier")) is not None:
            blocks += _identifier(label, application, step)
        if (step := by_remedy.get("set-reply-urls")) is not None:
            blocks += _reply_urls(label, application, step)
    own = [step for step in steps if _name(step) in _SERVICE_PRINCIPAL or step.remedy == "add-owner"]
    if own and isinstance(instance.service_principal, Known):
        blocks += _service_principal(label, instance, instance.service_principal.value, own)
    if (step := by_remedy.get("rotate-certificate")) is not None and isinstance(step.change, Request):
        blocks.append(_certificate(label, instance, step.change))
    return blocks


def _variable(label: str, step: Step) -> Block:
    question = step.question
    words = f"Step {step.number}: {question.words if question is not None else ''}"
    fields: dict[str, Any] = {"description": words}
    if question is not None and question.kind is AnswerKind.ADDRESSES:
        fields["type"] = Expression("set(string)")
        return Block("variable", (_asked(label, step),), fields)
    fields["type"] = Expression("string")
    if question is None or not question.choices:
        return Block("variable", (_asked(label, step),), fields)
    condition = Expression(f"contains({text_of(list(question.choices))}, var.{_asked(label, step)})")
    check = {"condition": condition, "error_message": f"One of: {' '.join(question.choices)}"}
    return Block("variable", (_asked(label, step),), fields, (Block("validation", (), check),))


def _asked(label: str, step: Step) -> str:
    return f"{label}_{step.remedy.replace('-', '_')}"


def _identifier(label: str, application: Application, step: Step) -> list[Block]:
    resource = f"azuread_application.{label}"
    name = application.display_name if isinstance(application.display_name, str) else ""
    fields = {"display_name": name, "identifier_uris": _either(_constant(step.after), _constant(step.before))}
    ignored = [*APPLICATION_ARGUMENTS, "display_name"]
    return [
        _import(resource, f"/applications/{application.id}"),
        Block("resource", ("azuread_application", label), fields, (_lifecycle(ignored),)),
    ]


def _reply_urls(label: str, application: Application, step: Step) -> list[Block]:
    resource = f"azuread_application_redirect_uris.{label}"
    fields = {
        "application_id": f"/applications/{application.id}",
        "type": "Web",
        "redirect_uris": _either(_constant(step.after), _constant(step.before)),
    }
    blocks = [Block("resource", ("azuread_application_redirect_uris", label), fields, (_lifecycle([]),))]
    web = application.web
    if isinstance(web, WebApplication) and web.redirect_uris:
        blocks.insert(0, _import(resource, f"/applications/{application.id}/redirectUris/Web"))
    return blocks


def _service_principal(
    label: str, instance: Instance, service_principal: ServicePrincipal, steps: Sequence[Step]
) -> list[Block]:
    fields: dict[str, Any] = {"client_id": service_principal.app_id or ""}
    nested: list[Block] = []
    planned: set[str] = set()
    for step in steps:
        name = _SERVICE_PRINCIPAL["owners" if step.remedy == "add-owner" else _name(step)]
        planned.add(name)
        asked = Expression(f"var.{_asked(label, step)}")
        if name == "owners":
            owners = instance.service_principal_owners
            ids = [owner.id for owner in owners.value if is_id(owner.id)] if isinstance(owners, Known) else []
            fields[name] = _either(Expression(f"setunion({text_of(ids)}, [{asked.text}])"), ids)
            continue
        before: Any = _constant(step.before)
        after: Any = asked if step.question is not None else _constant(step.after)
        if not getattr(step.look, "many", False):
            before = _scalar(before)
            after = after if isinstance(after, Expression) else _scalar(after)
        if name == "preferred_single_sign_on_mode" and before not in _MODES:
            before = None
        value = _either(after, before)
        if name == "saml_single_sign_on":
            nested.append(Block("saml_single_sign_on", (), {"relay_state": value}))
        else:
            fields[name] = value
    ignored = [name for name in SERVICE_PRINCIPAL_ARGUMENTS if name not in planned]
    resource = f"azuread_service_principal.{label}"
    return [
        _import(resource, f"/servicePrincipals/{instance.id}"),
        Block(
            "resource",
            ("azuread_service_principal", label),
            dict(sorted(fields.items())),
            (*nested, _lifecycle(ignored)),
        ),
    ]


def _certificate(label: str, instance: Instance, change: Request) -> Block:
    body = json.loads("".join(part for part in change.body or () if isinstance(part, str)))
    fields = {
        "service_principal_id": f"/servicePrincipals/{instance.id}",
        "display_name": body["displayName"],
        "end_date": body["endDateTime"],
        "count": Expression("var.rollback ? 0 : 1"),
    }
    return Block("resource", ("azuread_service_principal_token_signing_certificate", label), fields)


def _import(resource: str, object_id: str) -> Block:
    return Block("import", (), {"to": Expression(resource), "id": object_id})


def _lifecycle(ignored: Sequence[str]) -> Block:
    fields: dict[str, Any] = {"prevent_destroy": True}
    if ignored:
        fields["ignore_changes"] = [Expression(name) for name in sorted(ignored)]
    return Block("lifecycle", (), fields)


def _either(after: Any, before: Any) -> Expression:
    return Expression(f"var.rollback ? {text_of(before)} : {text_of(after)}")


def _constant(state: State) -> list[Any]:
    text = "".join(part for part in state.text or () if not isinstance(part, Hole))
    members: list[Any] = json.loads(text or "[]") if not _has_holes(state) else []
    return members


def _has_holes(state: State) -> bool:
    return any(isinstance(part, Hole) for part in state.text or ())


def _scalar(members: Sequence[Any]) -> Any:
    return members[0] if members else None
