# Each target prepares what it needs; `make` alone shows them all. Works with GNU make 3.81 and newer.

VENV := .venv
BIN := $(VENV)/bin
# Lectern itself; and with what a target needs beside it, of the extra that has the target's name
READY := $(VENV)/.ready
WITH := $(VENV)/.with-
STARTED := $(shell date +%s)
MARKS ?= not slow
# xdist: as tests/conftest.py says
JOBS ?= auto
# Each of the many processes that tests start would compile every module anew
unexport PYTHONDONTWRITEBYTECODE
# Documentation that is measured: packages of Debian 12, unpacked and not installed
DOCS ?= git-doc postgresql-doc-15 python-celery-doc python-click-doc python-django-doc python-flask-doc \
  python-sqlalchemy-doc python3.11-doc sqlite3-doc
CORPUS := .cache/debian
INSTALLED := /usr/share/doc

.DEFAULT_GOAL := help
.PHONY: help setup demo test golden generators check map bench docs corpus clean

help:
	@if [ -t 1 ] && [ -z "$$NO_COLOR" ]; then bold=$$(printf '\033[1m'); name=$$(printf '\033[36m'); dim=$$(printf '\033[2m'); off=$$(printf '\033[0m'); fi; \
	line() { printf '  %smake %-10s%s  %s%s%s\n' "$$name" "$$1" "$$off" "$$2" "$${3:+$$dim  $$3}" "$$off"; }; \
	printf '\n  %sLectern%s  current documentation for coding assistants, from stores that you own\n\n' "$$bold" "$$off"; \
	line demo  'crawl this project'"'"'s own documentation and answer from it'; \
	line setup 'install Lectern and what its tests need into .venv' '(every target does it by itself)'; \
	line test  'the tests, on real stores' '(MARKS="slow or not slow" runs the slow ones too)'; \
	line golden 'what each stage makes of a corpus, after its revision is raised'; \
	line generators 'build the pages that extraction is measured on' '(needs Node; NAMES="vitepress antora" builds some)'; \
	line check 'format, lint, types, architecture, the map, the words'; \
	line map   'draw what imports what, into docs/map.svg' '(ARGS="--json [CHECKOUT]" counts it, here or elsewhere)'; \
	line docs  'this documentation as a site, into build/docs/site'; \
	line bench 'all figures of this machine, into docs/benchmarks.md' '(SIZES="1000 100000" GROWTH=10000 PARTS=scale ask for others)'; \
	line corpus 'unpack the documentation that is measured' '(make bench does it by itself)'; \
	line clean 'stop what runs, remove what was built'; \
	echo

setup: $(READY) $(WITH)test
	@echo "$(VENV) is ready"

# The first Python that is new enough and can make virtual environments makes ours.
$(READY): pyproject.toml constraints.txt
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	  newest=; \
	  for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	    command -v "$$python" >/dev/null 2>&1 || continue; \
	    newest="$$newest $$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"; \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || continue; \
	    "$$python" -c 'import ensurepip, venv' 2>/dev/null || { lacking="$$python"; continue; }; \
	    found="$$python"; break; \
	  done; \
	  if [ -n "$$found" ]; then \
	    echo "Making $(VENV) with $$("$$found" --version)" >&2 && rm -rf $(VENV) && "$$found" -m venv $(VENV); \
	  elif [ -n "$$lacking" ]; then \
	    echo "$$lacking cannot make virtual environments: install its venv module (Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; \
	  elif [ -n "$$newest" ]; then \
	    echo "Python 3.11 or newer is needed, found$$newest: install one (or say make PYTHON=/path/to/python)" >&2; exit 1; \
	  else \
	    echo "Python 3.11 or newer is needed, found none: install it (Debian, Ubuntu: apt-get install python3 python3-venv)" >&2; exit 1; \
	  fi; }
	@echo "Installing Lectern into $(VENV): 145 MB to fetch, 540 MB on the disk" >&2
	@$(INSTALL) -e .
	@touch $@

# pip says what is wrong, and nothing else
INSTALL = $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --progress-bar off -c constraints.txt

$(WITH)%: $(READY)
	@echo "Installing what make $* needs"
	@$(INSTALL) -e '.[$*]'
	@touch $@

demo: $(READY)
	@$(BIN)/python -P docs/demo.py $(STARTED)

test: $(WITH)test
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "$(MARKS)"

# What each stage makes of a corpus, where its revision was raised: ingest/plan/revision.py.
golden: $(WITH)test
	@$(BIN)/python -m tests.golden

# Their pages, as other people's generators of documentation build them: NAMES="vitepress antora" for some
generators: $(WITH)test
	@$(BIN)/python -m tests.generators.build $(NAMES)
	@$(BIN)/python -m tests.generators.measure $(NAMES)

check: $(WITH)check
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@MYPYPATH=docs/map $(BIN)/mypy docs/account.py docs/demo.py docs/invoices.py docs/words.py docs/map
	@$(BIN)/lint-imports
	@$(BIN)/python docs/map --check
	@$(BIN)/python docs/words.py

# Reads the sources and needs nothing installed; what is printed is the map's alone.
map: $(READY)
	@$(BIN)/python docs/map $(ARGS)

# From a copy: nothing is written into the sources.
docs: $(WITH)docs
	@rm -rf build/docs && mkdir -p build/docs && cp -R docs/mkdocs.yml docs/pages build/docs
	@$(BIN)/zensical build --clean --strict --config-file build/docs/mkdocs.yml

# A package that is installed, with its pages, is taken from where it lies.
corpus:
	@mkdir -p $(CORPUS)/usr/share/doc && cd $(CORPUS) && for package in $(DOCS); do \
	  place="usr/share/doc/$$package" installed="$(INSTALLED)/$$package"; \
	  if [ -e "$$place" ]; then continue; fi; \
	  if [ -n "$$(find -L "$$installed" -name '*.html' 2>/dev/null | head -n 1)" ]; then ln -sfn "$$installed" "$$place"; continue; fi; \
	  echo "Unpacking $$package into $(CORPUS)"; \
	  { apt-get download -qq -o APT::Sandbox::User=root "$$package" && dpkg -x "$$package"_*.deb . && rm -f "$$package"_*.deb; } || { \
	    echo "$$package could not be had: run apt-get update, or unpack Debian's package into $(CORPUS) yourself" >&2; exit 1; }; \
	done

bench: $(WITH)bench corpus
	@LECTERN_HOME=$(CURDIR)/.cache $(BIN)/ingest model pull
	@$(BIN)/python -m bench $(PARTS)

# Engines started from .venv would outlive their own programs: stop them first.
clean:
	@if [ -x $(BIN)/ingest ]; then \
	  $(BIN)/ingest down >/dev/null 2>&1 || true; \
	  if [ -d .cache/demo ]; then LECTERN_HOME=$(CURDIR)/.cache/demo $(BIN)/ingest down --force >/dev/null 2>&1 || true; fi; \
	fi
	@rm -rf $(VENV) .cache build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
