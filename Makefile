# make report: set up and run the suite; make test: set up and pass the tests, on every core. Both reuse .venv the next time.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: report test lint wheel-test nightly sample clean

report: .venv/.installed
	$(BIN)/gradref report
	for model in cnn lstm transformer; do \
		$(BIN)/gradref model examples/models.py:make_$$model --out reports/latest/models/$$model || exit; \
	done

test: .venv/.installed
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

# The built wheel: complete, importable, and its commands work away from the checkout. make test has tested what is in it.
wheel-test: .venv/.installed
	rm -rf build dist
	$(BIN)/python -m build --wheel --outdir dist .
	$(BIN)/python -m pip install --quiet --no-deps --target build/installed dist/*.whl
	GRADREF_INSTALLED=$(CURDIR)/build/installed $(BIN)/python -m pytest -o pythonpath=tests tests/wheel

# What takes long: at most 90 minutes; a dated summary in reports/nightly/.
nightly: .venv/.installed
	$(BIN)/python tests/nightly.py

# The small report that is committed under reports/sample/.
sample: .venv/.installed
	$(BIN)/gradref report --case golden-g1 --case digits-tanh-softmax-b10-trained --case ternary-kinks \
		--dtype float64 --dtype float32 --out reports/sample

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "gradref: Python must be 3.11 or newer. Run: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf .venv build dist
