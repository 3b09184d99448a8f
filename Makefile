# make build       the programs, in build/
# make test        every test, unit and integration (root, scripts/install-deps first); the simulator beside the others
# make check       format, vet, staticcheck, generated code
# make packages    .deb and .rpm of both programs, amd64 and arm64, in build/packages
# make bench       the figures of README.md
# make sim         live through random seeds for SECONDS of real time
# make chaos       break real agents, Redis and Open vSwitch for SECONDS (900); SEED=N again as run N did
# make restarts    an agent starts RESTARTS times, by kill -9, in order, to another build; every frame counted
# make hammer      eight coordinators create HAMMER ports each at once
# make fuzz        every fuzz target for FUZZTIME
# make demo        two hypervisors, two guests, a ping; make demo-down removes every trace

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: build
build:
	scripts/lib/build build '$(VERSION)'

# The simulator's first seed: another for every commit, the same for all who test that commit.
SIM_FIRST ?= $(shell printf %d 0x$$(git rev-parse 'HEAD^{tree}' 2>/dev/null | cut -c1-12))

.PHONY: test
test: build
	scripts/install-deps
	nice env VLCP_SIM_SECONDS=$(SECONDS) VLCP_SIM_FIRST=$(SIM_FIRST) go test -count=1 -timeout 15m ./integration/sim/... & sim=$$!; \
	go test -timeout 15m $$(go list ./... | grep -v /integration/sim) || { kill $$sim 2>/dev/null; exit 1; }; wait $$sim

# Without the rules that STYLE and the tidy test have their own form of.
CHECKS = all,-ST1000,-ST1003,-ST1005,-ST1020,-ST1021,-ST1022

.PHONY: check
check: build/staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then \
		echo "not formatted, run gofmt -w:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	build/staticcheck -checks "$(CHECKS)" ./...
	go generate ./...
	git diff --exit-code -- '*zz_*.go'

build/staticcheck: scripts/tools/go.mod
	go build -C scripts/tools -o ../../build/staticcheck honnef.co/go/tools/cmd/staticcheck

.PHONY: packages
packages:
	scripts/package $(if $(PKG_VERSION),--version $(PKG_VERSION))
	ls -l build/packages

build/nfpm: scripts/nfpm/go.mod
	CGO_ENABLED=0 go build -C scripts/nfpm -o ../../build/nfpm github.com/goreleaser/nfpm/v2/cmd/nfpm

.PHONY: bench
bench: build
	scripts/install-deps bench
	scripts/bench

SECONDS ?= 120
.PHONY: sim
sim:
	go test -count=1 -timeout 24h -run Failed ./integration/sim/dc
	go run ./integration/sim -seconds $(SECONDS)

.PHONY: chaos
chaos: SECONDS = 900
chaos:
	scripts/install-deps
	go build -o build/chaos ./integration/chaos
	build/chaos --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

RESTARTS ?= 100
.PHONY: restarts
restarts:
	scripts/install-deps
	VLCP_RESTARTS=$(RESTARTS) go test -count=1 -timeout 1h -v -run TestAgentRestarts ./integration

HAMMER ?= 5000
.PHONY: hammer
hammer:
	VLCP_HAMMER=$(HAMMER) go test -count=1 -timeout 1h -v -run Hammer ./coordinator/catalog

FUZZTIME ?= 10s
.PHONY: fuzz
fuzz:
	scripts/fuzz $(FUZZTIME)

.PHONY: demo
demo:
	scripts/install-deps
	$(MAKE) --no-print-directory build
	scripts/demo

.PHONY: demo-down
demo-down:
	scripts/lab down
