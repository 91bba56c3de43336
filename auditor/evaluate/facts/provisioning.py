"""Whether provisioning jobs are healthy.

Source: Microsoft Graph, synchronizationStatus and synchronizationTaskExecution.
"""

from typing import Any

from msgspec import UNSET

from auditor.evaluate.context import Context
from auditor.evaluate.evidence import Evidence
from auditor.evaluate.gaps import not_carried, not_understood
from auditor.model.evidence import Unknown
from auditor.model.graph_objects import SynchronizationJob

_PERMISSION = "Synchronization.Read.All"
_PATH = "provisioning.jobs"


def put_provisioning(evidence: Evidence, context: Context) -> None:
    """``provisioning.jobs``.

    A job whose condition is in doubt stands in the list, and is unknown by its own id.
    """
    known = context.instance.synchronization_jobs
    if isinstance(known, Unknown):
        evidence.miss(_PATH, known)
        return
    jobs: list[dict[str, Any]] = []
    for job in sorted(known.value, key=lambda job: job.id):
        status = job.status.code if job.status is not UNSET and job.status is not None else None
        fact: dict[str, Any] = {"id": job.id, "status": status if isinstance(status, str) else None}
        condition = _condition(job)
        if isinstance(condition, Unknown):
            evidence.miss(f"{_PATH}[{job.id}]", condition)
            fact["label"] = f"job {job.id}"
        else:
            fact["condition"], fact["detail"] = condition
            fact["label"] = f"{condition[0]}: {condition[1]}"
        jobs.append(fact)
    evidence.put(_PATH, jobs)


def _condition(job: SynchronizationJob) -> tuple[str, str] | Unknown:
    """A job's condition, and a detail in words."""
    status = job.status
    if status is UNSET or status is None or not isinstance(status.code, str):
        return not_carried("synchronizationJobs", "status.code", _PERMISSION)
    if status.code in ("NotConfigured", "NotRun"):
        return "not-set-up", "the job was never started"
    if status.code == "Paused":
        return "paused", "the job is paused"
    if status.code == "Quarantine":
        quarantine = status.quarantine
        reason = quarantine.reason if quarantine is not UNSET and quarantine is not None else None
        return "quarantined", f"the job is in quarantine ({reason if isinstance(reason, str) else 'no reason told'})"
    if status.code != "Active":
        return not_understood(
            "synchronizationJobs", f"this version does not know the job status {status.code}", _PERMISSION
        )
    execution = status.last_execution
    if execution is None:
        return "healthy", "the job is active and has not finished a cycle yet"
    if execution is UNSET or not isinstance(execution.state, str):
        return not_carried("synchronizationJobs", "status.lastExecution.state", _PERMISSION)
    if execution.state == "Failed":
        error = execution.error
        code = error.code if error is not UNSET and error is not None else None
        return "failed", f"the last cycle failed ({code if isinstance(code, str) else 'no error code told'})"
    if execution.state == "Succeeded":
        return "healthy", "the last cycle succeeded"
    if execution.state == "EntryLevelErrors":
        count = execution.count_escrowed
        told = f"{count:,} entries" if isinstance(count, int) else "some entries, their number not told,"
        return "healthy", f"the last cycle finished, and {told} could not be provisioned"
    cause = f"this version does not know the execution state {execution.state}"
    return not_understood("synchronizationJobs", cause, _PERMISSION)
