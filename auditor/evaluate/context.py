"""What the facts of one instance are worked out from."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from auditor.model.result import TenantRef
from auditor.model.rule import AppIdentity
from auditor.model.snapshot import AppSnapshot, Instance, PrincipalRecord, Snapshot


class Context(Struct, frozen=True):
    """One instance with its surroundings. ``now`` is the clock that rules see, in UTC."""

    tenant: TenantRef
    app: AppIdentity
    snapshot: Snapshot
    found: AppSnapshot
    instance: Instance
    principals: Mapping[str, PrincipalRecord]
    now: datetime
