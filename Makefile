# Spindle's commands. `make run` is all that is needed to try it; `make help` lists the rest.
# Cargo knows what is up to date in Rust, end2end/build/site.mjs in the browser's part, so no rule here guesses by file times.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run demo watch test test-slow bench pictures lint fmt deny build site dev tools

export CARGO_TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))
export SPINDLE_TOOLS ?= $(HOME)/.cache/spindle/tools
export PATH := $(PATH):$(SPINDLE_TOOLS)/nextest/bin:$(SPINDLE_TOOLS)/deny/bin
# It would replace the flags in .cargo/config.toml, and browser and server would no longer fit together.
unexport RUSTFLAGS

DATA ?= data
LISTEN ?= 127.0.0.1:3000
SITE := $(CARGO_TARGET_DIR)/site
SPINDLE := $(CARGO_TARGET_DIR)/release/spindle
BINDGEN = $(SPINDLE_TOOLS)/wasm-bindgen-$(shell sed -n '/^name = "wasm-bindgen"$$/{n;s/version = "\(.*\)"/\1/p}' Cargo.lock)/bin/wasm-bindgen

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1\t/p' Makefile | expand -t 18

run: build ## build what changed and serve on 127.0.0.1:3000, with the database in ./data
	@exec $(SPINDLE) serve --data $(DATA) --listen $(LISTEN) --site $(SITE)

demo: build ## the same with a lively sample company and a mailbox of its own, in ./demo
	@exec node end2end/build/ts.mjs end2end/build/demo.ts --spindle $(SPINDLE) --site $(SITE) --data demo --listen $(LISTEN)

watch: tools ## for developers: rebuild and restart on every change
	@node end2end/build/watch.mjs --data $(DATA) --listen $(LISTEN)

test: ## everything: lints, tests on both databases, the journeys in a real browser
	@.ci/test

test-slow: tools build ## what takes too long for every run: a real Thunderbird (Debian's package thunderbird)
	@end2end/build/tools test
	@cd end2end && npx playwright test --config slow.config.ts

bench: build ## first sync against mbsync, phones against Radicale, letters against Python, sizes, times, memory; a large store, as tables
	@node end2end/build/ts.mjs end2end/bench/bench.ts
	@node end2end/build/ts.mjs end2end/bench/carddav.ts
	@node end2end/build/ts.mjs end2end/bench/letters.ts
	@end2end/bench/store.sh

pictures: build ## the screens as pictures, in docs/pictures
	@node end2end/build/ts.mjs end2end/pictures/pictures.ts

lint: ## what a reviewer need not say
	cargo fmt --all --check -- -l
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy -p frontend --target wasm32-unknown-unknown -- -D warnings
	node .ci/tidy.mjs

fmt: ## format all Rust
	cargo fmt --all

deny: ## licences, advisories and sources of the dependencies
	@end2end/build/tools test
	cargo deny --config .cargo/deny.toml check

build: site ## the release server and the site beside it
	@cargo build --release --locked -p server

site: tools
	@cargo build --locked -p frontend --target wasm32-unknown-unknown --profile wasm-release
	@node end2end/build/site.mjs --wasm $(CARGO_TARGET_DIR)/wasm32-unknown-unknown/wasm-release/frontend.wasm --site $(SITE) --bindgen $(BINDGEN)

# Quick to build, slow to load: what `watch` builds at each change.
dev: tools
	@cargo build -p frontend --target wasm32-unknown-unknown
	@node end2end/build/site.mjs --dev --wasm $(CARGO_TARGET_DIR)/wasm32-unknown-unknown/debug/frontend.wasm --site $(CARGO_TARGET_DIR)/site-dev --bindgen $(BINDGEN)
	@cargo build -p server

tools:
	@end2end/build/tools
