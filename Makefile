# make demo   the main job on sample data          make test   the tests
# Each does its own set-up in .venv from a bare Python 3.11+; a second run is quick.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
DEMO := demo.lstm
# one process of tests a core; each begins with its share of the files, and takes from the other's when it is done
TOGETHER := -n auto --dist worksteal

.PHONY: demo test test-slow test-lowest cover lint bench docs clean

demo: $(VENV)/.run
	rm -rf $(DEMO)
	$(BIN)/lstmprep window sample_data/sunspots.csv --time YEAR --target SUNACTIVITY --timesteps 10 -o $(DEMO)
	@echo
	@ls -l $(DEMO)
	@echo
	@$(BIN)/python -c "import lstmprep; d = lstmprep.load('$(DEMO)'); print('X[0] =', d.X[0, :, 0].tolist()); print('y[0] =', d.y[0].tolist()); print(d.index().slice(0, 3))"

test: $(VENV)/.dev
	$(BIN)/python -m pytest -m "not slow" -q $(TOGETHER)

# doctests are none of the slow ones, and need not be looked through for them
SLOW := slow

test-slow: $(VENV)/.frameworks
	KERAS_BACKEND=torch $(BIN)/python -m pytest -m "$(SLOW)" -q $(TOGETHER) tests

# every branch of the core is taken by a test of the core; tests/gate.py says which rooms are none of it.
# A glance, always the same one: a branch that a property may or may not draw has a case of its own.
GLANCE := --hypothesis-profile glance --hypothesis-seed 0

cover: $(VENV)/.dev
	$(BIN)/python -m pytest -m "not slow" -q $(TOGETHER) $(GLANCE) --cov --cov-branch --cov-report= tests/core lstmprep
	$(BIN)/python -m coverage report --omit="$$($(BIN)/python tests/gate.py)" --fail-under=100 --skip-covered

# all quick tests with the oldest libraries that pyproject.toml allows; what they draw is drawn a few times
test-lowest: .venv-lowest/.done
	.venv-lowest/bin/python -m pytest -m "not slow" -q $(TOGETHER) --hypothesis-profile glance -p no:cacheprovider

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	$(BIN)/python tests/benchmarks/bench.py $(if $(SMALL),--small)

docs: $(VENV)/.dev
	$(BIN)/python docs/make.py

clean:
	rm -rf $(VENV) .venv-lowest $(DEMO) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "make: lstmprep needs Python 3.11 or later; none was found" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml | $(VENV)/bin/python
	$(PIP) install -e .
	@$(BIN)/python -m compileall -q lstmprep
	@touch $@

$(VENV)/.dev: $(VENV)/.run pyproject.toml
	$(PIP) install "pip>=25.1"
	$(PIP) install --group dev
	@touch $@

$(VENV)/.frameworks: $(VENV)/.dev
	$(PIP) install --group frameworks
	@touch $@

.venv-lowest/.done: pyproject.toml tests/lowest.txt
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip --disable-pip-version-check --quiet install "pip>=25.1"
	.venv-lowest/bin/python -m pip --disable-pip-version-check --quiet install -e . --group test -c tests/lowest.txt
	@touch $@
