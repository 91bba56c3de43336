# Everything here works on a bare Debian 12, as root or with sudo, with no terminal; run `make help`.
# Each step leaves a stamp in .venv, so that a second run does nothing over again.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV   := .venv
AZCLI  := .venv-azcli
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
TYPED  := auditor tests benchmarks scripts

# The first interpreter that is new enough, whoever installed it; python3 is Debian's name for its own.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; \
	done)

# What WeasyPrint loads, with a font to fall back on.
NATIVE := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig-config fonts-dejavu-core
# What the tests run: a browser, the PDF tools, a shell linter, a database server, systemd-analyze.
NATIVE_TEST := chromium chromium-driver poppler-utils qpdf shellcheck postgresql jq systemd

.PHONY: help
help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: setup ## scan the sample tenants and write every report into demo-reports/
	$(BIN)/auditor demo --out demo-reports

.PHONY: test
test: setup-test ## run all tests, save those of test-loop
	$(BIN)/pytest -n auto --dist worksteal --ignore tests/remedy_loop

.PHONY: test-loop
test-loop: setup-test $(AZCLI)/.stamp ## apply and take back every remedy with the real Azure CLI (takes minutes)
	$(BIN)/pytest -n 2 tests/remedy_loop

# Microsoft's own client in an environment of its own: its pins conflict with ours. Some 700 MB.
.PHONY: azcli
azcli: $(AZCLI)/.stamp ## install the Azure CLI that test-loop runs

$(AZCLI)/.stamp: requirements-azcli.lock | $(BIN)/python
	$(BIN)/python -m venv $(AZCLI)
	$(AZCLI)/bin/python -m pip --disable-pip-version-check --quiet install \
		--no-deps --require-hashes --requirement requirements-azcli.lock
	@touch $@

.PHONY: check
check: $(VENV)/.stamp-dev ## lint, formatting, types, and which room may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports --no-cache --no-logo

.PHONY: audit
audit: $(VENV)/.stamp-dev ## ask for known vulnerabilities of what the locks pin, where the advisory service is reached
	$(BIN)/python scripts/audit.py $(BIN)/pip-audit requirements.lock requirements-dev.lock requirements-azcli.lock

.PHONY: bench
bench: setup-test ## measure, each figure beside something that is run in the same call
	$(BIN)/python -m benchmarks.run

.PHONY: bench-compare
bench-compare: setup-test ## measure again, and hold the ratios against those of benchmarks/results
	$(BIN)/python -m benchmarks.run --compare

.PHONY: sweep
sweep: setup-test ## fail every request, and spoil every property, of the sample tenants' scans (half an hour or more on two cores)
	AUDITOR_SWEEP=1 $(BIN)/pytest -n auto --dist worksteal --timeout 0 tests/faults/test_nth_request.py tests/faults/test_spoilt_answers.py

.PHONY: mutants
mutants: setup-test ## change the code where it decides, one place at a time, and see that a test notices (takes hours)
	$(BIN)/python -m tests.mutation.run

.PHONY: soak
soak: setup-test ## 10,000 scans of a tenant with faults by chance: memory, file handles and threads stay flat
	PYTHONPATH=. $(BIN)/python benchmarks/soak.py

.PHONY: bench-derive
bench-derive: $(VENV)/.stamp-run ## how often the tutorial parser takes from a page what a reader does
	$(BIN)/python benchmarks/derive.py

.PHONY: samples
samples: setup ## write sample_reports/ again, byte for byte the same from the same code
	$(BIN)/python scripts/samples.py

.PHONY: pictures
pictures: setup-test ## draw the README's pictures from the PDFs in sample_reports/
	$(BIN)/python scripts/samples.py --pictures docs

# No lock names an index, a host or a path of the machine that made it. --universal: one file for
# every platform and every Python from 3.11; fewest: one version of each package on all of them.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --upgrade \
	--generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links
LOCK := $(COMPILE) pyproject.toml
AZURE_CLI := azure-cli==2.91.0

.PHONY: lock
lock: $(BIN)/python ## resolve the dependencies anew into the hashed lock files
	$(PIP) install 'uv>=0.13'
	$(LOCK) --extra build --output-file requirements.lock
	$(LOCK) --extra build --extra notify --extra postgres --constraints requirements.lock \
		--output-file requirements-server.lock
	$(LOCK) --extra build --extra dev --constraints requirements-server.lock --output-file requirements-dev.lock
	echo '$(AZURE_CLI)' | $(COMPILE) - --output-file requirements-azcli.lock

.PHONY: setup
setup: native $(VENV)/.stamp-run ## install what the program needs (apt and .venv)

.PHONY: setup-test
setup-test: setup native-test $(VENV)/.stamp-dev ## install what the tests need besides

.PHONY: native
native:
	@scripts/apt-need $(NATIVE)

.PHONY: native-test
native-test: native
	@scripts/apt-need $(NATIVE_TEST)

# Debian packs the venv module's half (ensurepip) by itself; other interpreters bring it along.
$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then scripts/apt-need python3 python3-venv; \
	elif ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then scripts/apt-need python3-venv; fi
	@python=$(or $(PYTHON),python3); $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; say which with: make PYTHON=/path/to/python3" >&2; exit 1; }; \
		rm -rf $(VENV) && $$python -m venv $(VENV)

# The project itself is installed from where it stands, with the build tool of the lock.
$(VENV)/.stamp-run: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install --no-deps --require-hashes --requirement requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.stamp-dev: requirements-dev.lock $(VENV)/.stamp-run
	$(PIP) install --no-deps --require-hashes --requirement requirements-dev.lock
	@touch $@

.PHONY: clean
clean: ## remove what was built or cached, both .venv and demo-reports/ too
	rm -rf $(VENV) $(AZCLI) build dist demo-reports .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find auditor tests benchmarks scripts -name __pycache__ -prune -exec rm -rf {} +
