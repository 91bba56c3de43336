"""An Azure Pipelines schedule that signs in by a service connection with workload identity federation: no secret.

The AzureCLI task hands the connection's federated token to the script, which puts it where the configuration's
``{kind = "workload-identity", token_file = ".federated-token"}`` looks. Exit code 1 fails the run, 3 ends it as
"succeeded with issues", the others fail it. Sources: Azure Pipelines, "YAML schema reference", "AzureCLI@2", "Logging
commands".
"""

from auditor.schedules.github_actions import NATIVE, requirement
from auditor.schedules.plan import Plan, indented, shell, yaml_text

_SCRIPT = """\
set -eu
umask 077
trap 'rm -f "$TOKEN_FILE"' EXIT
printf '%s' "${idToken:?the service connection must use workload identity federation}" >"$TOKEN_FILE"
code=0
COMMAND || code=$?
case $code in
    0) ;;
    1)
        echo "##vso[task.logissue type=error]There are findings; see the report."
        exit 1
        ;;
    3)
        echo "##vso[task.logissue type=warning]Something could not be assessed; see the report."
        echo "##vso[task.complete result=SucceededWithIssues;]"
        ;;
    *)
        echo "##vso[task.logissue type=error]The scan failed with exit code $code."
        exit "$code"
        ;;
esac
"""

_PIPELINE = """\
# azure-pipelines.yml
# The connection's application is the one that reads the tenants; client_id in the configuration names it.
trigger: none
pr: none
schedules:
  - cron: {cron}  # UTC
    displayName: Audit of single sign-on
    branches:
      include:
        - main
    always: "true"
pool:
  vmImage: ubuntu-24.04
jobs:
  - job: scan
    timeoutInMinutes: "350"
    steps:
      - checkout: self
        persistCredentials: "false"
      - task: UsePythonVersion@0
        inputs:
          versionSpec: "3.12"
      - script: |
          sudo apt-get -q update
          sudo apt-get -q install --yes --no-install-recommends {native}
          python -m pip install --quiet {requirement}
        displayName: Install
      - task: Cache@2
        displayName: History of the last run
        inputs:
          key: '"auditor-history" | "$(Build.BuildId)"'
          restoreKeys: '"auditor-history"'
          path: $(Pipeline.Workspace)/auditor-state
      - task: AzureCLI@2
        displayName: Scan
        env:
          TOKEN_FILE: {token_file}
        inputs:
          azureSubscription: {connection}
          addSpnToEnvironment: true
          scriptType: bash
          scriptLocation: inlineScript
          inlineScript: |
{script}
      - task: PublishPipelineArtifact@1
        displayName: Keep the reports
        condition: always()
        inputs:
          targetPath: {reports}
          artifact: auditor-reports
"""


def render(plan: Plan) -> dict[str, str]:
    """``azure-pipelines.yml``."""
    config = plan.config or "auditor.toml"
    command = plan.scan(config, "sqlite:///../auditor-state/auditor.db", "reports")
    command[0] = "auditor"
    folder = config.rpartition("/")[0]
    script = "mkdir -p ../auditor-state\n" + _SCRIPT.replace("COMMAND", shell(command))
    return {
        "azure-pipelines.yml": _PIPELINE.format(
            cron=yaml_text(plan.timing.cron),
            native=" ".join(NATIVE),
            requirement=shell([requirement(plan)]),
            token_file=yaml_text(f"{folder}/.federated-token" if folder else ".federated-token"),
            connection=yaml_text(plan.connection or "auditor"),
            script=indented(script, 12).rstrip("\n"),
            reports=yaml_text(plan.reports or "reports"),
        )
    }
