# Two commands after cloning:
#     make demo    builds, then runs the main job on the example portfolios
#     make test    everything that must pass
# They need a Rust toolchain (rustup) and a C compiler; all other set-up is done here, inside target/.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test bench experiment docs fmt format-check clippy unit deny compare compare-backtest

CARGO_DENY_VERSION := 0.20.2
AXE_VERSION := 4.14.1
TOOLS := $(CURDIR)/target/tools
CARGO_DENY := $(TOOLS)/cargo-deny-$(CARGO_DENY_VERSION)/bin/cargo-deny
AXE := $(TOOLS)/axe-core-$(AXE_VERSION)

help:
	@sed -n 's/^#     //p' Makefile

demo:
	cargo run --locked --release -p evenkeel-cli --features pdf -- demo
	rm -rf out/demo/book out/demo/book-run
	cargo run --locked --release --quiet -p evenkeel-cli --features pdf -- generate --households 1000 --into out/demo/book
	cargo run --locked --release --quiet -p evenkeel-cli --features pdf -- batch out/demo/book --into out/demo/book-run

# The quick checks first. `unit` comprises unit, integration, spec and doc tests and the tidy test.
test: format-check deny clippy unit docs

format-check:
	cargo fmt --all --check

clippy:
	cargo clippy --locked --workspace --all-targets --all-features -- -D warnings

unit: $(AXE)
	cargo test --locked --workspace --all-features

docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --all-features --no-deps

# Advisories need a database on GitHub and are left out: see deny.toml.
deny: $(CARGO_DENY)
	$(CARGO_DENY) --locked check --hide-inclusion-graph licenses bans sources

# Unoptimized, because it runs for a second and takes a minute less to build so.
$(CARGO_DENY):
	cargo install cargo-deny --version $(CARGO_DENY_VERSION) --locked --debug --root $(TOOLS)/cargo-deny-$(CARGO_DENY_VERSION)

# The rules by which the tests judge whether pages are accessible; without npm they say that they do not.
$(AXE):
	if command -v npm > /dev/null; then npm install --silent --no-save --ignore-scripts --prefix $(AXE) axe-core@$(AXE_VERSION) || echo "axe-core was not installed"; fi

bench:
	cargo bench --locked --workspace --all-features --bench '*'

# The joint planner against the cascade of rules over 20 simulated years; EXPERIMENT="--households 20" makes it smaller.
EXPERIMENT :=
experiment:
	cargo run --locked --release -p evenkeel-cli --example joint_experiment -- $(EXPERIMENT)

# Beside other libraries, which are installed into an environment under target/ on first use (Python 3.11 or later).
TASKS :=
PEERS := target/compare/environment
compare: $(PEERS)/ready
	$(PEERS)/bin/python bench/compare.py $(TASKS)

$(PEERS)/ready: bench/requirements.txt
	python3 -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --only-binary :all: -r bench/requirements.txt
	touch $@

# The backtest beside Numba, vectorbt and bt, which want an environment of their own.
BACKTEST_PEERS := target/compare/backtest
compare-backtest: $(BACKTEST_PEERS)/ready
	$(BACKTEST_PEERS)/bin/python bench/compare_backtest.py $(TASKS)

$(BACKTEST_PEERS)/ready: bench/requirements-backtest.txt
	python3 -m venv $(BACKTEST_PEERS)
	$(BACKTEST_PEERS)/bin/pip install --quiet --only-binary :all: -r bench/requirements-backtest.txt
	touch $@

fmt:
	cargo fmt --all
