# Two commands do everything: `make demo` and `make test`. Both set up first, into .venv, from a lock file.
SHELL := /bin/bash
VENV ?= .venv
BIN := $(VENV)/bin
EAR_VENV ?= .venv-ear
HOME_DIR ?= .opencall-demo
ARGS ?=
# The newest Python that the lock file covers; override with `make PYTHON=/path/to/python demo`.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-input

export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help demo demo-many pictures serve test check bench drill drill-uploads judge goldens lock clean

help:
	@echo "make demo     set up, then a whole open call on fixtures/     ARGS=\"--no-serve --json\" for scripts"
	@echo "make demo-many  the same on a PostgreSQL and an S3 server of its own, by settings only"
	@echo "make pictures   play the demo and take the pictures of docs/ anew, with the browser CHROMIUM"
	@echo "make serve    set up, then run the installation in HOME_DIR (default .opencall-demo)"
	@echo "make test     set up, then every check and every test         ARGS=\"-k ledger\" picks"
	@echo "make check    formatter, linter, types, import contracts"
	@echo "make bench    timed comparisons with peers, as ratios"
	@echo "make judge    hold the demo's masters against EAR, the ITU reference renderer"
	@echo "make drill    kill -9 everything that serve runs, during demos and uploads, and count"
	@echo "make drill-uploads  send files over a bad line while the web is killed and the disk is full, and compare each"
	@echo "make goldens  regenerate what tests compare with"
	@echo "make lock     pin the dependencies anew"

# What is compiled (hatch_build.py) is compiled anew when it changes.
COMPILED := hatch_build.py audio_pipeline/compiled.py $(shell find audio_pipeline -name '*.[ch]')

$(VENV)/installed: requirements.lock pyproject.toml $(COMPILED)
	@bash scripts/preflight "$(PYTHON)"
	@echo "Setting up $(VENV) (once; needs the network)" >&2
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --editable .
	@$(BIN)/python -m compileall -q opencall submissions audio_pipeline rewards
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	@echo "Adding what the tests need" >&2
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/installed
	@$(BIN)/opencall demo $(ARGS)

# A home of its own: what lies in another database and another store is another installation.
demo-many: $(VENV)/installed-dev
	@$(BIN)/python scripts/demo_many.py --home $(HOME_DIR)-many --no-serve $(ARGS)

pictures: $(VENV)/installed-dev
	@$(BIN)/python scripts/take_pictures.py --home $(HOME_DIR)-pictures $(ARGS)

serve: $(VENV)/installed
	@$(BIN)/opencall migrate --home $(HOME_DIR)
	@$(BIN)/opencall serve --home $(HOME_DIR) $(ARGS)

check: $(VENV)/installed-dev
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@PYTHONPATH=. $(BIN)/lint-imports --no-cache | tail -n 2

# A process a core; tests of one file stay together, since they share what is dear to make.
WORKERS ?= auto
test: check
	@$(BIN)/pytest --numprocesses $(WORKERS) --maxprocesses 4 --dist loadfile $(ARGS)

bench: $(VENV)/installed-dev
	@for script in benchmarks/bench_*.py; do name=$$(basename $$script .py); echo "== $$name"; \
	  $(BIN)/python -m benchmarks.$$name || exit 1; done

goldens: $(VENV)/installed-dev $(EAR_VENV)/installed
	@$(BIN)/python -m audio_pipeline.published_schemas docs/schemas
	@$(BIN)/python -m audio_pipeline.loudness.k_weighting
	@$(EAR_VENV)/bin/python -W ignore fixtures/reference/freeze_with_ear.py
	@$(EAR_VENV)/bin/python -W ignore fixtures/reference/freeze_objects_with_ear.py
	@$(EAR_VENV)/bin/python -W ignore fixtures/reference/freeze_types_with_ear.py
	@$(EAR_VENV)/bin/python -W ignore fixtures/reference/adm/freeze_items_with_ear.py

judge: $(VENV)/installed-dev $(EAR_VENV)/installed
	@for master in $(HOME_DIR)/masters/*/*.adm-360.wav; do \
	  $(BIN)/python benchmarks/judge_with_ear.py "$$master" --ear-python $(EAR_VENV)/bin/python || exit 1; done

drill: $(VENV)/installed-dev
	@$(BIN)/python benchmarks/crash_drill.py $(ARGS)

drill-uploads: $(VENV)/installed-dev
	@$(BIN)/python benchmarks/drill_uploads_in_chaos.py $(ARGS)

# The ITU reference renderer wants an older numpy than ours: it lives apart, and nothing of ours imports it.
$(EAR_VENV)/installed:
	@"$(PYTHON)" -m venv $(EAR_VENV)
	@$(EAR_VENV)/bin/python -m pip install --quiet --no-input "ear==2.1.0" "numpy<2" "setuptools<81"
	@touch $@

lock:
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv"; exit 1; }
	@uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --quiet --output-file requirements.lock $(UPGRADE)
	@uv pip compile pyproject.toml --group dev --all-extras --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-annotate --no-emit-index-url --quiet --constraint requirements.lock --output-file requirements-dev.lock $(UPGRADE)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
