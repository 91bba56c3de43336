"""Entries of Entra's directory audit log, as far as they explain a change.

Source: Microsoft Graph v1.0, ``directoryAudit``, ``auditActivityInitiator``, ``targetResource``, ``modifiedProperty``.
"""

from msgspec import UNSET

from auditor.model.graph_objects import GraphObject, Text


class UserIdentity(GraphObject, frozen=True):
    """``microsoft.graph.userIdentity``."""

    id: Text = UNSET
    display_name: Text = UNSET
    user_principal_name: Text = UNSET
    ip_address: Text = UNSET


class AppIdentity(GraphObject, frozen=True):
    """``microsoft.graph.appIdentity``."""

    app_id: Text = UNSET
    display_name: Text = UNSET
    service_principal_id: Text = UNSET
    service_principal_name: Text = UNSET


class Initiator(GraphObject, frozen=True):
    """``microsoft.graph.auditActivityInitiator``: a user, an application, or neither."""

    user: UserIdentity | None = None
    app: AppIdentity | None = None


class ModifiedProperty(GraphObject, frozen=True):
    """``microsoft.graph.modifiedProperty``: old and new value are JSON within a string."""

    display_name: Text = UNSET
    old_value: Text = UNSET
    new_value: Text = UNSET


class TargetResource(GraphObject, frozen=True):
    """``microsoft.graph.targetResource``."""

    id: Text = UNSET
    display_name: Text = UNSET
    type: Text = UNSET
    user_principal_name: Text = UNSET
    modified_properties: tuple[ModifiedProperty, ...] | None = None


class KeyValue(GraphObject, frozen=True):
    """``microsoft.graph.keyValue``."""

    key: Text = UNSET
    value: Text = UNSET


class AuditEvent(GraphObject, frozen=True):
    """``microsoft.graph.directoryAudit``."""

    id: str
    activity_date_time: Text = UNSET
    activity_display_name: Text = UNSET
    category: Text = UNSET
    correlation_id: Text = UNSET
    result: Text = UNSET
    logged_by_service: Text = UNSET
    operation_type: Text = UNSET
    initiated_by: Initiator | None = None
    target_resources: tuple[TargetResource, ...] | None = None
    additional_details: tuple[KeyValue, ...] | None = None
