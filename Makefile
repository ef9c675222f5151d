# Every target sets up what it needs, on a machine with nothing but Python >= 3.11 and make;
# a second run finds it done. `make help` lists the targets.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help lab test test-js test-python soak lint format build bench clean

# Where Node may have been installed when the system has none.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

LAB_FLAGS ?=
# Jupyter refuses to run as root unless told so; in a container one often is.
ROOT_FLAG := $(if $(filter 0,$(shell id -u)),--allow-root)
PYTEST_FLAGS ?=
# Two processes, shared out and in the order as tests/conftest.py says.
BESIDE ?= -n 2 --no-loadscope-reorder
BENCH ?=
SOAK ?=

STATIC := src/gradwidget/static/widget.js
SOURCES_JS := $(shell find js -type f 2>/dev/null)
# The Node that playwright brings along needs a library that a bare Debian lacks.
PLAYWRIGHT = PLAYWRIGHT_NODEJS_PATH="$$(node -p process.execPath)"
WITH_BROWSER = $(PLAYWRIGHT) CHROMIUM="$$($(PLAYWRIGHT) scripts/setup.sh find-browser)"

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

lab: .venv/.lab $(STATIC) ## set everything up and open JupyterLab on the quickstart
	.venv/bin/jupyter lab $(ROOT_FLAG) $(LAB_FLAGS) examples/quickstart.ipynb

test: test-js test-python ## set everything up and run all tests, the browser's included

test-js: node_modules/.done .venv/.browser
	$(WITH_BROWSER) npm test

test-python: .venv/.dev .venv/.browser $(STATIC)
	$(WITH_BROWSER) .venv/bin/python -m pytest $(BESIDE) $(PYTEST_FLAGS)

soak: .venv/.dev ## the page's chains beside BlackJAX's, all of them; takes about an hour
	.venv/bin/python -m scripts.soak $(SOAK)

lint: .venv/.dev node_modules/.done $(STATIC) ## style, types and import rules of both languages
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	npm run check
	npm run lint
	npm run deps
	npm run size

format: .venv/.dev node_modules/.done ## put both languages into shape
	.venv/bin/ruff check --fix
	.venv/bin/ruff format
	npm run format

build: .venv/.dev $(STATIC) ## the wheel and the sdist, in dist/
	.venv/bin/python -m build

bench: .venv/.dev $(STATIC) ## print the benchmark tables
	.venv/bin/python -m benchmarks $(BENCH)

clean: ## remove everything that was set up or built
	rm -rf .venv node_modules build dist src/gradwidget/static

# --- Set-up; each stamp is newer than what it was made from -----------------------------------

.venv/bin/python:
	scripts/setup.sh venv

.venv/.lab: pyproject.toml | .venv/bin/python
	scripts/setup.sh python lab
	touch $@

.venv/.dev: pyproject.toml | .venv/bin/python
	scripts/setup.sh python dev
	touch .venv/.lab $@

.venv/.node: | .venv/bin/python
	scripts/setup.sh node
	touch $@

.venv/.browser: .venv/.dev | .venv/.node
	$(PLAYWRIGHT) scripts/setup.sh browser
	touch $@

# `npm ci` refuses a lock file that lacks the optional binaries of some other platform; this
# installs the same locked versions, and leaves the lock file alone.
node_modules/.done: package.json package-lock.json | .venv/.node
	npm install --no-save
	touch $@

$(STATIC): node_modules/.done $(SOURCES_JS)
	npm run build
	touch $@
