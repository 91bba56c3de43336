"""History: what every scan found, in a SQLite file or in PostgreSQL, so that an unchanged tenant costs one small row.

The only room that talks to a database. Snapshots and results are content-addressed; a tenant is recorded whole or not
at all; nothing that a scan was given as a secret is ever stored.
"""

from auditor.store.errors import StoreError
from auditor.store.opening import open_store
from auditor.store.records import RecordedTenant, ScanInfo, Unfinished
from auditor.store.store import Store

__all__ = ["RecordedTenant", "ScanInfo", "Store", "StoreError", "Unfinished", "open_store"]
