"""Many tenants: bounded concurrency, isolation, resuming, and the same work on other machines.

It knows the pipeline's one unit of work, a tenant, and never what is in it; it never judges and never writes.
"""

from auditor.fleet.run import Done, Runner, check_contact, run_scan, scan_each

__all__ = ["Done", "Runner", "check_contact", "run_scan", "scan_each"]
