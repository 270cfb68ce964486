# Tenantry. `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Python 3.13: on PATH, or in a version manager's own folders (a shim on PATH may answer "command not found").
PYTHON := $(shell for p in python3.13 \
    "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.13*/bin/python3.13 \
    "$$HOME"/.local/share/uv/python/cpython-3.13*/bin/python3.13 \
    "$$HOME"/.asdf/installs/python/3.13*/bin/python3.13 \
    "$$HOME"/.local/share/mise/installs/python/3.13*/bin/python3.13 \
    /opt/python/3.13*/bin/python3.13 /usr/local/bin/python3.13 /opt/homebrew/bin/python3.13; do \
    if "$$p" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; then \
      "$$p" -c 'import sys; print(sys.executable)'; break; fi; done)

PY := .venv/bin/python
SAM := .venv-sam/bin/sam
STAGE ?= dev
export SAM_CLI_TELEMETRY := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# `sam build` looks for the runtime's own interpreter on PATH.
export PATH := $(dir $(PYTHON)):$(PATH)

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# --- environments -----------------------------------------------------------------------------------------------

.PHONY: python
python:
	@if [ -z "$(PYTHON)" ]; then echo "Tenantry needs Python 3.13 and found none on PATH or in pyenv, uv, asdf or mise folders: install it (for example 'pyenv install 3.13' or 'uv python install 3.13') and run make again." >&2; exit 1; fi

.venv/.ready: requirements/dev.txt layers/core/pyproject.toml layers/client/pyproject.toml cli/pyproject.toml | python
	@echo "Installing the development environment into .venv (the first time takes a minute or two) ..."
	@test -x $(PY) || "$(PYTHON)" -m venv .venv
	@$(PY) -m pip install --quiet --require-hashes -r requirements/dev.txt 2> >(grep -v '^WARNING: Location' >&2 || true)
	@PYTHONWARNINGS=ignore $(PY) -m pip install --quiet --no-deps --no-build-isolation -e layers/core -e layers/client -e cli 2> >(grep -v '^WARNING: Location' >&2 || true)
	@touch $@

.venv-sam/.ready: requirements/sam.txt | python
	@echo "Installing SAM CLI into .venv-sam ..."
	@test -x .venv-sam/bin/python || "$(PYTHON)" -m venv .venv-sam
	@.venv-sam/bin/python -m pip install --quiet --require-hashes -r requirements/sam.txt 2> >(grep -v '^WARNING: Location' >&2 || true)
	@touch $@

.venv-sagemaker/.ready: requirements/sagemaker.txt | python
	@echo "Installing the SageMaker SDK into .venv-sagemaker, for the test that talks to the local cloud as a stranger ..."
	@test -x .venv-sagemaker/bin/python || "$(PYTHON)" -m venv .venv-sagemaker
	@.venv-sagemaker/bin/python -m pip install --quiet --require-hashes -r requirements/sagemaker.txt 2> >(grep -v '^WARNING: Location' >&2 || true)
	@touch $@

.PHONY: install
install: .venv/.ready .venv-sam/.ready

# --- the local cloud --------------------------------------------------------------------------------------------

.PHONY: demo
demo: install  ## three acts, on this machine: no AWS account, no Docker, no Java (ACT=1, 2 or 3: one of them)
	@$(PY) -m local.demo $(if $(ACT),--act $(ACT))

.PHONY: up
up: install  ## start the local cloud and deploy the template into it; writes .local/env (REGIONS="us-east-1 eu-west-1": two of them)
	@$(PY) -m local.up $(if $(REGIONS),--regions $(REGIONS))

.PHONY: down
down:  ## stop the local cloud; nothing is left running
	@if [ -x $(PY) ]; then $(PY) -m local.down; else echo "Nothing runs: the local cloud was never installed here."; fi

.PHONY: logs
logs: install  ## follow the logs of the functions and of the local cloud
	@$(PY) -m local.logs

# --- checks -----------------------------------------------------------------------------------------------------

.PHONY: test
test: lint .venv-sagemaker/.ready  ## everything: lint, then unit, flow, template, contract and end-to-end tests
	$(PY) -m pytest -n auto --dist loadgroup tests/unit tests/flows tests/template tests/contract
	$(PY) -m pytest tests/e2e

.PHONY: lint
lint: install  ## ruff, mypy, import rules, cfn-lint, sam validate, our own ASL and template rules
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy layers/core/tenantry layers/client/tenantry_client cli/tenantry_cli functions local
	.venv/bin/lint-imports --no-cache
	.venv/bin/cfn-lint template.yaml
	$(SAM) validate --lint --template template.yaml --region us-east-1
	$(PY) -m tests.template.asl_rules statemachines/*.asl.yaml

.PHONY: format
format: install  ## let ruff format and mend what it can
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

.PHONY: bench
bench: install  ## measure speed, memory and cost; JSON lines and a table; one of them: make bench ONLY=options
	$(PY) -m benchmarks $(ONLY)

STACK = $(shell $(PY) -c "import tomllib; print(tomllib.load(open('samconfig.toml', 'rb'))['$(STAGE)']['deploy']['parameters']['stack_name'])")

# --- AWS --------------------------------------------------------------------------------------------------------

.PHONY: build
build: install  ## sam build
	$(SAM) build

.PHONY: named
named: install
	@case "$(STACK)" in *[A-Z]*) echo "stack_name = \"$(STACK)\" in samconfig.toml has capital letters, and the ARNs of endpoints have none, so that no role would reach them: take lower case." >&2; exit 1;; esac

.PHONY: deploy
deploy: named build  ## deploy to your account: make deploy STAGE=dev
	$(SAM) deploy --config-env $(STAGE)

.PHONY: destroy
destroy: install  ## show and remove everything made at run time, then delete the stack: make destroy STAGE=dev
	.venv/bin/tenantry destroy --stack $(STACK) $(if $(YES),--yes,)
	$(SAM) delete --config-env $(STAGE) $(if $(YES),--no-prompts,)

# --- upkeep -----------------------------------------------------------------------------------------------------

.PHONY: pin
pin: .venv/.ready  ## compile requirements/*.in to hashed pins
	scripts/pin.sh

.PHONY: images
images: .venv-sagemaker/.ready  ## resolve serving image URIs with the SageMaker SDK
	.venv-sagemaker/bin/python scripts/resolve_images.py

.PHONY: clean
clean: down  ## remove environments, builds and local state
	rm -rf .local .aws-sam .venv .venv-sam .venv-sagemaker .mypy_cache .ruff_cache .pytest_cache
