# One door to every task; `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TENANT ?= les-trois-moulins

.DEFAULT_GOAL := help
ASIDE := $(addprefix tests/sandbox/,test_grist.py test_images.py test_rudi.py test_sandbox.py \
	test_restore.py test_copies.py test_clone.py test_grist_kept.py)
MARKED := -m "sandbox and not torture" --durations=25 --durations-min=5
SIDE_BY_SIDE := $(MAKE) --no-print-directory --jobs=2 --output-sync=target

.PHONY: help demo check lint test torture bench clean
.PHONY: test-prepared test-products test-tenants

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): .ci/requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes --requirement .ci/requirements.lock
	$(BIN)/pip install --quiet --no-deps --editable .
	touch $@

demo: $(READY) ## A whole cloud on this machine, and a municipality on it (root)
	$(BIN)/orchestrator sandbox up
	$(BIN)/orchestrator onboard $(TENANT) --yes

lint: $(READY) ## Format, lint, types, import contracts, docstrings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy orchestrator stacks
	$(BIN)/lint-imports
	$(BIN)/interrogate --quiet orchestrator stacks

check: lint ## Everything that needs neither root nor network
	$(BIN)/pytest -m "not sandbox and not torture"

test: $(READY) ## Everything that can be proven here, on sandboxes of its own (root)
	@echo "two at a time, each shown when it has ended"
	$(SIDE_BY_SIDE) check test-prepared
	$(SIDE_BY_SIDE) test-products test-tenants

test-prepared: $(READY)
	$(BIN)/orchestrator sandbox prepare

test-products: $(READY)
	ORCHESTRATOR_TESTS_SANDBOX=tests-products $(BIN)/pytest $(MARKED) $(ASIDE)

test-tenants: $(READY)
	$(BIN)/pytest $(MARKED) $(addprefix --ignore=,$(ASIDE))

torture: $(READY) ## What takes hours: each fault, losses, kills at random ORCHESTRATOR_SEEDS times (root)
	$(BIN)/pytest -m torture

bench: $(READY) ## Speed and memory, as figures and ratios (root)
	$(BIN)/python -m tests.bench

clean: ## Remove what the tasks made in this folder
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist
