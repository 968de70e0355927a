# Two commands: `make run` and `make test`. Each sets up .venv first when requirements have changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VLLM := .vllm
# The address of an index with CPU builds of torch, which `make test-vllm` needs where pip knows none.
TORCH_INDEX ?=
# Workers share the files; tests/conftest.py says which come first. Three on two cores, as pages wait as much as they compute.
WORKERS ?= 3
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SHELL := /bin/bash
# Dozens of tests start processes: each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-fast test-postgresql test-vllm fuzz lint lint-js check format setup constraints screenshots clean

run: $(VENV)/.run
	$(BIN)/python app.py $(ARGS)

test: $(VENV)/.dev
	$(PYTEST) -m "not fuzz" $(ARGS)

# Files whose tests take a tenth of a second or less on the average: no browser, killed process, model or route (tests/slow.txt).
test-fast: WORKERS = 2
test-fast: $(VENV)/.dev
	$(PYTEST) -m "not browser and not kills and not slow and not fuzz" $(ARGS)

# The tests of the store on a PostgreSQL server: a fresh one of this machine's own programs, or the one TEST_POSTGRESQL names.
test-postgresql: $(VENV)/.dev
	STORE_TESTS_ON=postgresql $(PYTEST) tests/storage $(ARGS)

# What strangers may send: a corpus, and ever new examples for so many seconds for each of the seven tests that make them up.
FUZZ_SECONDS ?= 60
fuzz: $(VENV)/.dev
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(PYTEST) -m fuzz $(ARGS)

# Opt-in: the served models against a real vLLM on the CPU. Fetches 1 GB once into .vllm (3.5 GB). vLLM asks for a CPU build of
# torch; where pip's own index has none: make test-vllm TORCH_INDEX=ADDRESS
test-vllm: $(VENV)/.dev $(VLLM)/.ready
	VLLM_PYTHON=$(CURDIR)/$(VLLM)/bin/python $(BIN)/python -m pytest tests/vllm $(ARGS)

lint: $(VENV)/.dev lint-js
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

lint-js: node_modules/.ready
	npm run --silent lint

check: lint test test-postgresql fuzz

format: $(VENV)/.dev node_modules/.ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	npm run --silent format

screenshots: $(VENV)/.dev
	$(BIN)/python -m tests.support.screenshots

setup: $(VENV)/.dev

# Take the newest versions that the requirements allow, and pin them. With the oldest Python that is supported, so that they fit all.
constraints:
	$(PYTHON) -m venv --clear .pins
	.pins/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	(grep '^#' constraints.txt; .pins/bin/python -m pip freeze | grep -v -i -E '^(torch|triton|nvidia|cuda)') > .pins/constraints.txt
	mv .pins/constraints.txt constraints.txt
	rm -rf .pins

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt constraints.txt | $(VENV)/bin/python
	$(PIP) -c constraints.txt -r requirements.txt
	touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(PIP) -c constraints.txt -r requirements-dev.txt
	$(BIN)/python -m benchmarks.chromium
	touch $@

# Node checks the pages' JavaScript; the app itself needs none.
node_modules/.ready: package.json package-lock.json .npmrc
	@command -v npm >/dev/null || { echo 'The JavaScript is checked by Node.js 20 or newer, which is not installed (no npm).' >&2; exit 1; }
	npm ci --silent
	touch $@

# torchaudio and torchcodec come along built for another torch, fail at import, and are needed for sound and video only
$(VLLM)/.ready: tests/vllm/requirements.txt
	$(PYTHON) -m venv $(VLLM)
	$(VLLM)/bin/python -m pip install --quiet --disable-pip-version-check $(addprefix --extra-index-url ,$(TORCH_INDEX)) -r $<
	$(VLLM)/bin/python -m pip uninstall --quiet --yes torchaudio torchcodec
	touch $@

clean:
	rm -rf node_modules $(VENV) $(VLLM) .pins .pytest_cache .mypy_cache .ruff_cache
