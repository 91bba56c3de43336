"""A GitHub Actions workflow that signs in by federation: GitHub's own token stands for the application, no secret.

The tenant's application trusts the repository by a federated credential (issuer
``https://token.actions.githubusercontent.com``, subject ``repo:OWNER/NAME:ref:refs/heads/BRANCH``, audience
``api://AzureADTokenExchange``), and the configuration says ``{kind = "workload-identity", token_file =
".federated-token"}``. GitHub's token lives for minutes: it is fetched anew while the scan runs. Every exit code but 0
makes the run fail, with the reason as an annotation: what could not be assessed is no success here either.

Sources: GitHub, "Workflow syntax", "OpenID Connect in Azure", "Workflow commands".
"""

from auditor.schedules.plan import Plan, indented, shell, yaml_text

_SCRIPT = """\
set -eu
umask 077
fetch() {
    curl --fail --silent --show-error --retry 3 \\
        --header "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \\
        "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=api://AzureADTokenExchange" |
        jq --exit-status --raw-output .value >"$TOKEN_FILE.new"
    mv "$TOKEN_FILE.new" "$TOKEN_FILE"
}
keep() {
    trap 'kill "$nap" 2>/dev/null; exit' TERM
    while :; do
        sleep 240 &
        nap=$!
        wait "$nap"
        fetch || true
    done
}
fetch
keep >/dev/null 2>&1 &
keeper=$!
trap 'kill "$keeper" 2>/dev/null; rm -f "$TOKEN_FILE"' EXIT
code=0
COMMAND || code=$?
case $code in
    0) ;;
    1) echo "::error title=Findings::Single sign-on differs from what was set down; see the report." ;;
    3) echo "::error title=Not assessed::Something could not be read; see the report." ;;
    *) echo "::error title=Failed::The scan failed with exit code $code." ;;
esac
exit "$code"
"""

_WORKFLOW = """\
# .github/workflows/auditor.yml
# Keep it in a private repository: the report and the history say how sign-on is set up.
name: auditor
on:
  schedule:
    - cron: {cron}  # UTC
  workflow_dispatch:
permissions:
  contents: read
  id-token: write  # the federated token; nothing else is granted
concurrency:
  group: auditor
  cancel-in-progress: false
jobs:
  scan:
    runs-on: ubuntu-24.04
    timeout-minutes: 350
    steps:
      # Pin actions to commits if your policy asks for it.
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: Install
        run: |
          sudo apt-get -q update
          sudo apt-get -q install --yes --no-install-recommends {native}
          python -m pip install --quiet {requirement}
      - name: History of the last run
        uses: actions/cache/restore@v4
        with:
          path: auditor.db
          key: auditor-history-${{{{ github.run_id }}}}
          restore-keys: auditor-history-
      - name: Scan
        env:
          TOKEN_FILE: {token_file}
        run: |
{script}
      - name: Keep the history
        if: always()
        uses: actions/cache/save@v4
        with:
          path: auditor.db
          key: auditor-history-${{{{ github.run_id }}}}
      - name: Keep the reports
        if: always()
        uses: actions/upload-artifact@v4
        with:
          name: auditor-reports
          path: {reports}
          if-no-files-found: warn
          retention-days: 90
"""

NATIVE = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fontconfig-config", "fonts-dejavu-core")
"""What WeasyPrint loads, as Debian and Ubuntu name it."""


def render(plan: Plan) -> dict[str, str]:
    """``auditor.yml``."""
    config = plan.config or "auditor.toml"
    command = plan.scan(config, "sqlite:///auditor.db", "reports")
    command[0] = "auditor"
    folder = config.rpartition("/")[0]
    return {
        "auditor.yml": _WORKFLOW.format(
            cron=yaml_text(plan.timing.cron),
            native=" ".join(NATIVE),
            requirement=shell([requirement(plan)]),
            token_file=yaml_text(f"{folder}/.federated-token" if folder else ".federated-token"),
            script=indented(_SCRIPT.replace("COMMAND", shell(command)), 10).rstrip("\n"),
            reports=yaml_text(plan.reports or "reports"),
        )
    }


def requirement(plan: Plan) -> str:
    """What pip installs: the release that made the unit, with what tells of a scan."""
    return f"entra-saml-auditor[notify]=={plan.version}"
