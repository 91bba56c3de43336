"""A Kubernetes CronJob, its service account, its volume: nothing runs as root, nothing is written but the volume.

Sign-in is by workload identity (the account's annotation, the pod's label; AKS puts the federated token into a file),
and whatever is a secret all the same comes from a Secret that somebody else made. Exit codes 1 and 3 end the Job well:
the scan did its work, and repeating it would find the same. A wrong configuration (2) is not tried again; anything else
is.
Sources: Kubernetes, "CronJob", "Pod failure policy"; Microsoft Entra Workload ID for Kubernetes.
"""

from auditor.schedules.plan import Plan, indented, shell, yaml_text

TOKEN_FILE = "/var/run/secrets/azure/tokens/azure-identity-token"  # noqa: S105 - where the platform keeps it

_RUN = """\
code=0
COMMAND || code=$?
case $code in
    1 | 3) exit 0 ;; # findings, or something not assessed: told by the report and the notifications
    *) exit "$code" ;;
esac
"""

_UNITS = """\
# kubectl create namespace auditor
# kubectl --namespace auditor create configmap auditor --from-file=auditor.toml
# kubectl --namespace auditor create secret generic auditor --from-env-file=environment   # where there are any
# kubectl apply --filename auditor.yaml
# In the configuration: credential = {{ kind = "workload-identity", token_file = "{token_file}" }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: auditor
  namespace: auditor
  annotations:
    azure.workload.identity/client-id: {client_id}
automountServiceAccountToken: false
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: auditor
  namespace: auditor
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 5Gi
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: auditor
  namespace: auditor
spec:
  schedule: {cron}
  timeZone: Etc/UTC
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      activeDeadlineSeconds: 21600
      backoffLimit: 2
      podFailurePolicy:
        rules:
          - action: FailJob
            onExitCodes:
              containerName: auditor
              operator: In
              values: [2]
      template:
        metadata:
          labels:
            app.kubernetes.io/name: auditor
            azure.workload.identity/use: "true"
        spec:
          serviceAccountName: auditor
          automountServiceAccountToken: false
          restartPolicy: Never
          securityContext:
            runAsNonRoot: true
            runAsUser: 10001
            runAsGroup: 10001
            fsGroup: 10001
            fsGroupChangePolicy: OnRootMismatch
            seccompProfile:
              type: RuntimeDefault
          containers:
            - name: auditor
              image: {image}
              imagePullPolicy: IfNotPresent
              command: [/bin/sh, -c]
              args:
                - |
{script}
              env:
                - name: HOME
                  value: /tmp
                - name: AUDITOR_LOG_FORMAT
                  value: json
              envFrom:
                - secretRef:
                    name: auditor
                    optional: true
              workingDir: /var/lib/auditor
              resources:
                requests:
                  cpu: 250m
                  memory: 512Mi
                limits:
                  memory: 2Gi
              securityContext:
                allowPrivilegeEscalation: false
                privileged: false
                readOnlyRootFilesystem: true
                capabilities:
                  drop: [ALL]
              volumeMounts:
                - name: config
                  mountPath: /etc/auditor
                  readOnly: true
                - name: state
                  mountPath: /var/lib/auditor
                - name: tmp
                  mountPath: /tmp
          volumes:
            - name: config
              configMap:
                name: auditor
            - name: state
              persistentVolumeClaim:
                claimName: auditor
            - name: tmp
              emptyDir:
                sizeLimit: 1Gi
"""


def render(plan: Plan) -> dict[str, str]:
    """``auditor.yaml``."""
    state = "/var/lib/auditor"
    command = plan.scan("/etc/auditor/auditor.toml", f"sqlite:///{state}/auditor.db", f"{state}/reports")
    command[0] = "auditor"
    return {
        "auditor.yaml": _UNITS.format(
            token_file=TOKEN_FILE,
            client_id=yaml_text(plan.client_id or "00000000-0000-0000-0000-000000000000"),
            cron=yaml_text(plan.timing.cron),
            image=yaml_text(plan.image or f"entra-saml-auditor:{plan.version}"),
            script=indented(_RUN.replace("COMMAND", shell(command)), 18).rstrip("\n"),
        )
    }
