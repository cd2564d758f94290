# `make demo` and `make test` are all that a newcomer needs. Both make .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Real data for tests that want it; they are skipped with a reason where there is none.
GRAPHCLUST_DATA ?= $(if $(wildcard ../shared/data),$(abspath ../shared/data),)
export GRAPHCLUST_DATA

.PHONY: help demo test lint slow bench-gpu readme clean

help:
	@echo "make demo     cluster three small data sets that need no download; a table and reports"
	@echo "make test     lint, types and every test but the slow ones; minutes"
	@echo "make slow     the slow tests: published figures within a tolerance"
	@echo "make bench-gpu  message passing on a CUDA GPU beside cuSPARSE and PyG; minutes"
	@echo "make readme   write the README's table of methods anew"
	@echo "make clean    remove .venv and what was built"

demo: $(VENV)/.core
	$(BIN)/graphclust demo

# A test computes with one thread (tests/conftest.py), so that as many run at once as there are
# cores; each holds half a gigabyte, which is why four at most.
test: lint
	$(BIN)/python -m pytest -m "not slow" -n auto --maxprocesses 4 --dist worksteal

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow

bench-gpu: $(VENV)/.core
	$(BIN)/python -m graphclust.bench.gpu
	$(BIN)/python -m graphclust.bench.gpu --papers

readme: $(VENV)/.core
	$(BIN)/python tools/readme.py

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache

$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "graphclust needs Python 3.11 or later, and there is no '$(PYTHON)' here:"; \
	  echo "install it, or name it: make PYTHON=/path/to/python3.11 demo"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "graphclust needs Python 3.11 or later; '$(PYTHON)' is $$($(PYTHON) -V)."; \
	  echo "Name a later one: make PYTHON=/path/to/python3.11 demo"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "Python's venv module is missing: install it (Debian: apt install python3-venv)"; exit 1; }
	@touch $@

$(VENV)/.core: $(VENV)/.python pyproject.toml setup.py constraints.txt
	@echo "installing graphclust and the versions in constraints.txt into $(VENV) (minutes, once)"
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e . || { $(NO_INSTALL); }
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[dev]" || { $(NO_INSTALL); }
	@touch $@

define NO_INSTALL
echo "graphclust could not be installed; pip's message is above. Without a network, point pip at a"; \
echo "mirror (PIP_INDEX_URL) or at a folder of wheels (PIP_FIND_LINKS), and run make again."; exit 1
endef
