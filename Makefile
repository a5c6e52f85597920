# Every target works on a fresh machine: it makes .venv first, and takes what apt can bring.
# Variables: PYTHON=python3.12 · SAMPLES=100000 · WORKERS=4 · SEED=7 · LEDGER=runs/mine.sqlite

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON  ?= python3
SAMPLES ?= 200000
WORKERS ?= $(shell getconf _NPROCESSORS_ONLN)
SEED    ?= 7
LEDGER  ?= runs/verify.sqlite

VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist worksteal

.PHONY: help setup system verify test test-fast lint types rocq book bench clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

setup: $(READY) ## the environment, and what cannot be checked in it
	$(BIN)/locality doctor

verify: $(READY) ## the campaign: randomised and real attention against every bound, then a report
	$(BIN)/locality verify --samples $(SAMPLES) --seed $(SEED) --workers $(WORKERS) --ledger $(LEDGER)

test: lint types rocq book ## everything: lint, types, proofs, the book, then all tests
	LOCALITY_BOOK=build/book $(PYTEST)

test-fast: $(READY) ## the tests of an edit: two minutes, no compiler, no browser
	$(PYTEST) -m "not slow and not browser and not rocq" --hypothesis-profile=edit

lint: $(READY) ## style
	$(BIN)/ruff check --output-format=concise .
	$(BIN)/ruff format --check .

types: $(READY) ## mypy on the built wheel, and on a small program that uses it
	rm -rf build/types
	$(BIN)/pip wheel -q --no-deps --no-build-isolation -w build/types .
	$(BIN)/pip install -q --no-deps --target build/types/site build/types/*.whl
	cp tests/packaging/consumer.py build/types
	cd build/types && ../../$(BIN)/mypy --config-file ../../pyproject.toml site/locality consumer.py

rocq: $(READY) ## the machine-checked proofs, their assumptions and their match with the claims
	$(BIN)/locality prove

book: $(READY) ## the book, as HTML in build/book
	$(BIN)/locality book --out build/book

bench: $(READY) ## the speed of this machine, beside what people run today
	$(BIN)/locality bench campaign --out runs/bench-campaign.json
	$(BIN)/locality bench kernels --out runs/bench-kernels.json --plot runs/bench-kernels.svg
	$(BIN)/locality bench localization --out runs/bench-localization.json
	$(BIN)/locality bench expressivity --out runs/bench-expressivity.json

clean: ## what was built; the environment and the ledgers stay
	rm -rf build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache
	find theory \( -name '*.vo*' -o -name '*.glob' -o -name '.*.aux' \) -delete

$(READY): pyproject.toml setup.py constraints.txt | system
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -c constraints.txt -e '.[all]'
	touch $@

system:
	@PYTHON=$(PYTHON) .ci/system-packages
