# Everything a contributor or an operator types. Needs Python 3.11 or newer, pip and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Compiled modules are kept, whatever the environment says: --no-compile below leaves them to the
# first import, since most of what is installed for tests is never imported.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run test test-faults soak check openapi bench lock clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.run ## Install what it needs, migrate and serve on http://127.0.0.1:8000
	@exec $(BIN)/python -m keyservice up

# What meets the database runs on both: operations, models, the engine, races, hostile input, and of
# the native API what lists, changes, reserves, repeats and counts. What only translates runs once:
# hostile input to every route, requests drawn from the documents and faults on PostgreSQL;
# dialects, OAuth, the admin and its pages in the browser, the API of clients, who may do what,
# forged tokens, the canaries, what knows no database, the commands, the first start and the foreign
# project on SQLite, which is quicker.
# Where there are browsers, tests are handed out in their order: what was stolen from another worker
# would come after them, and find Playwright's event loop. The third worker of two cores is for the
# time that faults and starts spend waiting.
test: .venv/.dev ## The whole suite, on SQLite and on a real PostgreSQL
	$(BIN)/python -m pytest -q -n 2 --maxschedchunk=1 --database=sqlite \
		--ignore=tests/faults --ignore=tests/schema \
		--ignore=tests/apikeys/models/test_indexes.py \
		--ignore=tests/apikeys/operations/test_patience.py --ignore=tests/hostile/test_every_route.py
	$(BIN)/python -m pytest -q -n 3 --dist=worksteal --database=postgresql \
		--ignore=tests/apikeys/domain --ignore=tests/clients/domain --ignore=tests/architecture \
		--ignore=tests/testbed --ignore=tests/host --ignore=tests/canary --ignore=tests/matrix \
		--ignore=tests/apikeys/admin --ignore=tests/clients/admin --ignore=tests/clients/attacks \
		--ignore-glob='tests/apikeys/api/test_*.py' \
		--ignore=tests/apikeys/lane --ignore=tests/benchmarks --ignore=tests/apikeys/dialects \
		--ignore=tests/clients/dialects --ignore=tests/clients/oauth --ignore=tests/browser \
		--ignore=tests/clients/api --ignore=tests/clients/management \
		--ignore=tests/apikeys/management --ignore=tests/attacks/test_privilege.py \
		--ignore=tests/keyservice/test_start.py \
		--deselect=tests/engine/test_twins.py::test_memory_and_redis_answer_alike

test-faults: .venv/.dev ## Kill every part 20 times, on one machine, two and a cluster; a soak
	$(BIN)/python -m pytest -q --database=postgresql --kills=20 tests/faults

soak: .venv/.dev ## An hour under a steady load: SOAK=3600 seconds
	$(BIN)/python -m pytest -q --database=postgresql --kills=20 --soak-seconds=$(SOAK) \
		tests/faults/test_soak.py

SOAK ?= 3600

check: export KEYSERVICE_DATA_DIR := .cache/check
check: .venv/.dev ## Format, lint, types, layers, migrations, OpenAPI, templates, containers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py check
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py apikeys_openapi docs --check
	$(BIN)/djade --check $(shell git ls-files '*.html')
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	$(BIN)/shellcheck .ci/run

openapi: export KEYSERVICE_DATA_DIR := .cache/check
openapi: .venv/.dev ## Write docs/openapi*.json from the views
	$(BIN)/python manage.py apikeys_openapi docs

bench: .venv/.bench ## Measure against the targets and the peers; BENCH=--quick for a minute of it
	$(BIN)/python -m benchmarks $(BENCH)

lock: .venv/.dev ## Write requirements/ anew from pyproject.toml; LOCK=--upgrade for newer versions
	$(RESOLVE) -o requirements/run.txt
	$(RESOLVE) --group test --group lint -c requirements/run.txt -o requirements/dev.txt
	$(RESOLVE) --group test --group bench -c requirements/dev.txt -o requirements/bench.txt
	echo clerk-backend-api==5.0.2 | $(COMPILE) - -o requirements/clerk-5.txt

COMPILE = $(BIN)/uv pip compile -q $(LOCK) --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate
RESOLVE = $(COMPILE) pyproject.toml --extra service

clean: ## Remove the virtual environment and every cache; ./var, the data, stays
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps are newer than the lock exactly when the environment holds what it says; dev.txt
# contains all of run.txt in the same versions, and bench.txt what else the measured peers are.
.venv/.run: requirements/run.txt | .venv/.made
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/run.txt
	@touch $@

.venv/.dev: requirements/dev.txt | .venv/.made
	$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r requirements/dev.txt
	@touch $@ .venv/.run

.venv/.bench: requirements/bench.txt | .venv/.dev
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/bench.txt
	@touch $@

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
		"keyservice needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python")'
	$(PYTHON) -m venv .venv
	@touch $@
