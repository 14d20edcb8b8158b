# Renvoi's development tasks. `make` alone lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.SUFFIXES:
# The tests start some hundred processes. Without bytecode each of them would compile Renvoi, and each worker the tests.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
# The virtual environment in which everything runs.
VENV ?= .venv
CHROMIUM ?= /usr/bin/chromium
# Number of test processes; that of the unit tests, which wait for servers and databases more than they compute.
WORKERS ?= 2
UNIT_WORKERS ?= 3
# A PostgreSQL server on which the tests create their databases, as a connection URI of libpq.
POSTGRESQL ?= postgresql://127.0.0.1:5432/postgres
# Number of crashes that `make faults` causes on each engine.
ROUNDS ?= 3
# What `make api-fuzz` sends.
CASES ?= 10000
SEED ?= 1
# Options for `make lock`, such as --upgrade or --upgrade-package=django.
LOCK ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input
PYTEST := $(BIN)/python -m pytest -q
RUNS := $(VENV)/.installed-to-run
WORKS := $(VENV)/.installed-to-work
# The tests without a browser. Each process takes a run of modules: a server that a module shares is started once.
UNIT_TESTS := --dist worksteal -m "not browser and not faults" --ignore=tests/browser --ignore=tests/faults
# Packages whose tests use no database: they are not even collected for PostgreSQL.
PURE := architecture domain exports geo guide tools visitor web
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard src/renvoi/locale/*/LC_MESSAGES/*.po))
GUIDE := src/renvoi/console/templates/guide/outline.json
WORLD_MAP := src/renvoi/console/world_map.json
MADE := $(CATALOGUES) $(GUIDE) $(WORLD_MAP)
COMPILE := $(BIN)/uv --directory requirements pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

.PHONY: help demo test check style types templates catalogues rules unit pythons unit-postgresql coverage faults browser bench api-fuzz lighthouse programs messages guide sbom lock clean

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(RUNS) $(MADE) ## run Renvoi with sample partners (PORT, RENVOI_DATA_DIR, RENVOI_DEMO_PASSWORD)
	@exec $(BIN)/renvoi demo

test: programs check unit unit-postgresql faults browser ## run all checks and tests; every change must pass them

check: style types templates catalogues rules ## run the static checks: style, types, templates, catalogues, architecture (make -k check: all of them)

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

unit: $(WORKS) $(MADE) ## run the tests that need no browser
	@TEST_POSTGRESQL='$(POSTGRESQL)' $(PYTEST) -n $(UNIT_WORKERS) $(UNIT_TESTS) --ignore=tests/architecture

pythons: | $(BIN)/python ## run check and unit on each Python version in pyproject.toml that is installed (also by pyenv)
	@$(BIN)/python -m tools.pythons

# Without a server at the default address, the tests are skipped with a message. With an explicit POSTGRESQL, it fails.
unit-postgresql: $(WORKS) $(MADE) ## repeat the tests that depend on the database on PostgreSQL (POSTGRESQL=postgresql://...)
	@if $(BIN)/python -c 'import psycopg, sys; psycopg.connect(sys.argv[1], connect_timeout=3)' '$(POSTGRESQL)' 2>/dev/null; then \
	  TEST_DATABASE_URL='$(POSTGRESQL)' $(PYTEST) -n $(UNIT_WORKERS) $(UNIT_TESTS) $(PURE:%=--ignore=tests/%); \
	elif test '$(origin POSTGRESQL)' = file; then \
	  echo "LEFT OUT: the tests on PostgreSQL; no server accepts a connection at 127.0.0.1:5432. Set POSTGRESQL=postgresql://... to use another."; \
	else \
	  echo "The tests on PostgreSQL can't run: no server accepts a connection at the address in POSTGRESQL." >&2; exit 1; \
	fi

coverage: $(WORKS) $(MADE) ## run the unit tests and report branches that they do not cover
	@$(PYTEST) -n $(UNIT_WORKERS) $(UNIT_TESTS) --cov --cov-report=term-missing:skip-covered --cov-report=xml --cov-fail-under=95

faults: $(WORKS) $(MADE) programs ## run the tests that kill, disconnect and starve real servers (ROUNDS=200: a long run)
	@ROUNDS=$(ROUNDS) $(PYTEST) -n $(WORKERS) --dist worksteal -m faults tests/faults

browser: $(WORKS) $(MADE) programs ## run the browser tests in Chromium and Firefox (FULL=1: every combination)
	@CHROMIUM=$(CHROMIUM) $(PYTEST) -n $(WORKERS) --dist loadfile -m browser

bench: $(WORKS) $(MADE) programs ## measure the speed against references (takes minutes)
	@$(BIN)/python -m tools.measure_list
	@$(BIN)/python -m tools.measure_api
	@$(BIN)/python -m tools.measure_exports
	@$(BIN)/python -m tools.measure_import
	@$(BIN)/python -m tools.measure_geo
	@$(BIN)/python -m tools.measure_consequences
	@CHROMIUM=$(CHROMIUM) $(BIN)/python -m tools.measure_search
	@$(BIN)/python -m tools.bench --postgresql "$(POSTGRESQL)"

api-fuzz: $(WORKS) $(MADE) ## send generated requests to the API on SQLite, or on the server at POSTGRESQL=... (CASES, SEED)
	@TEST_DATABASE_URL='$(if $(filter-out file,$(origin POSTGRESQL)),$(POSTGRESQL))' \
	  $(BIN)/python -m tools.fuzz_api --cases $(CASES) --seed $(SEED)

# Lighthouse is installed for the run from npm, or is the program LIGHTHOUSE=...
lighthouse: $(WORKS) $(MADE) programs ## run Lighthouse on each page of a visitor (takes minutes; needs Node 18 or newer)
	@CHROMIUM=$(CHROMIUM) $(BIN)/python -m tools.lighthouse

programs: | $(BIN)/python ## install the programs that tests and bench need, from Debian's packages (as root; otherwise list them)
	@CHROMIUM=$(CHROMIUM) $(BIN)/python -m tools.programs

messages: $(RUNS) ## update the message catalogues from templates and code
	@$(BIN)/python -m tools.messages update
	@$(BIN)/python -m tools.messages compile

guide: $(GUIDE) ## build the pages of the user's guide from docs/guide

# Two environments of their own: what Renvoi runs with, and the program that lists it.
sbom: | $(BIN)/python ## write the packages that Renvoi runs with as a CycloneDX SBOM, and check their licences
	@rm -rf .venv-sbom && $(PYTHON) -m venv .venv-sbom/runs && $(PYTHON) -m venv .venv-sbom/lists
	@.venv-sbom/runs/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/base.txt
	@.venv-sbom/runs/bin/python -m pip uninstall --quiet --yes pip setuptools
	@.venv-sbom/lists/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/sbom.txt
	@.venv-sbom/lists/bin/python -m tools.sbom .venv-sbom/runs
	@rm -rf .venv-sbom

lock: $(WORKS) ## pin the requirements in requirements/*.in (LOCK=--upgrade)
	$(COMPILE) $(LOCK) base.in -o base.txt
	$(COMPILE) $(LOCK) -c base.txt dev.in -o dev.txt
	$(COMPILE) $(LOCK) sbom.in -o sbom.txt

clean: ## remove everything that is built here, but not the data
	rm -rf .venv .venv-3.* .venv-sbom .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* coverage.xml dist test-results
	find src tests tools -name __pycache__ -prune -exec rm -rf {} +
	find src -name '*.mo' -delete
	rm -rf src/renvoi/console/templates/guide $(WORLD_MAP)

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Renvoi needs Python 3.11 or newer, and there is no $(PYTHON). Set PYTHON=... to use another." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Renvoi needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -V 2>&1). Set PYTHON=... to use another." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) lacks the modules venv and ensurepip; on Debian they are in the package python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(RUNS): requirements/base.txt pyproject.toml tools/build_hook.py | $(BIN)/python
	@echo "Installing what Renvoi needs to run, in $(VENV) (once)"
	@$(PIP) install --no-deps --require-hashes -r requirements/base.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(PIP) check
	@touch $@

$(WORKS): requirements/dev.txt $(RUNS)
	@echo "Installing the development tools, in $(VENV) (once)"
	@$(PIP) install --no-deps --require-hashes -r requirements/dev.txt
	@$(PIP) check
	@touch $@

%.mo: %.po | $(RUNS)
	@$(BIN)/python -m tools.messages compile

$(GUIDE): tools/guide.py $(wildcard docs/guide/*/*.md) | $(RUNS)
	@$(BIN)/python -m tools.guide

$(WORLD_MAP): $(wildcard tools/world_map/*.py) requirements/base.txt | $(RUNS)
	@$(BIN)/python -m tools.world_map
