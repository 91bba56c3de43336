"""Whether this machine has what a scan needs: native libraries, a history that can be used, what tells of a scan."""

from collections.abc import Mapping
from importlib.util import find_spec

from auditor.checkup.check import Check
from auditor.config import Config
from auditor.errors import UserError
from auditor.store import open_store
from auditor.store.errors import StoreMissing


def pdf_libraries() -> Check:
    """Whether WeasyPrint finds its native libraries."""
    try:
        import weasyprint
    except OSError as error:
        return Check(
            "native libraries",
            "error",
            f"WeasyPrint cannot load one: {str(error).splitlines()[0]}",
            "On Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0.",
        )
    return Check("native libraries", "ok", f"WeasyPrint {weasyprint.__version__} loads, so PDF reports can be made")


def history(store: str) -> Check:
    """Whether the history can be opened; one that is not there yet is no fault."""
    try:
        with open_store(store, create=False) as opened:
            scans = opened.list()
            unfinished = opened.unfinished()
            told = f"{opened.name} opens; it holds {len(scans)} scans"
    except StoreMissing:
        return Check("history", "ok", "there is none yet; the first scan makes it")
    except UserError as error:
        return Check("history", "error", error.message, error.hint)
    if unfinished:
        hint = "Go on with: auditor scan --resume."
        return Check("history", "ok", f"{told}, {len(unfinished)} of them unfinished", hint)
    return Check("history", "ok", told)


def channels(config: Config, environ: Mapping[str, str]) -> list[Check]:
    """Whether those who are to hear of a scan could be told; nothing is sent."""
    checks = [
        _variable(f"notification {channel.url_env}", channel.url_env, "apprise", environ) for channel in config.notify
    ]
    if config.metrics is not None:
        checks.append(_textfile(config))
    if config.healthcheck is not None:
        checks.append(_variable("healthcheck", config.healthcheck.url_env, None, environ))
    return checks


def _variable(what: str, name: str, package: str | None, environ: Mapping[str, str]) -> Check:
    if not environ.get(name, "").strip():
        return Check(what, "warning", f"the environment variable {name} is not set", "Nobody is told through it.")
    if package is not None and find_spec(package) is None:
        return Check(what, "warning", f"{package} is not installed", "Install entra-saml-auditor[notify].")
    return Check(what, "ok", f"{name} is set; nothing was sent")


def _textfile(config: Config) -> Check:
    folder = config.metrics.parent if config.metrics is not None else config.folder
    if find_spec("prometheus_client") is None:
        return Check("metrics", "warning", "prometheus_client is not installed", "Install entra-saml-auditor[notify].")
    if not folder.is_dir():
        return Check("metrics", "warning", f"there is no folder {folder}", "Make it, writable for whoever scans.")
    return Check("metrics", "ok", f"the folder {folder} is there")
