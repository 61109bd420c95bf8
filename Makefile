# Everything that a person or a machine runs. The two that matter: demo, test.

SHELL = /bin/sh
# Where installers put things, for a shell that was opened before them; and
# where Debian has chroot(8), for a user whose PATH leaves it out.
export PATH := $(PATH):/usr/local/go/bin:$(or $(CARGO_HOME),$(HOME)/.cargo)/bin:/usr/sbin:/sbin

# The commit is stamped into the program, but a checkout that git will not read
# (none, or another user's) is no reason not to build.
ifeq ($(shell git rev-parse HEAD 2>/dev/null),)
export GOFLAGS := $(GOFLAGS) -buildvcs=false
endif

TEST_TIMEOUT ?= 40m
BENCHFLAGS ?=

.PHONY: help demo test build prerequisites install-hint lint census escape determinism zoo long stress crash compat bench clean

help:
	@echo 'make demo          build examples/workshop hermetically and compare with plain cargo'
	@echo 'make test          run every test'
	@echo 'make build         build bin/cargo-hermetic'
	@echo 'make install-hint  how to put it where cargo finds it'
	@echo 'make lint          gofmt, vet, staticcheck, govulncheck, other systems (needs the network)'
	@echo 'make census        the channel tests alone, as a table'
	@echo 'make escape        programs that try to get out, under every isolation'
	@echo 'make determinism   which sources of time, chance and machine are held, as a table'
	@echo 'make zoo           irreproducible crates, one sin each: what they do without us and with us'
	@echo 'make long          the scripts that build OpenSSL and jemalloc, twice each, and what needs a system of Debian'
	@echo 'make stress        200 projects at once on one store, 10,000 processes in one world'
	@echo 'make crash         SIGKILL at 200 instants of captures, fetches and collections'
	@echo 'make compat        published projects, built and verified; writes docs/compatibility.md'
	@echo 'make bench         what a hermetic build costs; BENCHFLAGS="-runs 3 -only cold"'
	@echo 'make clean         remove what all of these made'

demo: prerequisites build
	@scripts/demo

build:
	CGO_ENABLED=0 go build -trimpath -o bin/cargo-hermetic ./cmd/cargo-hermetic

prerequisites:
	@scripts/prerequisites $(if $(filter test census escape determinism zoo stress,$(MAKECMDGOALS)),test,demo)

install-hint:
	@echo 'cargo finds a program named cargo-hermetic on the PATH. Either of:'
	@echo '    CGO_ENABLED=0 go build -trimpath -o "$${CARGO_HOME:-$$HOME/.cargo}/bin/cargo-hermetic" ./cmd/cargo-hermetic'
	@echo '    export PATH="$(CURDIR)/bin:$$PATH"    # after `make build`'

# Packages whose tests start worlds, themselves or by what they import. The race
# detector needs cgo, and with cgo a Go program cannot change all of its threads
# at once, as the sandbox does. So these run as they ship, all others raced.
WORLDS := /(cargo-hermetic|bench|internal/(build|census|cli|crates|doctor|sandbox)(/.*)?)$$

test: prerequisites
	go vet ./...
	@go build -o bin/testsummary ./scripts/testsummary
	@raced=$$(go list ./... | grep -vE '$(WORLDS)') && worlds=$$(go list ./... | grep -E '$(WORLDS)') && \
	bin/testsummary \
		-- CGO_ENABLED=1 -race -count=1 -timeout $(TEST_TIMEOUT) $$raced \
		-- CGO_ENABLED=0 -count=1 -timeout $(TEST_TIMEOUT) $$worlds

# In the directory of the package, because there `go test` passes on what a test
# prints: the table. The tests are compiled as `make test` compiles them.
census: prerequisites
	cd internal/census && CGO_ENABLED=0 go test -count=1 -timeout $(TEST_TIMEOUT) -run '^TestCensus$$'

escape: prerequisites
	@scripts/escape

# As the census: the directory of the package, for its table.
determinism: prerequisites
	cd internal/sandbox && CGO_ENABLED=0 go test -count=1 -timeout $(TEST_TIMEOUT) -run '^TestDeterminism$$'

# Of it, `make test` has three exhibits. The directory of the package, as above.
zoo: prerequisites
	HERMETIC_ZOO=1 CGO_ENABLED=0 go test -count=1 -timeout $(TEST_TIMEOUT) -run '^TestZoo'

# Scripts of `make test` that take minutes each.
long: prerequisites
	HERMETIC_LONG=1 CGO_ENABLED=0 go test -count=1 -timeout $(TEST_TIMEOUT) -v -run '^TestScripts$$/^(held_(jemalloc|openssl|tests)|oci_debian|toolchain_web|real_(fd|hyperfine|tokei)|verbs_(criterion|trybuild)|download_swagger)$$' .
	HERMETIC_LONG=1 go test -count=1 -timeout $(TEST_TIMEOUT) -v -run '^TestDebian$$' ./internal/system

# What takes minutes: 200 projects that build at once on one empty store, and
# 10,000 processes, a million names and a million questions in one world.
stress: prerequisites
	HERMETIC_CROWD=200 CGO_ENABLED=0 go test -count=1 -timeout $(TEST_TIMEOUT) -v -run '^TestLivesCrowd$$' .
	HERMETIC_STRESS=1 CGO_ENABLED=0 go test -count=1 -timeout $(TEST_TIMEOUT) -v -run '^TestStress' ./internal/sandbox

# The store is verified in full after each kill.
crash:
	HERMETIC_CRASHES=200 go test -count=1 -timeout $(TEST_TIMEOUT) -v -run '^TestCrash$$' ./internal/store

compat: prerequisites
	go run -trimpath ./compat $(COMPATFLAGS)

bench: prerequisites build
	CGO_ENABLED=0 go run -trimpath ./bench $(BENCHFLAGS)

lint:
	@unformatted=$$(git ls-files -co --exclude-standard '*.go' | xargs gofmt -l) && \
	if [ -n "$$unformatted" ]; then echo "not as gofmt writes it:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	@set -e; for target in darwin/arm64 windows/amd64 linux/arm64; do \
		echo "CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} go build, go vet"; \
		CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} go build ./...; \
		CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} go vet ./...; \
	done
	go run golang.org/x/vuln/cmd/govulncheck@v1.1.4 ./...

# Layers are read-only in the store.
clean:
	@if [ -d .cache ]; then chmod -R u+w .cache; fi
	rm -rf .cache bin examples/workshop/target
