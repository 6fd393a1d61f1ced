# The two commands of the README are `make run` and `make test`.

GO      ?= go
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
TOOL    := $(GO) tool -modfile=tools/go.mod
FUZZ    ?= 4s

.PHONY: run test build lint unit fuzz integration vm-test bench deps clean

run: deps-run build
	@$(GO) build -o bin/tour ./tour && exec bin/tour

test: build lint unit fuzz integration vm-test

# With USB where libusb and a C compiler are there (Debian: libusb-1.0-0-dev
# pkg-config gcc); static and without it by: make build CGO=0
CGO ?= $(shell pkg-config --exists libusb-1.0 2>/dev/null && command -v gcc >/dev/null && echo 1 || echo 0)
build:
	CGO_ENABLED=$(CGO) $(GO) build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/ ./cmd/...

lint: deps
	$(GO) vet ./...
	$(GO) vet -tags nousb ./hw/ds2490
	$(TOOL) staticcheck ./...
	$(TOOL) depguard ./...
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "gofmt the files above"; exit 1; }

# Some packages wait for the time of their emulated ports: others run meanwhile.
unit: deps
	$(GO) test -race -p 4 $$($(GO) list ./... | grep -v /integration)
	$(GO) test -tags nousb ./hw/ds2490 # what a build without USB says

# Every fuzz target for a short while; what they find is kept in testdata/fuzz.
fuzz: deps
	@packaging/fuzz $(FUZZ)

# Against the real programs of the C suite, mounts and containers; as root.
integration: deps
	$(GO) test -count=1 -timeout 15m -parallel 4 -v ./integration | packaging/noskip

# In virtual machines with a kernel that has USB and 1-Wire drivers. Most
# scenarios wait most of the time, so that more machines than processors do. One
# scenario by name: make vm-test RUN=TestOwserver
RUN      ?= .
MACHINES ?= 3
vm-test: deps vm-kernel
	$(GO) vet -tags vm ./integration/vm
	$(GO) test ./integration/vm/vmrun
	CGO_ENABLED=1 $(GO) build -trimpath -ldflags '-s -w' -o bin/vm/ ./cmd/owfs
	$(GO) test -tags vm -count=1 -timeout 15m -v -run '$(RUN)' -ldflags '-s -w' \
		-exec '$(CURDIR)/bin/vmrun -machines $(MACHINES) -first TestMountReplug -timeout 12m' \
		./integration/vm | packaging/noskip

# Debian's kernel, once, into $$XDG_CACHE_HOME/owfs-vm.
vm-kernel:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/vmrun ./integration/vm/vmrun
	@bin/vmrun -fetch
.PHONY: vm-kernel

bench: deps
	$(GO) run ./bench

# What the Debian packages are for stands in the script.
deps:
	@packaging/deps test
deps-run:
	@packaging/deps run
.PHONY: deps-run

clean:
	rm -rf bin
