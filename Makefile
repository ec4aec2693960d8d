# `make` shows the targets. LANGUAGES brings the models of more languages: make run LANGUAGES=de,it
# ARGS is handed to the program: make run ARGS="--engines scripted", make test ARGS="-k audience"
.DEFAULT_GOAL := help
.PHONY: help run test unit chaos test-cluster bench-bus bench-fanout check format setup setup-chaos setup-tests models models-tests lock clean

help: ## show this
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1\t/p' Makefile | expand -t 21

run: setup models ## start everything on this machine and speak a sample: open the links it prints; LANGUAGES=de,it
	@setpriv --pdeathsig TERM .venv/bin/dragoman up --demo --host $${DRAGOMAN_HOST:-0.0.0.0} --auth $${DRAGOMAN_AUTH:-open} $(ARGS)

test: setup-tests models-tests check ## run every test, on a real Kafka and Redis and in a real browser; three files at a time
	@setpriv --pdeathsig TERM .venv/bin/python -m pytest --whole -n 3 $(ARGS)

unit: setup ## run the tests that need no servers, no real engines and no browser: under a minute
	@setpriv --pdeathsig TERM .venv/bin/python -m pytest -m "not servers and not engines and not system and not browser" $(ARGS)

chaos: setup-chaos ## break everything, over and over, and count what was lost: MINUTES=30 SEED=1
	@setpriv --pdeathsig TERM .venv/bin/python -m tests.chaos --minutes $(or $(MINUTES),30) --seed $(or $(SEED),1) $(ARGS)

bench-bus: setup ## what a word costs from the speaker's frame to the caption, beside bare loops: ARGS="--sessions 1,5,20"
	@setpriv --pdeathsig TERM .venv/bin/python -m tests.bench.bus $(ARGS)

test-cluster: setup ## apply every overlay to a real Kubernetes API server with simulated nodes; builds it once, from Go modules
	@tests/cluster/build.sh && setpriv --pdeathsig TERM .venv/bin/python -m pytest tests/cluster $(ARGS)

bench-fanout: setup ## what the gateway's fan-out costs beside a bare loop in C and beside gather: ARGS="--rounds 5"
	@setpriv --pdeathsig TERM .venv/bin/python -m tests.bench.fanout $(ARGS)

check: setup ## format, lint and types
	@.venv/bin/ruff format --check --quiet . && .venv/bin/ruff check --quiet . && .venv/bin/mypy

format: setup ## format, and mend what the linter can mend
	@.venv/bin/ruff format --quiet . && .venv/bin/ruff check --fix .

setup: ## install what is missing: system packages, then .venv
	@deploy/setup.sh

setup-tests:
	@deploy/setup.sh test

models: setup ## fetch the models that are missing: what translates, recognises and speaks; LANGUAGES=de,it
	@LANGUAGES="$(LANGUAGES)" deploy/models.sh

models-tests: setup-tests
	@deploy/models.sh test

setup-chaos:
	@deploy/setup.sh chaos

lock: setup ## pin the newest Python packages that fit in requirements.lock
	@deploy/lock.sh

clean: ## remove what was installed and made here, the data folder too
	rm -rf .venv .stamps build data *.egg-info .mypy_cache .pytest_cache .ruff_cache
