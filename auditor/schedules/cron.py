"""A script and a line of ``/etc/cron.d`` that runs it. cron knows no exit codes: it mails whatever is printed.

So the script is silent where all is well, prints the summary where there is something to read, and everything where the
run failed. Source: crontab(5).
"""

from auditor.schedules.plan import Plan, one_line, shell

_STATE = "/var/lib/auditor"

_SCRIPT = """\
#!/bin/sh
# /usr/local/lib/auditor/auditor-scan: runs the scan, and prints what cron is to mail.
set -u
umask 077
state={state}
environment={environment}

cd "$state" || exit 2
# One at a time: a scan that still runs is not overtaken.
if command -v flock >/dev/null 2>&1; then
    exec 9>"$state/auditor.lock" || exit 2
    flock -n 9 || {{ echo "A scan still runs; this one is left out."; exit 0; }}
fi
# Lines NAME=value, for this user alone (chmod 600): what credentials and channels name.
if [ -r "$environment" ]; then
    set -a
    # shellcheck source=/dev/null
    . "$environment"
    set +a
fi

code=0
{command} \\
    >"$state/summary.txt" 2>"$state/auditor.log" || code=$?
case $code in
    0) ;;
    1) echo "There are findings."; cat "$state/summary.txt" ;;
    3) echo "Not everything could be assessed."; cat "$state/summary.txt" ;;
    *) echo "The scan failed with exit code $code."; cat "$state/auditor.log"; exit "$code" ;;
esac
"""

_LINE = """\
# /etc/cron.d/auditor
# The time is the machine's own. The user owns {state} and may read the configuration.
MAILTO=root
PATH=/usr/local/bin:/usr/bin:/bin
{when} auditor /usr/local/lib/auditor/auditor-scan
"""


def render(plan: Plan) -> dict[str, str]:
    """``auditor-scan`` and ``auditor.cron``."""
    command = plan.scan("/etc/auditor/auditor.toml", f"sqlite:///{_STATE}/auditor.db", f"{_STATE}/reports")
    environment = one_line(plan.environment_file or "/etc/auditor/environment", "--environment-file")
    return {
        "auditor-scan": _SCRIPT.format(
            state=_STATE,
            environment=shell([environment]),
            command=shell([one_line(word, "the value") for word in command]),
        ),
        "auditor.cron": _LINE.format(when=plan.timing.cron, state=_STATE),
    }
