"""A systemd service and its timer: a user of its own that exists while the scan runs, and writes in one folder alone.

Exit codes 1 (findings) and 3 (something not assessed) count as success: the scan did its work, and what it found is
told by the report, the notifications and the metrics. 2 and 4 leave the unit failed, as ``OnFailure=`` and monitors
expect.
Sources: systemd.exec(5), systemd.service(5), systemd.timer(5), systemd.time(7).
"""

from auditor.schedules.plan import Plan, one_line

_STATE = "/var/lib/auditor"

_SERVICE = """\
# /etc/systemd/system/auditor.service
[Unit]
Description=Audit of SAML single sign-on in Microsoft Entra ID
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={command}
# 1: findings; 3: something could not be assessed. Neither is a failure of the unit; 2 and 4 are.
SuccessExitStatus=1 3
TimeoutStartSec=6h
# Lines NAME=value, for root alone (chmod 600): systemd reads them before the service gives up its rights.
EnvironmentFile=-{environment}
# A certificate: LoadCredential=auditor.pem:/etc/auditor/auditor.pem here, and in the configuration
# path = "/run/credentials/auditor.service/auditor.pem".

# A user of its own, which owns {state} and nothing else.
DynamicUser=yes
StateDirectory=auditor
StateDirectoryMode=0700
WorkingDirectory={state}
Environment=HOME={state} TMPDIR=/tmp
UMask=0077

# It reads, talks to the network, and writes its own folder; the rest is closed.
# MemoryDenyWriteExecute is left out on purpose: the PDF renderer's callbacks (libffi) need it off.
CapabilityBoundingSet=
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
PrivateUsers=yes
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
"""

_TIMER = """\
# /etc/systemd/system/auditor.timer
# systemctl daemon-reload && systemctl enable --now auditor.timer
[Unit]
Description=When single sign-on is audited

[Timer]
OnCalendar={calendar}
RandomizedDelaySec=10min
# A machine that was off catches up when it is on again.
Persistent=yes

[Install]
WantedBy=timers.target
"""


def render(plan: Plan) -> dict[str, str]:
    """``auditor.service`` and ``auditor.timer``."""
    command = plan.scan("/etc/auditor/auditor.toml", f"sqlite:///{_STATE}/auditor.db", f"{_STATE}/reports")
    command += ["--log-format", "json"]
    return {
        "auditor.service": _SERVICE.format(
            command=" ".join(quoted(word) for word in command),
            environment=one_line(plan.environment_file or "/etc/auditor/environment", "--environment-file").replace(
                "%", "%%"
            ),
            state=_STATE,
        ),
        "auditor.timer": _TIMER.format(calendar=plan.timing.calendar),
    }


def quoted(word: str) -> str:
    """A word of a command line as systemd reads it back: specifiers, variables, quotes and blanks are no more."""
    plain = one_line(word, "the value").replace("%", "%%").replace("$", "$$").replace("\\", "\\\\")
    if plain and not any(char in plain for char in " '\";"):
        return plain
    escaped = plain.replace('"', '\\"')
    return f'"{escaped}"'
