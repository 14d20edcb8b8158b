# Renvoi. `make` alone says what can be asked for.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.SUFFIXES:

PYTHON ?= python3
# The virtual environment that everything runs in.
VENV ?= .venv
CHROMIUM ?= /usr/bin/chromium
# Tests run side by side.
WORKERS ?= 2
# Where a PostgreSQL may be on which tests make databases of their own; as libpq reads addresses.
POSTGRESQL ?= postgresql://127.0.0.1:5432/postgres
# How many crashes `make faults` makes on each engine.
ROUNDS ?= 3
# What `make lock` adds, such as --upgrade or --upgrade-package=django.
LOCK ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input
PYTEST := $(BIN)/python -m pytest -q
RUNS := $(VENV)/.installed-to-run
WORKS := $(VENV)/.installed-to-work
# Rooms whose tests ask no database.
PURE := architecture domain exports geo guide tools visitor web
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard src/renvoi/locale/*/LC_MESSAGES/*.po))
GUIDE := src/renvoi/console/templates/guide/outline.json
MADE := $(CATALOGUES) $(GUIDE)
COMPILE := $(BIN)/uv --directory requirements pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

.PHONY: help demo test check style types templates catalogues rules unit pythons unit-postgresql coverage faults browser bench programs messages guide lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(RUNS) $(MADE) ## Renvoi with sample partners, here (PORT, RENVOI_DATA_DIR, RENVOI_DEMO_PASSWORD)
	@exec $(BIN)/renvoi demo

test: programs check unit unit-postgresql faults browser ## everything that a change must pass

check: style types templates catalogues rules ## all that is checked without running the product (make -k check: to the end)

style: $(WORKS)
	@$(BIN)/ruff check --quiet --output-format concise .
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --check . | grep '^ *-->' ; echo "Run $(BIN)/ruff format ."; exit 1; }

types: $(WORKS)
	@$(BIN)/mypy --no-error-summary

templates: $(WORKS)
	@find src/renvoi -path '*/templates/*' -name '*.html' ! -path '*/visitor/*' -exec $(BIN)/djade --check --target-version 5.2 {} +

catalogues: $(RUNS)
	@$(BIN)/python -m tools.messages check

# Imports, sizes, markup, requirements, names, documents, migrations, Django's own checks.
rules: $(WORKS) $(MADE)
	@$(PYTEST) -n $(WORKERS) tests/architecture

unit: $(WORKS) $(MADE) ## the tests that need no browser
	@$(PYTEST) -n $(WORKERS) -m "not browser and not faults" --ignore=tests/architecture

pythons: | $(BIN)/python ## check and unit on each Python that pyproject.toml names, where it is installed (pyenv's too)
	@$(BIN)/python -m tools.pythons

# Where nobody said that there is one, and there is none, they are left out; aloud.
unit-postgresql: $(WORKS) $(MADE) ## those of them that ask a database, on PostgreSQL (POSTGRESQL=postgresql://...)
	@if $(BIN)/python -c 'import psycopg, sys; psycopg.connect(sys.argv[1], connect_timeout=3)' '$(POSTGRESQL)' 2>/dev/null; then \
	  TEST_DATABASE_URL='$(POSTGRESQL)' $(PYTEST) -n $(WORKERS) -m "not browser and not faults" $(PURE:%=--ignore=tests/%); \
	elif test '$(origin POSTGRESQL)' = file; then \
	  echo "LEFT OUT: the tests on PostgreSQL; none lets us in at 127.0.0.1:5432. Say where one is with POSTGRESQL=postgresql://..."; \
	else \
	  echo "The tests on PostgreSQL can't be run: none lets us in at the address that POSTGRESQL names." >&2; exit 1; \
	fi

coverage: $(WORKS) $(MADE) ## the same, with the branches that they leave out
	@$(PYTEST) -n $(WORKERS) -m "not browser and not faults" --cov --cov-report=term-missing:skip-covered --cov-report=xml --cov-fail-under=95

faults: $(WORKS) $(MADE) programs ## kills, cuts off and starves real servers; nothing is lost (ROUNDS=200: for long)
	@ROUNDS=$(ROUNDS) $(PYTEST) -m faults tests/faults

browser: $(WORKS) $(MADE) programs ## whole journeys in Chromium (FULL=1: every combination)
	@CHROMIUM=$(CHROMIUM) $(PYTEST) -n $(WORKERS) --dist loadfile -m browser

bench: $(WORKS) $(MADE) programs ## how fast it is (takes minutes)
	@$(BIN)/python -m tools.measure_list
	@$(BIN)/python -m tools.measure_exports
	@CHROMIUM=$(CHROMIUM) $(BIN)/python -m tools.measure_search
	@$(BIN)/python -m tools.bench --postgresql "$(POSTGRESQL)"

programs: | $(BIN)/python ## what tests and bench run besides, from Debian's packages (as root; else says what is left out)
	@CHROMIUM=$(CHROMIUM) $(BIN)/python -m tools.programs

messages: $(RUNS) ## bring the catalogues in step with templates and code
	@$(BIN)/python -m tools.messages update
	@$(BIN)/python -m tools.messages compile

guide: $(GUIDE) ## the pages of Aide from docs/guide

lock: $(WORKS) ## pin what requirements/*.in ask for (LOCK=--upgrade)
	$(COMPILE) $(LOCK) base.in -o base.txt
	$(COMPILE) $(LOCK) -c base.txt dev.in -o dev.txt

clean: ## remove all that is made here, except the data
	rm -rf .venv .venv-3.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* coverage.xml dist test-results
	find src tests tools -name __pycache__ -prune -exec rm -rf {} +
	find src -name '*.mo' -delete
	rm -rf src/renvoi/console/templates/guide

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Renvoi needs Python 3.11 or newer, and there is no $(PYTHON); say which to use with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Renvoi needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -V 2>&1); say which to use with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) lacks the modules venv and ensurepip; on Debian they are in the package python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(RUNS): requirements/base.txt pyproject.toml tools/build_hook.py | $(BIN)/python
	@echo "Installing what Renvoi runs on, in $(VENV) (once)"
	@$(PIP) install --no-deps --require-hashes -r requirements/base.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(PIP) check
	@touch $@

$(WORKS): requirements/dev.txt $(RUNS)
	@echo "Installing what work on Renvoi needs besides, in $(VENV) (once)"
	@$(PIP) install --no-deps --require-hashes -r requirements/dev.txt
	@$(PIP) check
	@touch $@

%.mo: %.po | $(RUNS)
	@$(BIN)/python -m tools.messages compile

$(GUIDE): tools/guide.py $(wildcard docs/guide/*/*.md) | $(RUNS)
	@$(BIN)/python -m tools.guide
