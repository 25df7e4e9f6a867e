# make book [CORPUS=dir] [OUT=dir] [PROFILE=smoke|default|full] [JOBS=n] [SET="name=value …"]
#           [CLUSTER=slurm|dir] [SHARDS=n] [STRICT=1]
# make corpus-check CORPUS=dir [SET="name=value …"] [STRICT=1]     what of it would be used, and how
# Each target sets up what it needs in .venv; nothing is installed outside of it.

PYTHON  ?= python3
CORPUS  ?=
OUT     ?= build/default
PROFILE ?= default
JOBS    ?=
CLUSTER ?=
SHARDS  ?= 0
SET     ?=
STRICT  ?=
TARGET  ?= semitones
PORT    ?= 8080
# make verify OUT=run [WITH=other run or summary | WRITE=summary to be stored]
WITH    ?=
WRITE   ?=

# make image [VARIANT=cpu|cuda|cu126] [BASE_IMAGE=name] [BUILDER=docker|podman|buildah]
# make image-push REGISTRY=host [TAG=tag] [DRY_RUN=1]
IMAGE      ?= intonation
VARIANT    ?= cpu
BASE_IMAGE ?=
BUILDER    ?=
REGISTRY   ?=
TAG        ?=
DRY_RUN    ?=

# Idle OpenMP threads must sleep: spinning ones slow every other process down a hundredfold.
export OMP_WAIT_POLICY = PASSIVE
export PYTHONUNBUFFERED = 1

BIN = .venv/bin
# every word of SET as it stands: patterns hold what a shell would read
QUOTE = '$(subst ','\'',$(1))'
ASKED = $(foreach word,$(SET),$(call QUOTE,$(word))) $(if $(filter-out 0,$(STRICT)),strict=true)

.PHONY: book corpus-check figures test test-fast test-cluster lab serve serve-site site-zip pdf check-site verify bench check lock audit image image-test image-push clean

book: .venv/book.ok
	$(BIN)/python -m intonation.book --corpus "$(CORPUS)" --out "$(OUT)" --profile "$(PROFILE)" --cluster "$(CLUSTER)" --shards $(SHARDS) $(if $(JOBS),--jobs $(JOBS)) --set $(ASKED)

# a dry run: in seconds, writing nothing
corpus-check: .venv/book.ok
	$(BIN)/python -m intonation.corpus.check "$(CORPUS)" --set $(ASKED)

# every test utterance at every level, not only the dozen that the book shows
figures: .venv/book.ok
	$(BIN)/python -m intonation.book.drawing "$(OUT)" --jobs $(or $(JOBS),$(shell nproc 2>/dev/null || echo 1))

test: .venv/test.ok
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

# a SLURM of one node is installed and started here, and makes the smallest book
test-cluster: .venv/test.ok
	$(BIN)/python -m pytest -s tests/cluster/slurm_book.py

# everything but the book, the browser, fuzz, and what starts and kills processes; on two processes
test-fast: .venv/test.ok
	$(BIN)/python -m pytest --quiet --numprocesses 2 --dist worksteal -m "not (book or browser or hypothesis or processes)"

# Chapters are paired with notebooks in build/paired (jupytext.toml), which the server must see too;
# kernels start where the book is executed, so that run_folder means the same.
lab: .venv/book.ok
	mkdir -p build/lab/profile_default/startup
	echo 'import os; os.chdir(os.environ["INTONATION_ROOT"])' > build/lab/profile_default/startup/root.py
	IPYTHONDIR=build/lab INTONATION_ROOT="$(CURDIR)" $(BIN)/jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks

# predicted F0 over HTTP, from the model of a run, for this machine only
serve: .venv/book.ok
	$(BIN)/python -m intonation.book.service --model "$(OUT)/model/$(TARGET)" --port $(PORT)

# reproduced or not: a run beside another, or beside the stored summary of the default run
verify: .venv/book.ok
	$(BIN)/python -m intonation.book.verify "$(OUT)" $(if $(WITH),--with "$(WITH)") $(if $(WRITE),--write "$(WRITE)")

# axe-core and html-validate, which npm installs at first use, on every page in a browser
check-site: .venv/test.ok
	PYTHONPATH=tests $(BIN)/python -m check_site "$(OUT)"

# for this machine only
serve-site: .venv/book.ok
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory "$(OUT)/site/html" $(PORT)

site-zip: .venv/book.ok
	$(BIN)/python -m zipfile -c "$(OUT)/site.zip" "$(OUT)/site/html"

pdf: .venv/test.ok
	$(BIN)/python -m intonation.book.publishing.pdf "$(OUT)"

bench: .venv/test.ok
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

check: .venv/test.ok
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

# Run after changing a pin in pyproject.toml: a fresh environment is resolved and frozen. What is not
# pinned there stays as it was locked; UPGRADE=1 takes the newest that fits.
lock:
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	awk -F== 'NR == FNR { pins = pins $$0; next } { name = $$1; gsub("_", "-", name) } \
	  !index(pins, "\"" name "==")' pyproject.toml $(if $(UPGRADE),/dev/null,requirements.lock) > .venv-lock/kept.txt
	.venv-lock/bin/pip install --constraint .venv-lock/kept.txt ".[test,print,lab,serve,cluster]"
	.venv-lock/bin/pip freeze --exclude intonation > .venv-lock/frozen.txt
	sed 's/+cpu$$//' .venv-lock/frozen.txt > requirements.lock
	rm -rf .venv-lock

# What is trusted with what, then what is known to be wrong with it: asks PyPI, so it needs a network
# that reaches it. A package that could not be asked for fails it too.
audit: .venv/book.ok
	$(BIN)/python containers/audit.py
	$(PYTHON) -m venv build/audit && build/audit/bin/pip install --quiet pip-audit==2.10.1
	build/audit/bin/pip-audit --strict --no-deps --disable-pip --requirement requirements.lock

# docker, podman or buildah, whichever works here; book/cloud.md says more
image:
	$(PYTHON) containers/image.py build --image "$(IMAGE)" --variant "$(VARIANT)" \
	  --base-image "$(BASE_IMAGE)" --builder "$(BUILDER)" $(if $(DRY_RUN),--dry-run)

# Builds it without a daemon on a base made of Debian's packages, and runs its three commands.
image-test: .venv/book.ok
	$(BIN)/python tests/image/run.py

image-push:
	$(PYTHON) containers/image.py push --image "$(IMAGE)" --variant "$(VARIANT)" \
	  --registry "$(REGISTRY)" --tag "$(TAG)" --builder "$(BUILDER)" $(if $(DRY_RUN),--dry-run)

clean:
	rm -rf build

.venv/book.ok: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

# The browser tests want a Chromium: an installed one, else Debian's where we may install it.
.venv/test.ok: .venv/book.ok
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	  command -v google-chrome >/dev/null || \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; \
	  else $(BIN)/playwright install chromium; fi || \
	  echo "no browser could be installed: the browser tests will be skipped"
	touch $@

