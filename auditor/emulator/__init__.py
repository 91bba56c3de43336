"""Microsoft Graph v1.0 and Entra sign-in on loopback: for the demo, the tests, and anyone's lab.

Written from Microsoft's metadata and documentation, never from what the collector sends: it imports nothing else of
this package, so that the two can disagree. Tenants come from YAML files; ``tenantfile`` describes their format.

    with Emulator("tenants.yaml") as emulator:
        …  # emulator.graph_url, emulator.authority_url, emulator.ca_file, emulator.token("contoso")
"""

from auditor.emulator.directory import Tenant
from auditor.emulator.errors import EmulatorError, FaultFileError, TenantFileError
from auditor.emulator.faults import Faults, FaultScript, load_faults, parse_faults
from auditor.emulator.requestlog import Entry, Part
from auditor.emulator.server import Emulator
from auditor.emulator.tenantfile import load_samples, load_tenants, parse_tenants, sample_names
from auditor.emulator.wire import Answer, Handler, Middleware, Request

__all__ = [
    "Answer",
    "Emulator",
    "EmulatorError",
    "Entry",
    "FaultFileError",
    "FaultScript",
    "Faults",
    "Handler",
    "Middleware",
    "Part",
    "Request",
    "Tenant",
    "TenantFileError",
    "load_faults",
    "load_samples",
    "load_tenants",
    "parse_faults",
    "parse_tenants",
    "sample_names",
]
