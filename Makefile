# The doors of the project; `make` alone lists them.
PYTHON := build/venv/bin/python
PORT ?= 8080
SOUND ?= browser
# The far end lives in a network namespace of its own, which only root can make.
ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)
RUN := $(ROOT) env PYTHONPATH=firmware:. XDG_CACHE_HOME=$(CACHE) PYTHONDONTWRITEBYTECODE=1 $(PYTHON)

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench soak arm64 pictures hil hilshort hardware

help: ## this list
	@sed -n 's/^\([a-z0-9]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|'

setup: ## install what is needed (called by the others)
	@scripts/setup.sh

run: setup ## the simulated phone, with people to call: http://127.0.0.1:8080/ (PORT=…; SOUND=machine: its own sound)
	@exec $(RUN) -m ranin.sim --port $(PORT) --sound $(SOUND)

test: setup check ## every test
	$(RUN) -m pytest -p no:cacheprovider -n 2 --dist worksteal

check: setup ## style
	$(PYTHON) -m ruff check --no-cache -q .
	$(PYTHON) -m ruff format --no-cache --check -q .

bench: setup ## the phone beside its peers, in one run (DOCS=1 writes docs/bench.md)
	@scripts/setup.sh --bench || echo 'bench: going on without linphone' >&2
	$(RUN) -m tests.bench $(if $(DOCS),--docs)

soak: setup ## 5,000 mixed calls, 1,000 one after another, then the models at random: some 30 minutes
	$(RUN) -m tests.soak

hil: setup ## the drivers on a real kernel's GPIO chip, in an emulated machine (the first time it is made)
	@scripts/setup.sh --hil
	$(RUN) -m pytest -p no:cacheprovider -s tests/hil/check_gpio.py

hilshort: setup ## the same in short, without gpiozero's own tests
	@scripts/setup.sh --hil
	$(RUN) -m pytest -p no:cacheprovider -s -k 'not own_tests' tests/hil/check_gpio.py

arm64: setup ## PJSIP for a Raspberry Pi with Debian 13, cross-built; prints its wheel
	@scripts/setup.sh --cross
	@/usr/bin/python3 scripts/pjsip/build.py --arch arm64 --python build/venv/bin/python

pictures: setup ## draw the display's reference pictures and those of the papers anew
	$(RUN) -m tests.hardware.gallery docs/screens.png docs/screens-arabic.png
	$(RUN) -m tests.web.picture docs/panel.png
	$(RUN) -m tests.phone.outage_picture docs/outage.svg

hardware: setup ## draw the kits from the board files: wiring, pins, overlays, bill, case, labels, guide
	@scripts/setup.sh --hardware
	env PYTHONPATH=firmware:. PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m hardware.generate
