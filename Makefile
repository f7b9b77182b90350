# What a person types. Every target sets the machine up first; `make` alone lists them.
PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
PACKAGES = $(wildcard composition.py worker.py starter.py) $(patsubst %/__init__.py,%,$(wildcard */__init__.py))

# Programs that start many times a minute keep what they compile, also where the environment says otherwise.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup check types rules test test-programs test-guides test-full test-crowd test-moments browser oracle effects restore-drill bench words pictures run demo
help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile

setup:  ## leave .venv and the Temporal CLI ready; instantaneous when they are
	@test -n "$(PYTHON)" || { echo "Purr needs Python 3.11 or newer: install it \
	(Debian and Ubuntu: apt-get install python3 python3-venv) and run make again." >&2; exit 1; }
	@$(PYTHON) tools/setup.py

check: setup  ## style, types, the direction of imports, the words of the messages
	@$(MAKE) --no-print-directory --jobs=2 types rules

types:
	$(BIN)/mypy --strict $(PACKAGES)

# That every test is found leaves them compiled: else each process of `make test` would compile all of them for itself.
rules:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m tools.check_imports
	$(BIN)/python -m tools.check_days
	$(BIN)/python -m tools.check_clock
	$(BIN)/python -m messages.lint
	$(BIN)/python -m tools.check_page_words
	$(BIN)/python -m tools.check_page_texts
	@found=$$($(BIN)/python -m pytest --collect-only -qq 2>&1) || { echo "$$found"; exit 1; }

# What is started as a whole: a browser, the commands of production, programs that live through weeks or are killed. Most of
# them wait most of the time.
WHOLE_PROGRAMS = tests/browser tests/crash tests/lives tests/simulator/test_demo.py tests/simulator/portfolio/test_demo.py \
	tests/tools/test_run_embedded.py tests/config/test_embedded.py tests/config/test_files.py tests/config/test_logs.py \
	tests/test_docs_as_written.py

test: setup  ## the test suite but for test-programs, in four processes: two cores are busy while two of them wait
	$(BIN)/python -m pytest -n 4 $(addprefix --ignore=,$(WHOLE_PROGRAMS))

test-programs: setup  ## the rest of the suite: what is started as a whole, a browser too, is killed in the middle, or lives through weeks
	$(BIN)/python -m pytest -n 4 $(WHOLE_PROGRAMS)

test-guides: setup  ## every command of README and the guides, typed as it is written beside a `make run` of its own
	$(BIN)/python -m pytest tests/test_docs_as_written.py --full

test-full: setup  ## test and test-programs with the full numbers: 200 cases and 10,000 transactions that are killed, 1,000 examples of a property
	$(BIN)/python -m pytest -n 4 --full

test-crowd: setup  ## one debtor with 200 invoices that wake in the same second, in four workers
	$(BIN)/python -m pytest tests/workflows/test_joint_message.py --full

test-moments: setup  ## the tests that know time, at twelve hard moments
	$(BIN)/python -m tests.moments

browser: setup  ## every page in each of its states, in a real browser; needs Chromium
	$(BIN)/python -m pytest -n 2 --full tests/browser

oracle: setup  ## N random debtors (20,000) of a COUNTRY (NO), each judged by a second reading of its rules
	$(BIN)/python -m tests.oracle $(or $(N),20000) $(or $(COUNTRY),NO)

effects: setup  ## what contacts did, found again in 20 made-up pasts of 20,000 cases whose truth is known, and in 20 where they did nothing
	$(BIN)/python -m pytest tests/prediction/effects/test_planted.py --full -q -s

restore-drill: setup  ## the restore list carried out: older facts, a lost Temporal, both older; nobody is written to twice
	$(BIN)/python -m tests.restore_drill

bench: setup  ## the benchmarks; writes benchmarks/results.json
	$(BIN)/python -m benchmarks

words: setup  ## what sorts the messages that come in, learned anew from the examples in prediction/words
	$(BIN)/python -m prediction.words.train

pictures: setup  ## the pictures of the README and the guides, taken anew, those of the README from a demo; needs Chromium
	$(BIN)/python -m tools.screenshots
	$(BIN)/python -m tests.browser.email_pictures
	$(BIN)/python -m tests.browser.pictures
	$(BIN)/python -m tests.browser.country_pictures
	$(BIN)/python -m tests.browser.desk_pictures

run: setup  ## everything embedded, in the foreground; state in .local/
	$(BIN)/python -m tools.run_embedded

demo: setup  ## thirteen weeks of seventy invoices in two minutes; COUNTRY=SE or FI (NO); BEGIN=2027-12-24T10:00; CAST=portfolio (SEED=, N=): 2,000 by two plans
	$(if $(filter-out portfolio,$(CAST)),$(error there is no cast $(CAST): leave CAST out, or name portfolio))
	$(if $(CAST),$(if $(filter-out NO,$(COUNTRY)),$(error the portfolio plays in Norway: leave COUNTRY out)))
	$(if $(CAST),,$(if $(SEED)$(N),$(error SEED and N are of the portfolio: add CAST=portfolio)))
	$(BIN)/python -m simulator.$(if $(CAST),$(CAST).)demo $(if $(CAST),,$(if $(COUNTRY),--country $(COUNTRY))) $(if $(BEGIN),--begin $(BEGIN)) $(if $(SEED),--seed $(SEED)) $(if $(N),--invoices $(N))
