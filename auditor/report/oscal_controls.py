"""The controls that rules serve, as OSCAL names them: ids that are tokens, and one local objective for each control."""

import re
from collections.abc import Sequence

from msgspec import Struct

from auditor.model.result import TenantResult

_NOT_IN_TOKEN = re.compile(r"[^A-Za-z0-9._-]+")
_OWN_IDS = re.compile(r"nist-800-53")


class Objective(Struct, frozen=True):
    """One control of one framework, as far as ``rules`` reach."""

    framework: str
    control: str
    control_id: str
    """A token: NIST's own id (``cm-6``), for the others with the framework's key before it (``soc2_cc6.1``)."""
    objective_id: str
    rules: tuple[str, ...]


class Controls(Struct, frozen=True):
    """Every control that some rule of the scan serves, by framework and control."""

    objectives: tuple[Objective, ...]


def token(text: str) -> str:
    """``text`` as an OSCAL token: ASCII letters, digits, full stop, hyphen, underscore; a letter or ``_`` first."""
    plain = _NOT_IN_TOKEN.sub("-", text).strip("-") or "_"
    return plain if plain[0].isalpha() or plain[0] == "_" else f"_{plain}"


def controls_of(tenants: Sequence[TenantResult]) -> Controls:
    """The controls, with the rules that serve each, in the order of frameworks and rules as they first come."""
    rules: dict[tuple[str, str], dict[str, None]] = {}
    met: set[str] = set()
    for tenant in tenants:
        for finding in tenant.findings:
            if finding.rule in met:
                continue
            met.add(finding.rule)
            for framework, ids in finding.controls.items():
                for control in ids:
                    rules.setdefault((framework, control), {})[finding.rule] = None
    return Controls(
        tuple(
            Objective(
                framework=framework,
                control=control,
                control_id=_control_id(framework, control),
                objective_id=token(f"{_control_id(framework, control)}_obj.saml-sso"),
                rules=tuple(served),
            )
            for (framework, control), served in rules.items()
        )
    )


def _control_id(framework: str, control: str) -> str:
    if _OWN_IDS.match(framework):
        return token(control.lower().replace("(", ".").replace(")", ""))
    return token(f"{framework}_{control.lower()}")
