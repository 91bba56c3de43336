"""Units that run the scan unattended, as text: one file for each scheduler.

Each takes one frozen :class:`~auditor.schedules.plan.Plan` and gives the files of the unit by name. Nothing here is
written or run, and no unit ever holds a secret: it names a file of the owner's, a secret of the platform's, or signs in
by federation, without any.
"""

from collections.abc import Callable, Mapping

from auditor.schedules import azure_pipelines, cron, github_actions, kubernetes, systemd
from auditor.schedules.plan import Plan, Timing, parse_at, parse_every

TARGETS: Mapping[str, Callable[[Plan], dict[str, str]]] = {
    "systemd": systemd.render,
    "cron": cron.render,
    "github-actions": github_actions.render,
    "kubernetes": kubernetes.render,
    "azure-pipelines": azure_pipelines.render,
}
"""Scheduler → its files, by name, for a plan."""

__all__ = ["TARGETS", "Plan", "Timing", "parse_at", "parse_every"]
