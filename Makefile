# The two commands of a fresh machine are `make demo` and `make test`; both set up what they need first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO := demo

.PHONY: setup demo test bounds check lint types imports bench clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

# The main job on the bundled blueprints: strings -> dataset -> cloned policy -> scored report.
demo: $(READY)
	rm -rf $(DEMO)
	$(BIN)/factorion build-dataset datasets/starter/blueprints -o $(DEMO)/dataset --licence MIT
	$(BIN)/factorion train-bc $(DEMO)/dataset -o $(DEMO)/runs/bc --max-minutes 6
	$(BIN)/factorion eval $(DEMO)/runs/bc $(DEMO)/dataset --split test --report $(DEMO)/report

test: $(READY)
	$(BIN)/python -m pytest -n 2

# Kernels take every index as it is; here each is checked.
bounds: $(READY)
	NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=build/bounds $(BIN)/python -m pytest tests/simulation tests/datasets/test_loading.py tests/blueprints

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	$(BIN)/lint-imports

check: lint types imports test

bench: $(READY)
	$(BIN)/python -m tests.bench.bench_simulation --plot docs/images/performance.png
	$(BIN)/python -m tests.bench.bench_peer
	$(BIN)/python -m tests.bench.bench_batch
	$(BIN)/python -m tests.bench.bench_design --plot docs/images/design.png
	$(BIN)/python -m tests.bench.bench_cells
	$(BIN)/python -m tests.bench.bench_dataset
	$(BIN)/python -m tests.bench.bench_reading
	$(BIN)/python -m tests.bench.bench_loader
	$(BIN)/python -m tests.bench.bench_environment
	$(BIN)/python -m tests.bench.bench_servers

clean:
	rm -rf $(VENV) $(DEMO) .pytest_cache .mypy_cache .ruff_cache .hypothesis
