# Needs Python 3.11 or newer, make and git. Everything else is installed into .venv.
PYTHON ?= python3
PYTEST_ARGS ?=

ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
CORE := .venv/.core
DEV := .venv/.dev

.DEFAULT_GOAL := help
.PHONY: help demo test lint format types unit docs generate validate intervals claims calibrate discrepancy sensitivity bench clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' $(MAKEFILE_LIST)

demo: $(CORE) ## compare every method on the example man; report in demo/report.html
	$(BIN)/tractus compare examples/wilke-man.yaml --out demo
	@echo "Open demo/report.html in a browser."

test: lint types unit ## all that must hold: style, types, tests, generated pages, documentation
	$(BIN)/python docs/generate.py --check
	$(BIN)/mkdocs build --strict --quiet --site-dir site

lint: $(DEV) ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(DEV) ## put style right where that can be done without thought
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(DEV) ## types
	$(BIN)/mypy

unit: $(DEV) ## tests alone; choose with PYTEST_ARGS="-m unit"
	$(BIN)/python -m pytest $(PYTEST_ARGS)

docs: generate ## build the documentation into site/index.html
	$(BIN)/mkdocs build --strict --quiet --site-dir site
	@echo "Open site/index.html in a browser."

generate: $(DEV) ## write the generated pages anew
	$(BIN)/python docs/generate.py

validate: $(DEV) ## run every published experiment and write the record on docs/validation.md anew
	$(BIN)/tractus validate --json docs/records/validation.json
	$(BIN)/python docs/generate.py

intervals: $(DEV) ## run the published experiments on draws of what is not known: 90 % intervals
	$(BIN)/tractus validate --samples 16 --json docs/records/intervals.json
	$(BIN)/python docs/generate.py

claims: $(DEV) ## test every claim and write the record on docs/claims.md anew
	$(BIN)/tractus claims --json docs/records/claims.json
	$(BIN)/python docs/generate.py

calibrate: $(DEV) ## fit the free parameters to the calibration experiments, and keep the result
	$(BIN)/python benchmarks/calibrate.py

discrepancy: $(DEV) ## fit how much the model misses to the calibration experiments
	$(BIN)/python benchmarks/discrepancy.py

sensitivity: $(DEV) ## rank what decides the main results and write docs/sensitivity.md anew
	$(BIN)/python benchmarks/sensitivity.py --write
	$(BIN)/python docs/generate.py

bench: $(DEV) ## measure against the budgets and write docs/performance.md
	$(BIN)/python benchmarks/run.py --write

clean: ## remove what these targets made
	rm -rf .venv site demo .mypy_cache .ruff_cache .pytest_cache

# Stamps: an installation is made once, and again when pyproject.toml changes.
.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Tractus needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

$(CORE): .venv/.made pyproject.toml
	@echo "Installing into .venv (a minute or two, once)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(DEV): .venv/.made pyproject.toml
	@echo "Installing into .venv with the tools of development (a minute or two, once)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $(CORE) $@
