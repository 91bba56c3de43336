"""Between a scan and those who hear of it: each channel told what is new to it, metrics written, signs of life sent.

Nothing that goes wrong here is ever a failure of the scan: it comes back as a warning, for standard error and the
report.
"""

import logging
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

import msgspec

from auditor.channels import Channel, Healthcheck
from auditor.config import Config
from auditor.errors import UserError
from auditor.logs import redact
from auditor.model.result import ScanResult
from auditor.notify import compose, deliver, exposition, judge, ping
from auditor.notify.healthcheck import Sign
from auditor.notify.metrics import Ran
from auditor.store import Store, StoreError, open_store

log = logging.getLogger(__name__)

_LONG_ENOUGH = 10
_EVERYBODY_READS = 0o644
"""node_exporter runs as a user of its own."""


def protect(config: Config, environ: Mapping[str, str]) -> None:
    """Tell the logs every secret that the configuration names, so that none is ever let through.

    An address of a channel is a secret in its parts too: what went wrong with it is often told with its path alone.
    """
    names = {
        name for tenant in config.tenants for name in (tenant.credential.env, tenant.credential.password_env) if name
    }
    addresses = {channel.url_env for channel in config.notify}
    if config.healthcheck is not None:
        addresses.add(config.healthcheck.url_env)
    redact.protect(environ[name] for name in sorted(names | addresses) if name in environ)
    redact.protect(part for name in sorted(addresses) for part in _parts_of(environ.get(name, "")))


def _parts_of(address: str) -> list[str]:
    """Passwords, path segments and values of an address that are long enough to be secrets, as written and decoded."""
    parts = re.split(r"[/?&=:@\s,]+", address)
    return [part for part in {*parts, *map(unquote, parts)} if len(part) >= _LONG_ENOUGH and "." not in part]


def tell(config: Config, result: ScanResult, environ: Mapping[str, str], *, history: bool) -> tuple[str, ...]:
    """Tell each channel what is new to it since it was last told; gives what went wrong, a sentence each.

    What was told stands in the history, without which nothing is sent: everybody would hear everything each time.
    """
    if not config.notify:
        return ()
    if not history:
        return ("No notification was sent: without the history it is not known what was told before.",)
    try:
        with open_store(config.store) as store:
            told = [_tell(store, channel, result, environ) for channel in config.notify]
    except (StoreError, UserError) as error:
        return (f"No notification was sent: {error.message}",)
    return tuple(cause for cause in told if cause is not None)


def _tell(store: Store, channel: Channel, result: ScanResult, environ: Mapping[str, str]) -> str | None:
    name = channel.url_env
    judged = judge(store.notices(name), result.tenants, channel.wanted, result.finished_at)
    store.remember_notices(name, judged.pending, (*judged.over, *judged.withdrawn))
    message = compose(result.id, result.verdict, judged)
    if message is None:
        return None
    address = environ.get(name, "").strip()
    cause = deliver(address, message) if address else "the environment variable is not set"
    if cause is not None:
        return f"The notification to {name} was not delivered: {cause}. It is tried again after the next scan."
    store.remember_notices(name, judged.delivered(result.finished_at))
    log.info("notified", extra={"channel": name, "new": len(judged.pending)})
    return None


def sign_of_life(healthcheck: Healthcheck | None, environ: Mapping[str, str], exit_code: int | None) -> str | None:
    """Say that the run begins (``exit_code`` is None) or how it ended; gives what went wrong."""
    if healthcheck is None:
        return None
    address = environ.get(healthcheck.url_env, "").strip()
    sign = Sign.START if exit_code is None else Sign.SUCCESS if exit_code in healthcheck.success else Sign.FAIL
    cause = ping(address, sign) if address else "the environment variable is not set"
    return f"The healthcheck {healthcheck.url_env} was not reached: {cause}." if cause is not None else None


def write_metrics(textfile: Path | None, result: ScanResult | None, ran: Ran) -> str | None:
    """Put the metrics of a run at ``textfile``, whole or not at all; gives what went wrong."""
    if textfile is None:
        return None
    try:
        content = exposition(result, ran)
    except ModuleNotFoundError:
        return "No metrics were written: prometheus_client is not installed: install entra-saml-auditor[notify]."
    try:
        _replace(textfile, content)
    except OSError as error:
        return f"No metrics were written to {textfile}: {error.strerror}."
    return None


def _replace(target: Path, content: bytes) -> None:
    """Write beside ``target`` under a name that node_exporter passes over, then move it there."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(_EVERYBODY_READS)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def with_warnings(result: ScanResult, warnings: Sequence[str]) -> ScanResult:
    """The result, with warnings that concern the run and not one tenant."""
    return msgspec.structs.replace(result, warnings=(*result.warnings, *warnings))
