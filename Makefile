# Parley. `make` alone prints this help.
GO      ?= go
LISTEN  ?= 127.0.0.1:8080
FUZZTIME ?= 10s
REDIS := $(shell command -v redis-server 2>/dev/null)
CHROMIUM := $(firstword $(foreach b,chromium chromium-browser google-chrome,$(shell command -v $(b) 2>/dev/null)))

.DEFAULT_GOAL := help
.PHONY: help run build test race vet lint fmt tools fuzz bench microbench reference soak chaos clean

help: ## Print this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: ## Build, and run the support example with its shop; prints the address
	@echo "building the support example; the first time takes a minute"
	@$(GO) build -o bin/support ./examples/support
	@exec bin/support --listen $(LISTEN)

build: ## Build bin/parley
	$(GO) build -trimpath -o bin/parley .

test: tools vet ## Everything: vet, all tests, the conversation, crash and browser tests
	$(GO) test -timeout 9m ./...

race: tools ## All tests under the race detector (slower)
	$(GO) test -race -timeout 20m ./...

vet: ## gofmt and go vet
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "gofmt these: $$unformatted"; exit 1; }
	$(GO) vet ./...

lint: vet ## golangci-lint, where it is installed
	golangci-lint run ./...

fmt: ## Format the Go files
	gofmt -w $$(git ls-files '*.go')

tools: ## Install what the tests need and is missing: Chromium, Redis
ifeq ($(CHROMIUM),)
	@echo "installing Chromium for the browser tests"
	@SUDO=; test "$$(id -u)" = 0 || SUDO=sudo; \
	  $$SUDO apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive $$SUDO apt-get install -qy --no-install-recommends chromium fonts-dejavu-core >/dev/null || \
	  { echo "can't install Chromium: install it by hand (package chromium), then run make test again"; exit 1; }
endif
ifeq ($(REDIS),)
	@echo "installing Redis for the tests of its store"
	@SUDO=; test "$$(id -u)" = 0 || SUDO=sudo; \
	  $$SUDO apt-get update -q >/dev/null && $$SUDO env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -qy --no-install-recommends redis-server >/dev/null || \
	  { echo "can't install Redis: install it by hand (package redis-server, 7.0 or newer), then run make test again"; exit 1; }
endif

fuzz: ## Fuzz every target for FUZZTIME (10s) each
	@for f in $$(git grep -l '^func Fuzz' -- '*_test.go'); do \
	  for t in $$(grep -ohE '^func Fuzz[A-Za-z0-9_]*' $$f | sed 's/func //'); do \
	    echo "$$t in $$(dirname $$f)"; $(GO) test -run '^$$' -fuzz "^$$t\$$" -fuzztime $(FUZZTIME) ./$$(dirname $$f) || exit 1; \
	  done; done

bench: tools ## Measure what a message costs; writes bot/bench/RESULTS.md, takes a while
	$(GO) run ./bot/bench

microbench: ## Benchmarks of the engine, the stores and a whole message in the process
	$(GO) test -run '^$$' -bench . -benchmem ./flows/... ./state/... ./bot/

reference: ## Write flows/REFERENCE.md, channels/REFERENCE.md and the schemas anew
	$(GO) test ./flows ./channels/reference -run TestReference -update

soak: tools ## A long run of the crash test: SOAK=500 kills
	PARLEY_KILLS=$${SOAK:-500} $(GO) test -count 1 -timeout 3h -run TestKill -v ./bot/chaos

chaos: tools ## Everything goes wrong, for minutes; a table at the end; CHAOS=disk for one, PARLEY_CHAOS_SEED=7 again
	PARLEY_CHAOS=all $(GO) test -count 1 -timeout 2h -run 'TestChaos$$/$(CHAOS)' -v ./bot/chaos

clean: ## Remove what was built, and the data of the examples
	rm -rf bin examples/*/data
