"""Tells people and machines outside what is new after a scan: messages, metrics, a sign of life.

Its parts judge and write values; one delivers. Nothing here reads a tenant or decides a verdict, no message holds a
value that was observed in a tenant, and no failure of it may ever become a failure of the scan.
"""

from auditor.notify.delivery import deliver
from auditor.notify.healthcheck import ping
from auditor.notify.judgement import Round, Wanted, judge
from auditor.notify.message import Message, compose
from auditor.notify.metrics import exposition

__all__ = ["Message", "Round", "Wanted", "compose", "deliver", "exposition", "judge", "ping"]
