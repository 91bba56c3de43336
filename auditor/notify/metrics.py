"""What a scan found as Prometheus metrics, for node_exporter's textfile collector.

Gauges alone, of the last scan: what they were before is Prometheus's to keep. Nothing is counted that was not assessed:
a tenant that could not be read has no findings here, and says so by its status. prometheus_client (extra ``notify``)
writes the format and escapes the labels.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from auditor.model.certificates import active_certificate, group_credentials
from auditor.model.drift import Effect
from auditor.model.evidence import Unknown
from auditor.model.finding import Status, TenantStatus, Verdict
from auditor.model.result import ScanResult, TenantResult
from auditor.model.rule import Severity
from auditor.model.snapshot import Instance
from auditor.model.times import parse_time


class Ran(Struct, frozen=True):
    """How the run went, by the machine's clock: end in seconds since 1970, duration in seconds, exit code."""

    finished: float
    duration_s: float
    exit_code: int


class Gauge(Struct, frozen=True):
    """One metric with its samples: label values → value."""

    name: str
    help: str
    labels: tuple[str, ...]
    samples: tuple[tuple[tuple[str, ...], float], ...]


def exposition(result: ScanResult | None, ran: Ran) -> bytes:
    """The metrics in Prometheus's text format; of a run that came to no result, those of the run alone.

    Raises ModuleNotFoundError where prometheus_client is not installed.
    """
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.core import GaugeMetricFamily
    from prometheus_client.registry import Collector

    gauges = tuple(gauges_of(result, ran))

    class Scan(Collector):
        def collect(self) -> Iterable[GaugeMetricFamily]:
            for gauge in gauges:
                family = GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels)
                for labels, value in gauge.samples:
                    family.add_metric(labels, value)
                yield family

    registry = CollectorRegistry()
    registry.register(Scan())
    return generate_latest(registry)


def gauges_of(result: ScanResult | None, ran: Ran) -> Iterator[Gauge]:
    """Every metric, in the order in which they are written."""
    yield _single("auditor_run_timestamp_seconds", "When the last run ended.", ran.finished)
    yield _single("auditor_run_duration_seconds", "How long the last run took.", ran.duration_s)
    yield _single("auditor_run_exit_code", "Exit code of the last run.", ran.exit_code)
    if result is None:
        return
    tenants = result.tenants
    named = [((tenant.tenant.id, tenant.tenant.name), tenant) for tenant in tenants]
    yield Gauge(
        "auditor_tenants",
        "Tenants of the last scan, by how far they were read and what they come to.",
        ("status", "verdict"),
        tuple(
            ((status.value, verdict.value), sum((one.status, one.verdict) == (status, verdict) for one in tenants))
            for status in TenantStatus
            for verdict in Verdict
        ),
    )
    yield Gauge(
        "auditor_tenant_complete",
        "1 where everything in scope of the tenant was read.",
        ("tenant_id", "tenant"),
        tuple((labels, float(tenant.status is TenantStatus.COMPLETE)) for labels, tenant in named),
    )
    read = [(labels, tenant) for labels, tenant in named if tenant.status is not TenantStatus.FAILED]
    yield Gauge(
        "auditor_open_findings",
        "Failing rules that nobody waived, of tenants that could be read.",
        ("tenant_id", "tenant", "severity"),
        tuple(
            ((*labels, severity.value), sum(one.is_open and one.severity is severity for one in tenant.findings))
            for labels, tenant in read
            for severity in Severity
        ),
    )
    yield Gauge(
        "auditor_unknown_findings",
        "Rules that could not be assessed.",
        ("tenant_id", "tenant"),
        tuple((labels, sum(one.status is Status.UNKNOWN for one in tenant.findings)) for labels, tenant in named),
    )
    yield Gauge(
        "auditor_regressions",
        "Changes since the scan before that made a rule fail.",
        ("tenant_id", "tenant"),
        tuple((labels, _regressions(tenant)) for labels, tenant in named if tenant.drift is not None),
    )
    yield Gauge(
        "auditor_certificate_not_after_timestamp_seconds",
        "End of validity of the active signing certificate.",
        ("tenant_id", "tenant", "service_principal_id"),
        tuple(((*labels, instance), end.timestamp()) for labels, tenant in named for instance, end in _expiry(tenant)),
    )


def _single(name: str, told: str, value: float) -> Gauge:
    return Gauge(name, told, (), (((), value),))


def _regressions(tenant: TenantResult) -> int:
    changes = tenant.drift.changes if tenant.drift is not None else ()
    return sum(change.effect is Effect.REGRESSION for change in changes)


def _expiry(tenant: TenantResult) -> Iterator[tuple[str, datetime]]:
    """Instance id and end of its active certificate, where both are known."""
    apps = tenant.snapshot.apps if tenant.snapshot is not None else ()
    instances = {instance.id: instance for app in apps for instance in app.present}
    for ident in sorted(instances):
        end = _active_end(instances[ident])
        if end is not None:
            yield ident, end


def _active_end(instance: Instance) -> datetime | None:
    if isinstance(instance.service_principal, Unknown):
        return None
    principal = instance.service_principal.value
    thumbprint = principal.preferred_token_signing_key_thumbprint
    preferred = thumbprint if isinstance(thumbprint, str) else None
    keys, passwords = principal.key_credentials, principal.password_credentials
    groups = group_credentials(
        keys if isinstance(keys, tuple) else (), passwords if isinstance(passwords, tuple) else (), preferred
    )
    active = active_certificate(groups.certificates, preferred)
    if active is None or active.not_after is None:
        return None
    try:
        return parse_time(active.not_after)
    except ValueError:  # a date that cannot be read; the rules tell of it
        return None
