# The front door. `make help` lists the targets; everything is installed into .venv of this clone.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python
# a house is many processes: what the first of them compiled, the others take, whatever the caller's shell says
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ── setting up ───────────────────────────────────────────────────────────────────────────────────
LOCKED := --require-hashes --no-deps

.venv/installed: requirements/dev.txt
	@echo "installing what is locked in requirements/dev.txt into .venv (once, half a minute)"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' $< > .venv/installer.txt
	@$(BIN)/python -m pip install $(LOCKED) --quiet --disable-pip-version-check -r .venv/installer.txt
	@$(BIN)/uv pip install $(LOCKED) --quiet --no-cache --python $(BIN)/python -r $< || { \
	  echo "uv could not; pip takes a minute or two, but knows the mirrors of a company"; \
	  $(BIN)/python -m pip install $(LOCKED) --quiet --disable-pip-version-check -r $<; }
	@touch $@

.PHONY: setup lock
setup: .venv/installed ## install the locked requirements into .venv

lock: setup ## lock requirements/*.in again, with hashes
	@for name in base prod dev bench warehouse; do \
	  $(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 --no-header requirements/$$name.in -o requirements/$$name.txt $(LOCK); \
	done

# ── running ──────────────────────────────────────────────────────────────────────────────────────
.PHONY: demo run
demo: setup ## start everything, approve the sample rules, price the sample carts, stop everything
	@$(RUN) -m config.demo $(ARGS)

run: setup ## start everything and keep it running; prints addresses and fresh credentials
	@$(RUN) -m config.demo.welcome $(ARGS)

# ── testing ──────────────────────────────────────────────────────────────────────────────────────
.PHONY: test pytest test-browser lint catalogue
test: setup ## lint, types, contracts and every test but the browser's
	@$(MAKE) --no-print-directory -j2 lint pytest

pytest: setup
	@$(BIN)/pytest -q -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

test-browser: PAGES ?= tests/browser
test-browser: setup ## the browser tests, in Debian's chromium; PAGES= chooses files
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -q && apt-get install -qy --no-install-recommends chromium fonts-dejavu-core; }
	@$(BIN)/pytest -q -n 2 --dist loadfile $(PAGES) $(ARGS)

lint: setup ## ruff, mypy and the import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

catalogue: setup ## write the generated pages of docs/ again
	@$(RUN) manage.py write_catalogue

check-catalogue: setup ## fail when a generated page is stale
	@$(RUN) manage.py write_catalogue --check

-include tests/proofs/proofs.mk
-include tests/performance/bench.mk
