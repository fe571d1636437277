# `make demo` and `make test` need Python 3.10-3.13 and the package registry, nothing else.

PYTHON ?= python3
HARNESS = $(PYTHON) -m tests.harness

.PHONY: help test unit conformance site-tests browser lint format demo benchmark site clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

test: ## every test layer this machine can run; writes .test-report.json
	@$(PYTHON) tests/run.py

unit: ## rules and translation: no Frappe, no network
	@$(PYTHON) tests/run.py --layers unit

conformance: ## every connector against its sandbox
	@$(PYTHON) tests/run.py --layers conformance

site-tests: ## on a real ERPNext site (FRAPPE_BENCH, default ~/frappe-bench)
	@$(PYTHON) tests/run.py --layers site

browser: ## the desk in headless Chromium
	@$(PYTHON) tests/run.py --layers browser

lint: ## ruff, import contracts, JSON and JavaScript syntax
	@$(HARNESS).lint

format: ## let ruff mend what it can
	@$(HARNESS).venv lint ruff check --fix .
	@$(HARNESS).venv lint ruff format .

demo: ## the main job with no ERPNext at hand; writes demo-report.html
	@$(HARNESS).venv demo crm-marketplace demo

benchmark: ## figures as ratios; writes .benchmark-report.json
	@$(HARNESS).benchmark

site: ## a site on the bench to look at: demo company, sandbox shops, users
	@$(HARNESS).demo_site

clean: ## remove what make wrote, .venv included; the bench keeps its test site
	rm -rf .venv .test-results .test-report.json .benchmark-report.json demo-report.html .pytest_cache .ruff_cache .import_linter_cache .hypothesis
