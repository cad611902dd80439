# Every target makes .venv by itself, on a machine that has only Python (3.11 to 3.13) and make. `make help` prints this:
#   make report          the compression report: one HTML file and its metrics, in reports/
#   make lab             JupyterLab on the notebooks
#   make apps            each studio as a page of its own, served by Voila
#   make test            the tests, the doctests and the notebooks' checked claims
#   make test-quick      for the edit loop: no notebooks, and no tests marked `long`
#   make test-slow       the tests marked `slow`
#   make test-browser    the tests marked `browser`, in JupyterLab and Voila: needs Debian's chromium, and npm for axe
#   make test-backends   the tests marked `backend`, again under JAX and under torch
#   make lint            ruff, mypy, and notebooks without stray output
#   make js              the widgets' modules from their sources: needs npm
#   make bench           figures that README quotes: prints which, where they stand and how long each takes
#   make clean           remove what these targets made, .venv included
# PYTHON=/path/to/python chooses the Python that makes .venv; JOBS=1 runs tests in one process.

# No .ONESHELL: the make that macOS ships (3.81) does not know it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Tests run on every core, a file at a time on each, so that notebooks and module fixtures stay together; the notebooks
# take longest and come first. One process more than cores, for many tests wait for kernels and servers.
JOBS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
PYTEST := $(BIN)/python -m pytest --numprocesses $(JOBS) --maxprocesses 8 --dist loadscope --no-loadscope-reorder
TORCH := torch==2.13.0
TORCH_CPU_INDEX := https://download.pytorch.org/whl/cpu

.PHONY: help report lab apps test test-quick test-slow test-browser test-backends lint js bench clean

help:
	@sed -n 's/^#   //p' Makefile

report: $(VENV)/.done-report
	@$(BIN)/aewidgets report notebooks/04-compression.ipynb --out reports
	@echo "make report: the HTML is $$(find reports -mindepth 2 -name '*.html' -print0 | xargs -0 ls -t | head -n 1)"

lab: $(VENV)/.done-lab
	@$(BIN)/jupyter lab --ServerApp.root_dir=notebooks

# A page that nobody looks at gives its kernel back after ten minutes.
apps: $(VENV)/.done-apps
	@$(BIN)/voila notebooks/apps --strip_sources=True --MappingKernelManager.cull_interval=60 \
	    --MappingKernelManager.cull_idle_timeout=600

test: $(VENV)/.done-dev
	@$(PYTEST) --nbval-lax --nbval-current-env notebooks tests aewidgets

test-quick: $(VENV)/.done-dev
	@$(PYTEST) -m "not slow and not browser and not long" tests aewidgets

# Each test is long, files are few: an idle process takes tests of another's.
test-slow: $(VENV)/.done-dev
	@$(PYTEST) --dist worksteal -m slow tests

# One after the other: one JupyterLab and one Chromium serve them all.
test-browser: $(VENV)/.done-browser | js/node_modules
	@$(BIN)/python -m pytest -m browser tests/browser

# Most of JAX's time is compiling, a third of it for speed that small tests do not need; `test-slow` decodes as users do.
test-backends: $(VENV)/.done-backends
	@echo "make test-backends: JAX"
	@KERAS_BACKEND=jax JAX_DISABLE_MOST_OPTIMIZATIONS=1 $(PYTEST) -m "backend and not slow" tests
	@echo "make test-backends: torch"
	@KERAS_BACKEND=torch $(PYTEST) -m "backend and not slow" tests

js: | js/node_modules
	@cd js && npm run --silent build && npm test --silent

lint: $(VENV)/.done-dev
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/nbstripout --verify --keep-count --keep-id \
	    --extra-keys "metadata.papermill cell.metadata.papermill cell.metadata.execution metadata.widgets" \
	    notebooks/*.ipynb notebooks/apps/*.ipynb
	@echo "make lint: clean"

bench: $(VENV)/.done-dev
	@$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) js/node_modules reports runs build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

# Set-up. A stamp per extra: made once, and again whenever pyproject.toml is newer.
$(BIN)/python:
	@for python in $${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do \
	    if "$$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	        >/dev/null 2>&1; then \
	        echo "make: $(VENV) from $$("$$python" --version)"; \
	        exec "$$python" -m venv $(VENV); \
	    fi; \
	done; \
	echo "make: expected Python 3.11, 3.12 or 3.13 with its venv module, found none; install one (on Debian" \
	     "python3-venv too), or name it: make PYTHON=/path/to/python" >&2; \
	exit 1

$(VENV)/.done-report $(VENV)/.done-lab $(VENV)/.done-apps $(VENV)/.done-browser $(VENV)/.done-dev: $(VENV)/.done-%: pyproject.toml | $(BIN)/python
	@echo "make: installing aewidgets[$*] into $(VENV) (TensorFlow is 270 MB, the first time)"
	@$(PIP) install --editable ".[$*]"
	@touch $@

# Without npm the tests that need it are skipped, and counted. No script of a package is run.
js/node_modules:
	@if command -v npm >/dev/null; then cd js && npm ci --ignore-scripts --no-audit --no-fund --silent; fi

# The lab opens notebooks that the report runs, so it wants both extras.
$(VENV)/.done-lab: $(VENV)/.done-report
$(VENV)/.done-browser: $(VENV)/.done-dev

# On Linux PyPI's torch brings gigabytes of CUDA: ask first for the CPU build, where pip looks anyway and then at
# PyTorch's own index, which pip.conf may name and a closed network may not reach.
$(VENV)/.done-backends: $(VENV)/.done-dev
	@echo "make: installing JAX and $(TORCH) (CPU) into $(VENV)"
	@$(PIP) install --editable ".[jax]"
	@if [ "$$(uname -s)" != Linux ]; then \
	    $(PIP) install "$(TORCH)"; \
	elif ! $(PIP) install "$(TORCH)+cpu" 2>/dev/null && \
	     ! $(PIP) --retries 1 --timeout 15 install --extra-index-url $(TORCH_CPU_INDEX) "$(TORCH)+cpu" 2>/dev/null; \
	then \
	    echo "make: no CPU build of torch within reach; taking PyPI's, which is several gigabytes"; \
	    $(PIP) install "$(TORCH)"; \
	fi
	@touch $@
