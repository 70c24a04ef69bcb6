# The whole list of commands. A machine needs Python 3.11 or newer and make; everything else is fetched into .venv.

VENV  ?= .venv
RUN    = $(VENV)/bin/python
WORDS := $(patsubst %.po,%.mo,$(wildcard tanggap/locale/*/LC_MESSAGES/django.po))

.DEFAULT_GOAL := help
.PHONY: help install demo stop test test-services check bench clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/installed $(WORDS) ## put the program and what it needs into .venv (docs/install.md)

demo: $(VENV)/installed $(WORDS) ## run everything with a week of reports; Ctrl-C stops it
	@exec $(RUN) -m tanggap.cli up --demo

stop: ## stop a demo that runs elsewhere
	@if [ -x $(RUN) ]; then exec $(RUN) -m tanggap.cli stop; else echo "Nothing is installed here."; fi

test: $(VENV)/installed-dev $(WORDS) ## all tests that need only Python (ARGS="-k words" for some)
	@exec $(RUN) -m pytest -q -n auto --maxprocesses 8 $(ARGS)

test-services: $(VENV)/installed-dev $(WORDS) ## tests against real servers and a real browser
	@exec $(RUN) -m pytest -q tests/services $(ARGS)

check: $(VENV)/installed-dev $(WORDS) ## style, floors of the house, types
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(VENV)/bin/lint-imports
	$(RUN) -m mypy

bench: $(VENV)/installed-dev $(WORDS) ## measure, as ratios on this machine (ONLY=intake,react for some)
	@exec $(RUN) -m bench $(if $(ONLY),--only $(ONLY))

clean: ## remove .venv and caches; the data folder stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
	find tanggap tests -name __pycache__ -type d -prune -exec rm -rf {} +
	find tanggap/locale -name '*.mo' -delete

# ---- installing: each stamp says which list of packages is in .venv ----

$(VENV)/installed: requirements.txt
	@sh ./.ci/venv $(VENV) requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	@sh ./.ci/venv $(VENV) requirements-dev.txt
	@touch $@

%.mo: %.po $(VENV)/installed
	@$(RUN) -m tanggap.web.translations compile
