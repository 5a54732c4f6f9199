# Kinescope. Two commands matter: `make run` and `make test`; both install what they need.
# Variables: DESKTOP=:0 (record a display that exists), PORT=8443, KINESCOPE_DATA=var (where `make run` keeps its data).

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
export CARGO_TARGET_DIR ?= $(CURDIR)/target
RELEASE := $(CARGO_TARGET_DIR)/release

.PHONY: run test build console wasm check setup-run setup-test bench-screen bench-agent bench-hiding bench-detectors bench-standby bench-flood bench-false-events bench-player bench-live bench-verify bench-search corpora soak soak-sessions fuzz clean help

help:
	@sed -n 's/^## //p' Makefile

## make run          build, start server + agent + a virtual desktop, print the address and the first login
run: setup-run build
	@scripts/run.sh

## make test         everything CI runs
test: setup-test
	@scripts/test.sh

## make build        release binaries with the console inside
build: console
	@echo "== building kinescope and kinescope-agent"
	@cargo build --release --locked -p cli -p agent

console: wasm
	@scripts/build-console.sh

wasm:
	@scripts/build-wasm.sh

## make check        formatting, tiers, sizes, licences, lints
check:
	@scripts/check.sh

setup-run:
	@scripts/setup.sh build desktop

setup-test:
	@scripts/setup.sh build desktop test

## make bench-screen the screen codec beside x264, VP9, AV1, FFV1 and PNG on the kept corpora; writes docs/screen-figures.md
bench-screen: setup-test
	@benches/screen.sh

## make bench-agent  the agent's CPU beside ffmpeg's, at rest and at work
bench-agent: setup-test build
	@benches/agent-cpu.sh

## make bench-hiding what hiding an application costs recorder and X server
bench-hiding: setup-test build
	@benches/hiding.sh

## make bench-detectors what it costs to detect all that can be detected on a desktop
bench-detectors: setup-test build
	@benches/detectors.sh

## make bench-standby what it costs that a recorder stands by with the screen from before an event
bench-standby: setup-test build
	@benches/standby.sh

## make bench-flood  what a flood of programs and files does to a session that is recorded, and to the agent
bench-flood: setup-test build
	@benches/flood.sh

## make bench-false-events  an hour of ordinary work (MINUTES=60): whether anything alarming is told of it
bench-false-events: setup-test build
	@benches/false-events.sh

## make bench-player seeking in 8 and 12 hours, decoding speed and playing at 32×, in Chromium
bench-player: setup-test build
	@benches/player-seek.sh

## make bench-verify  how fast recordings are judged on one core, beside SHA-256 of the same bytes; fails below the limit
bench-verify: build
	@$(RELEASE)/kinescope bench verify

## make bench-search  how fast recordings are found by events among RECORDINGS (default 1000000) of 20 events each: a quarter of an hour, 4 GB
bench-search: setup-test
	@benches/search.sh $(or $(RECORDINGS),1000000) 20

## make bench-live   delay from a change on the screen to the changed canvas in Chromium
bench-live: setup-test build
	@benches/live-delay.sh

## make corpora      more corpora for the screen codec, that it was not tuned on: scenes of benches/corpora/
corpora: setup-test
	@benches/corpora.sh

## make soak         attacks on recordings too long for `make test`: every offset and every bit of a megabyte
soak:
	@scripts/soak.sh

## make soak-sessions  200 sessions that come and go for ten minutes (SESSIONS=, SECONDS_LONG=): nothing leaks, all are accounted for
soak-sessions:
	@scripts/soak-sessions.sh

## make fuzz         every fuzz target for FUZZ_SECONDS (default 60) each
fuzz:
	@scripts/fuzz.sh

clean:
	@rm -rf target target-wasm web/node_modules web/apps/console/dist web/packages/player/wasm
