# make synth and make test install what they need (pinned) into .venv and node_modules first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DOCS_VENV := .venv-docs
EXAMPLES ?= $(wildcard examples/*)
# The end-to-end tests mostly wait for terraform, so there are more of them at once than processors.
PROOF_ARGS ?= --numprocesses=5 --dist=worksteal
TEST_ARGS ?= --numprocesses=auto --dist=worksteal

python_ready := $(VENV)/.ready
docs_ready := $(DOCS_VENV)/.ready
node_ready := node_modules/.ready

.PHONY: help setup synth test proof lint docs golden pages schema dist bench lock clean
.DEFAULT_GOAL := help

help:  ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

setup: $(python_ready) $(node_ready)  ## install the pinned tools into .venv and node_modules

synth: $(python_ready)  ## write the Terraform JSON of examples/* into cdktf.out
	$(BIN)/tpa-tf synth $(EXAMPLES)

test: lint $(node_ready)  ## the inner loop: lint, types, unit tests, golden files, one cluster through terraform
	$(BIN)/pytest -m 'not proof' $(TEST_ARGS)

proof: $(python_ready) $(node_ready)  ## all that takes long: clusters and edits of them through terraform, on an emulated AWS
	$(BIN)/pytest -m proof $(PROOF_ARGS)

lint: $(python_ready)  ## ruff and mypy alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(docs_ready)  ## build the site of the docs into site
	NO_MKDOCS_2_WARNING=1 $(DOCS_VENV)/bin/mkdocs build --quiet --strict

golden: $(python_ready)  ## rewrite the expected output in tests/golden, to be read before it is committed
	$(BIN)/pytest tests/golden --update-golden -k as_expected || test $$? -eq 1
	git status --short -- tests/golden
	git --no-pager diff --stat -- tests/golden

pages: $(python_ready)  ## rewrite what in docs is made from the code
	$(BIN)/python -m tests.support.pages

schema: $(python_ready)  ## rewrite what tests/data keeps of the AWS provider's schemas (needs terraform, and downloads bindings)
	$(BIN)/python -m tests.support.provider_schema
	$(BIN)/python -m tests.support.bindings_schema

dist: $(python_ready)  ## build the wheel into dist
	rm -rf dist
	$(BIN)/python -m hatchling build --target wheel

bench: $(python_ready)  ## measure time and memory
	$(BIN)/python bench/bench.py

lock: pyproject.toml  ## pin the newest versions that pyproject.toml allows (needs uv)
	uv pip compile --upgrade --universal --generate-hashes --python-version 3.10 --no-header --annotation-style line -o requirements.lock pyproject.toml
	uv pip compile --upgrade --universal --generate-hashes --python-version 3.10 --no-header --annotation-style line --group dev -o requirements-dev.lock pyproject.toml
	uv pip compile --upgrade --universal --generate-hashes --python-version 3.10 --no-header --annotation-style line --group docs -o requirements-docs.lock

clean:  ## remove everything that make has made
	rm -rf $(VENV) $(DOCS_VENV) node_modules cdktf.out build dist site .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(python_ready): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo 'tpa-tf needs Python 3.10 or later; PYTHON=… names another one' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

$(docs_ready): requirements-docs.lock
	$(PYTHON) -m venv $(DOCS_VENV)
	$(DOCS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-docs.lock
	@touch $@

$(node_ready): package.json package-lock.json .npmrc
	npm ci
	@touch $@
