# Two commands for a newcomer: `make demo` and `make test`. Both do all their own set-up.
SHELL := /bin/bash
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help demo test lint proof bench setup setup-dev setup-bench clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-10s %s\n", $$1, $$2}'

demo: setup ## the real main job on an embedded stack: documents from the queue to their text
	@$(BIN)/registre-pool demo $(ARGS)

# Three at a time on two cores: most of them wait for browsers, servers and time-outs.
test: setup-dev lint ## style, types, floors, and the suite
	@$(BIN)/pytest -m "not proof" -n 3 --dist loadfile $(ARGS)

lint: setup-dev ## style, types and floors alone
	@$(BIN)/ruff check poolmgr tests bench
	@$(BIN)/ruff format --check poolmgr tests bench
	@$(BIN)/mypy
	@$(BIN)/lint-imports

proof: setup-dev ## the long runs: chaos, hundreds of documents, many examples
	@$(BIN)/pytest -m proof -n 2 --dist worksteal --timeout 2400 $(ARGS)

bench: setup-bench ## the measurements behind every claim of speed, as ratios
	@$(BIN)/python -m bench.balance $(ARGS)
	@$(BIN)/python -m bench.core $(ARGS)
	@$(BIN)/python -m bench.supervisor $(ARGS)
	@$(BIN)/python -m bench.store $(ARGS)
	@$(BIN)/python -m bench.registries $(ARGS)
	@$(BIN)/python -m bench.budget $(ARGS)
	@$(BIN)/python -m bench.ocr $(ARGS)

setup:
	@.ci/setup

setup-dev:
	@.ci/setup dev

setup-bench:
	@.ci/setup bench

clean: ## remove the virtual environment and all caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
