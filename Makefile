# One command per task; each gets what it needs by itself.
.PHONY: demo dev test faults fuzz lint bench up down docs ready ready-for-tests
export UV_PYTHON_PREFERENCE ?= system
# Half of what a process does at its start is compiling, where it may not keep what it has compiled.
export PYTHONDONTWRITEBYTECODE =

uv = $(shell command -v uv || echo .tools/bin/uv)
run = $(uv) run --locked --quiet
packages = shared services/intake services/routing services/volunteer services/notify standalone
typed = $(wildcard shared/src services/*/src standalone/src shared/tests services/*/tests standalone/tests tests benchmarks deploy/compose examples)

demo: ready  ## Replays a year of the model compound: make demo ARGS="--url http://127.0.0.1:8080"
	@$(run) linli-demo $(ARGS)

dev: ready  ## Serves the whole suite at http://127.0.0.1:8000
	@$(run) linli-standalone $(ARGS)

test: ready-for-tests  ## Everything; what needs a Docker engine where one answers
	$(run) pytest -n 3 --dist loadgroup -m "not long"

faults: ready-for-tests  ## Breaks the broker, the network, the databases and the services; ends with what was lost: nothing
	$(run) pytest -n 2 --dist loadfile $(or $(ARGS),tests/faults)

fuzz: ready-for-tests  ## Asks every operation of every API more, and stranger, than `make test` does
	LINLI_TEST_QUESTIONS=300 $(run) pytest -n 2 --timeout 900 -k test_answers_are_as_documented services

lint: ready
	$(uv) lock --check --quiet
	$(run) ruff format --check --quiet .
	$(run) ruff check --quiet .
	$(run) mypy $(typed)
	$(run) lint-imports --no-logo
	@for package in $(packages); do $(run) --directory $$package deptry src || exit 1; done

bench: ready-for-tests  ## make bench ONLY=relay runs a part
	@$(run) python -m benchmarks $(ONLY)

up: ready  ## The suite on RabbitMQ and PostgreSQL behind nginx: http://127.0.0.1:8080
	@$(run) python deploy/compose/prepare.py
	docker compose up --build --detach --wait

down:  ## Stops it; the data stays in its volumes
	docker compose --profile departments down

docs: ready  ## Writes the documents under docs/ that are made from code
	@$(run) linli docs
	@$(run) python -m routing.states_page docs
	@$(run) python -m notify.messages_page docs

ready:
	@./bootstrap

ready-for-tests:
	@./bootstrap servers
