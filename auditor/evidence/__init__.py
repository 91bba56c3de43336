"""Evidence bundles: one file that carries what a scan read, and in which whatever was changed shows.

Writes :data:`~auditor.evidence.layout.FILE` from what was spooled while tenants finished; reads one that comes from
anybody, and gives out nothing of it before all of it was checked. It evaluates nothing, renders nothing, asks no
network, and never puts a secret in a file.
"""

from auditor.evidence.bundle import write_bundle
from auditor.evidence.errors import EvidenceError, Fault, NotABundle, Tampered
from auditor.evidence.layout import FILE, Head, Manifest, TenantHead
from auditor.evidence.reading import Bundle, faults_of, is_bundle
from auditor.evidence.spool import Spool

__all__ = [
    "FILE",
    "Bundle",
    "EvidenceError",
    "Fault",
    "Head",
    "Manifest",
    "NotABundle",
    "Spool",
    "Tampered",
    "TenantHead",
    "faults_of",
    "is_bundle",
    "write_bundle",
]
