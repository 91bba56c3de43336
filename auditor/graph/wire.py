"""Shapes of answers that the snapshot keeps differently from how Graph sends them.

Polymorphic members carry their type in ``@odata.type``; key material becomes what the certificate says; the
organization's plans become one fact. Source: Microsoft Graph v1.0 metadata; "Product names and service plan
identifiers for licensing".
"""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from auditor.model.graph_objects import DirectoryObject, Flag, GraphObject, Organization, Text, Texts
from auditor.model.snapshot import Principal

_PREMIUM_PLANS = frozenset(
    {
        "41781fb2-bc02-4b7c-bd55-b576c07bb09d",  # AAD_PREMIUM, Entra ID P1
        "eec0eb4f-6444-4f95-aba0-50c24d67f998",  # AAD_PREMIUM_P2, Entra ID P2
    }
)


ObjectId = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{1,128}\Z")]
"""An id that can stand in the path of the next request; an answer with any other is invalid, not partly believed."""


class Found(GraphObject, frozen=True):
    """What discovery asks of a service principal."""

    id: ObjectId
    app_id: Text = UNSET
    display_name: Text = UNSET
    application_template_id: Text = UNSET
    service_principal_names: Texts = UNSET


class Identified(GraphObject, frozen=True):
    """Any object of which only the id matters."""

    id: str


class Member(Struct, frozen=True, rename="camel"):
    """A member of a polymorphic collection."""

    id: str
    odata_type: str | None = msgspec.field(name="@odata.type", default=None)
    display_name: Text = UNSET
    user_principal_name: Text = UNSET

    def as_directory_object(self) -> DirectoryObject:
        """The member with its type's bare name: ``#microsoft.graph.user`` → ``user``."""
        kind = self.odata_type.rsplit(".", 1)[-1] if self.odata_type else None
        return DirectoryObject(
            id=self.id, kind=kind, display_name=self.display_name, user_principal_name=self.user_principal_name
        )


class KeyMaterial(GraphObject, frozen=True):
    """The part of a key credential that a separate read gives."""

    key_id: Text = UNSET
    key: Text = UNSET


class Keys(GraphObject, frozen=True):
    """A service principal asked for its keys alone."""

    id: str | UnsetType = UNSET
    key_credentials: tuple[KeyMaterial, ...] | UnsetType | None = UNSET

    def by_key_id(self) -> dict[str, str]:
        """Base64 DER by key id, for the keys that came."""
        given = self.key_credentials if isinstance(self.key_credentials, tuple) else ()
        return {key.key_id: key.key for key in given if isinstance(key.key_id, str) and isinstance(key.key, str)}


class _AssignedPlan(GraphObject, frozen=True):
    service_plan_id: Text = UNSET
    capability_status: Text = UNSET


class OrganizationAnswer(GraphObject, frozen=True):
    """``microsoft.graph.organization`` with its plans."""

    id: str
    display_name: Text = UNSET
    assigned_plans: tuple[_AssignedPlan, ...] | UnsetType | None = UNSET

    def as_organization(self) -> Organization:
        """The organization, with its plans reduced to whether a premium licence is in force."""
        premium: Flag = UNSET
        if isinstance(self.assigned_plans, tuple):
            premium = any(
                str(plan.service_plan_id).lower() in _PREMIUM_PLANS and plan.capability_status == "Enabled"
                for plan in self.assigned_plans
            )
        return Organization(id=self.id, display_name=self.display_name, premium=premium)


class UserAnswer(GraphObject, frozen=True):
    """``microsoft.graph.user``."""

    id: str
    display_name: Text = UNSET
    user_principal_name: Text = UNSET
    mail: Text = UNSET
    user_type: Text = UNSET
    account_enabled: Flag = UNSET

    def as_principal(self) -> Principal:
        """The user as a principal."""
        return Principal(
            id=self.id,
            kind="user",
            display_name=self.display_name,
            user_principal_name=self.user_principal_name,
            mail=self.mail,
            user_type=self.user_type,
            account_enabled=self.account_enabled,
        )


class GroupAnswer(GraphObject, frozen=True):
    """``microsoft.graph.group``."""

    id: str
    display_name: Text = UNSET
    mail: Text = UNSET
    group_types: Texts = UNSET
    membership_rule: Text = UNSET

    def as_principal(self) -> Principal:
        """The group as a principal."""
        kinds = tuple(sorted(self.group_types)) if isinstance(self.group_types, tuple) else self.group_types
        return Principal(
            id=self.id,
            kind="group",
            display_name=self.display_name,
            mail=self.mail,
            group_types=kinds,
            membership_rule=self.membership_rule,
        )


class ServicePrincipalAnswer(GraphObject, frozen=True):
    """A service principal that is assigned or owns."""

    id: str
    display_name: Text = UNSET
    account_enabled: Flag = UNSET

    def as_principal(self) -> Principal:
        """The service principal as a principal."""
        return Principal(
            id=self.id, kind="servicePrincipal", display_name=self.display_name, account_enabled=self.account_enabled
        )
