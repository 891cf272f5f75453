# Everything a person needs is two commands: `make demo` and `make test`.
PYTHON ?= python3.11
VENV ?= .venv
RUN := $(VENV)/bin/python

.PHONY: help
help:
	@echo "make demo    set up, run a whole open call on fixtures/ (ARGS=\"--no-serve --json\" for scripts)"
	@echo "make test    set up, then every check and every test"
