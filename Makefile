# make run   sets everything up and opens the app
# make test  sets everything up and runs all checks
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
# Hundreds of processes are started, each of which would compile the app anew where no bytecode may be written.
TESTING := PYTHONDONTWRITEBYTECODE=

.PHONY: run test lint types layers unit browser pictures verify clean

run: $(VENV)/.app
	$(BIN)/python -m app serve --port $(PORT)

test: $(VENV)/.tests lint types layers unit browser

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "TrendLab needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.tests: tests/requirements.txt $(VENV)/.app
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@

lint: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.tests
	$(BIN)/mypy

layers: $(VENV)/.tests
	PYTHONPATH=. $(BIN)/lint-imports

# One thread a process: the tests of small models spend their time waiting for each other otherwise. Files go out in the
# order of their names: by the number of their tests, the longest ones, which have few, would be waited for at the end.
unit: $(VENV)/.tests
	$(TESTING) OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore tests/e2e

browser: $(VENV)/.tests
	$(TESTING) $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder tests/e2e

# The pictures of the documents, taken anew.
pictures: $(VENV)/.tests
	PYTHONPATH=. $(BIN)/python tests/e2e/take_pictures.py

# Every recorded result anew, which takes hours of a machine that does nothing else.
verify: $(VENV)/.tests
	$(BIN)/python tests/verify.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
