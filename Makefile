# How linekeeper is built, run and checked. `make` alone lists what there is.

PROFILE ?= dev
.DEFAULT_GOAL := help
.PHONY: help run demo build dashboard test contract check fmt lint deny architecture guard packaging bench soak storm flood

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

run: dashboard ## serve, with ./data and the defaults (PROFILE=release for a fast build)
	cargo run --locked --profile $(PROFILE) --package linekeeper -- serve

demo: dashboard ## a trial without a phone: server and simulated WhatsApp in one process
	cargo run --locked --profile $(PROFILE) --package linekeeper-demo

build: dashboard ## the binary to install: target/release/linekeeper
	cargo build --locked --release --package linekeeper

dashboard: ## the web pages, into dashboard/dist; does nothing without Node
	scripts/build-dashboard.sh

test: ## every test; installs what it needs: Debian's PostgreSQL, an S3 store, Node packages, schemathesis
	scripts/test.sh

contract: ## the API's document read by a linter, and a running server tried against it by schemathesis
	scripts/check-contract.sh

check: lint deny architecture guard packaging ## format, lints, dependencies, architecture, certificate guard, packaging

lint:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings

# Advisories are left out: they need a database from the internet. By hand: cargo deny check advisories
deny:
	scripts/install-cargo-deny.sh
	cargo deny --locked check bans licenses sources

architecture: ## the rules of the house alone, with the longest files
	cargo test --locked --quiet --package linekeeper-architecture -- --show-output

guard:
	scripts/check-dependency-tree.sh

packaging:
	scripts/lint-packaging.sh

fmt: ## format everything
	cargo fmt --all

bench: ## accounts, messages, webhooks and live clients, measured against the simulator in a release build (PART chooses one)
	cargo build --locked --release --package linekeeper-demo --bins --example trial
	scripts/with-postgres.sh "$${CARGO_TARGET_DIR:-target}/release/examples/trial" bench $(PART)

soak: ## 300 kills, then half an hour of random trouble (CHAOS_KILLS, SOAK_MINUTES, SOAK_ACCOUNTS, SOAK_KILLS, SOAK_SEED)
	CHAOS_KILLS=$${CHAOS_KILLS:-300} cargo test --locked --package linekeeper-demo --test it product::chaos -- --nocapture
	cargo build --locked --release --package linekeeper-demo --bins --example trial
	"$${CARGO_TARGET_DIR:-target}/release/examples/trial" soak

storm: ## messages flow while server, receivers, brokers and database are killed (STORM_DATABASE, STORM_EVENTS, STORM_KILLS, STORM_SEED)
	cargo build --locked --release --package linekeeper-demo --bins --example trial
	"$${CARGO_TARGET_DIR:-target}/release/examples/trial" storm

flood: ## how long /healthz takes while one client opens 2,000 sockets and 2,000 long polls (FLOOD_SOCKETS, FLOOD_SECONDS)
	cargo build --locked --release --package linekeeper-demo --bins --example trial
	"$${CARGO_TARGET_DIR:-target}/release/examples/trial" flood
