# What a person types. `make` alone lists it. Needs Python 3.11 or newer, make, and the package registries.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= python3
# Handed on to what the target starts: make run ARGS='--people 5000'
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
# Tools such as buf find their plug-ins, and each other, in the project's own environment first.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

INSTALLED := $(VENV)/.installed
FAST_TESTS := $(wildcard tests/unit tests/contract tests/architecture)
BASELINE := protos/baseline.binpb

# The linkers that `make quality` compares with are large, and nothing else needs them: an environment of their own.
QUALITY := .local/quality
QUALITY_INSTALLED := $(QUALITY)/.installed

COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

##@ Use it

.PHONY: run
run: setup ## Start Kafka, the store and the four services, send a simulated town through them; Ctrl-C stops
	@$(BIN)/python -m localstack run $(ARGS)

.PHONY: demo
demo: setup ## As run, but ends by itself: exit status 0 once everything is processed and checked
	@$(BIN)/python -m localstack demo $(ARGS)

.PHONY: clean-data
clean-data: $(INSTALLED) ## Forget the data of earlier runs; what was installed stays
	@$(BIN)/python -m localstack clean-data

.PHONY: setup
setup: $(INSTALLED) ## Install everything into .venv and .local; quick when that is done
	@$(BIN)/python -m localstack setup

.PHONY: fast-store
fast-store: $(INSTALLED) ## Build the faster document store with cargo (minutes); later runs use it
	@$(BIN)/python -m localstack fast-store

##@ Check it

TEST_STEPS := setup format-check ruff import-contracts buf-lint buf-breaking drift types fast-tests integration e2e

.PHONY: test
test: ## Install, then run every check and test; the first failure stops
	@for step in $(TEST_STEPS); do \
		printf '\n==> %s (%d s)\n' "$$step" "$$SECONDS"; \
		$(MAKE) "$$step" || { printf '\n==> %s failed after %d s\n' "$$step" "$$SECONDS" >&2; exit 1; }; \
	done; \
	printf '\n==> all of it passed in %d s\n' "$$SECONDS"

.PHONY: lint
lint: format-check ruff import-contracts buf-lint ## Formatting, ruff, import contracts, protos' style

.PHONY: types
types: $(INSTALLED) ## Type-check services, deploy, protos and tests with mypy
	@$(BIN)/mypy

.PHONY: protos-check
protos-check: buf-lint buf-breaking drift ## Protos: style, breaking changes against the baseline, drift of generated code

.PHONY: unit
unit: $(INSTALLED) ## Tests of one part at a time
	@$(BIN)/pytest -n 2 tests/unit $(ARGS)

.PHONY: contract
contract: $(INSTALLED) ## Tests that every adapter of a port must pass
	@$(BIN)/pytest tests/contract $(ARGS)

.PHONY: integration
integration: setup ## Tests with a real Kafka and a real store
	@$(BIN)/pytest tests/integration $(ARGS)

.PHONY: e2e
e2e: setup ## Tests of the whole system: real input, killed and paused workers, outages
	@$(BIN)/pytest tests/e2e $(ARGS)

.PHONY: bench
bench: setup ## Measure the pipeline and the look-ups on this machine, broker and store included
	@$(BIN)/python -m tests.benchmarks $(ARGS)

.PHONY: quality
quality: $(QUALITY_INSTALLED) ## Measure how well the engine links, beside Splink and recordlinkage, and how fast
	@PYTHONPATH=services:protos/gen:. $(QUALITY)/bin/python -m tests.quality $(ARGS)

##@ Change it

.PHONY: format
format: $(INSTALLED) ## Format Python and protos
	@$(BIN)/ruff check --quiet --select I --fix
	@$(BIN)/ruff format
	@cd protos && buf format --write

.PHONY: protos
protos: $(INSTALLED) ## Format the protos and generate Python from them
	@cd protos && buf format --write
	@$(BIN)/python protos/generate.py

.PHONY: protos-baseline
protos-baseline: $(INSTALLED) ## At a release: what breaking changes are measured against from now on
	@cd protos && buf build --exclude-source-info --output $(notdir $(BASELINE))

.PHONY: lock
lock: $(INSTALLED) ## Remake the lock files from pyproject.toml; ARGS=--upgrade takes newer versions
	@$(COMPILE) --extra local --extra reports --extra dev --output-file requirements.lock $(ARGS)
	@$(COMPILE) --extra quality --constraints requirements.lock --output-file requirements-quality.lock $(ARGS)

.PHONY: clean
clean: ## Remove .venv and every cache; .local (data, Kafka, store) stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
	@find . -path ./.local -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The steps of lint, protos-check and test that nobody needs to type.
.PHONY: format-check ruff import-contracts buf-lint buf-breaking drift fast-tests

format-check: $(INSTALLED)
	@$(BIN)/ruff format --check || { echo 'make format repairs that' >&2; exit 1; }
	@cd protos && buf format --diff --exit-code

ruff: $(INSTALLED)
	@$(BIN)/ruff check

import-contracts: $(INSTALLED)
	@$(BIN)/lint-imports --no-logo

buf-lint: $(INSTALLED)
	@cd protos && buf lint

buf-breaking: $(INSTALLED)
	@cd protos && buf breaking --against $(notdir $(BASELINE))

drift: $(INSTALLED)
	@$(BIN)/python protos/generate.py --check
	@$(BIN)/python protos/examples.py --check

fast-tests: $(INSTALLED)
	@$(BIN)/pytest -n 2 $(FAST_TESTS) $(ARGS)

# Every package by its hash, then the project itself; hatchling, which builds it, is among the packages.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is not there or older than 3.11; name another: make setup PYTHON=python3.12" >&2; exit 1; }
	@echo 'Installing the locked packages into $(VENV)'
	@test -x $(BIN)/python -a -f $(BIN)/activate || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(QUALITY_INSTALLED): requirements-quality.lock
	@echo 'Installing the linkers to compare with into $(QUALITY)'
	@test -x $(QUALITY)/bin/python || $(PYTHON) -m venv $(QUALITY)
	@$(QUALITY)/bin/python -m pip install --quiet --require-hashes --requirement requirements-quality.lock
	@touch $@
