# Everything that is done to the project. `make help` lists the targets.

.DEFAULT_GOAL := help

VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
# The oldest Go that builds the program.
GO_VERSION := $(shell sed -n 's/^go \([0-9]*\.[0-9]*\).*/\1/p' go.mod)
# Where `make install` puts the programs, in bin.
PREFIX ?= $(HOME)/.local
FUZZTIME ?= 5m
# How many ingestions `make crashloop` kills.
N ?= 20

# How many damaged launches `make mutations` sends.
MUTATIONS ?= 10000
# How long `make concurrency` lasts.
CONCURRENCY_SECONDS ?= 60
# The race detector needs a C compiler.
RACE = $(shell command -v "$$(go env CC)" >/dev/null && [ "$$(go env CGO_ENABLED)" = 1 ] && echo -race)
# What `make run` gives to the demo and `make bench` to bench/bulk.sh, such as
# ARGS="--reps 3"; for the demo ARGS="--count 1000".
ARGS ?=
# The checkout that `make figures` measures.
DIR ?= .

# Tools are built once into .bin, from the versions in tools/go.mod; the file
# .bin/tools says when.
TOOLS := .bin/tools
LINT  := .bin/golangci-lint
FUMPT := .bin/gofumpt
VULN  := .bin/govulncheck

.PHONY: help go build install uninstall run up down test faults test-e2e test-docker test-trino test-readers test-workers test-documents test-connect test-api test-deploy test-shipping stack stack-down test-user test-tools lint fmt vuln fuzz bench bench-quick bench-scale bench-shipping bench-dashboard docs clean all crashloop scheduleloop concurrency security mutations dlt-faults figures figures-compare figures-walk

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  make %-15s %s\n' "$$name" "$$text"; done

# Go from 1.21 on fetches the version that go.mod names.
go:
	@command -v go >/dev/null || { echo "Go is not installed, or not on the PATH. Next: install Go $(GO_VERSION) or newer from https://go.dev/dl and run make again."; exit 1; }
	@version=$$(GOTOOLCHAIN=local go env GOVERSION); case $$version in go1.[0-9]|go1.[0-9].*|go1.1[0-9]*|go1.20*) \
		echo "This is $$version, which is too old. Next: install Go $(GO_VERSION) or newer from https://go.dev/dl and run make again."; exit 1;; esac

build: go ## build bin/liftoff, and the program that downloads PostgreSQL for it
	@if [ -x bin/liftoff ]; then echo "Building bin/liftoff."; else \
		echo "Building bin/liftoff. The first build downloads Go modules and compiles them: up to a few minutes."; fi
	@CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.buildVersion=$(VERSION)" -o bin/ ./cmd/...

run: build ## run the demo: the whole pipeline, with nothing to install
	@echo "Running bin/liftoff demo $(ARGS)"
	@bin/liftoff demo $(ARGS)

# Both programs must be in one folder: the first runs the second.
install: build ## copy the programs to PREFIX/bin (~/.local/bin)
	@mkdir -p "$(PREFIX)/bin" && install -m 755 bin/liftoff bin/liftoff-fetch-postgres "$(PREFIX)/bin/"
	@echo "Installed liftoff and liftoff-fetch-postgres in $(PREFIX)/bin."
	@case ":$$PATH:" in *":$(PREFIX)/bin:"*) ;; *) echo "$(PREFIX)/bin is not on your PATH. Next: export PATH=\"$(PREFIX)/bin:\$$PATH\"";; esac

uninstall: ## remove the programs from PREFIX/bin, and PostgreSQL's program files; data stays
	@tools/uninstall.sh "$(PREFIX)"

# The race detector needs a C compiler; without one the tests still run. The
# PostgreSQL for the tests is unpacked before, once: that takes two seconds, but
# a minute under the race detector. The rows of the fault catalogue have a tier of
# their own, `make faults`.
test: go ## run all tests but the fault suite, and print the counts
	@go test -count=1 -run '^TestNewDatabase_IsEmptyAndItsOwn$$' ./internal/testkit/pgtest >/dev/null || true
	@go -C tools build -o ../.bin/testsummary ./testsummary
	@race=-race; \
	compiler=$$(go env CC); \
	if [ "$$(go env CGO_ENABLED)" != 1 ] || ! command -v "$${compiler%% *}" >/dev/null; then \
		race=; export CGO_ENABLED=0; echo "no C compiler here: the tests run without the race detector"; \
	fi; \
	.bin/testsummary go test -json $$race -count=1 -skip '^Test[A-R][0-9]+_' $$(go list ./... | grep -v '^liftoff/faults/')

# The tests whose names begin with a row of the catalogue, in all packages.
faults: ## run the fault suite and write docs/reliability.md; as root, with Java for Trino
	@go -C tools build -o ../.bin/ ./testsummary ./faultreport
	@export LIFTOFF_FAULTS=1; if [ -n "$(CI)" ] || tools/trino.sh check >/dev/null 2>&1; then export LIFTOFF_TRINO=1; fi; \
	.bin/testsummary -events .bin/faults.events \
		go test -json -count=1 -p 2 -timeout=10m -run '^Test[A-R][0-9]+_' ./...; code=$$?; \
	.bin/faultreport -events .bin/faults.events $(if $(CI),-strict) && exit $$code

test-e2e: ## run the end-to-end tests only
	go test -count=1 ./e2e

test-docker: ## run the tests of the container stack, which need Docker
	tools/docker-engine.sh
	cd e2e/docker && LIFTOFF_DOCKER=1 go test -count=1 -timeout=25m ./...

test-trino: ## run the tests that need a real Trino; Java 24 or newer
	LIFTOFF_TRINO=1 go test -count=1 -p 1 -timeout=10m -run Trino -skip '^Test[A-R][0-9]+_' ./internal/testkit/trinotest ./internal/trino ./e2e

# The packages go into .bin/readers-venv; make faults runs it too.
test-readers: ## read an export with DuckDB, pyarrow, polars and fastparquet; Python 3, under a minute
	LIFTOFF_FAULTS=1 go test -count=1 -v ./faults/readers

# They mostly wait, so many run at once.
test-workers: ## run the end-to-end tests of workers that wait for slots, outages and one another; a minute
	LIFTOFF_SLOW=1 go test -count=1 -parallel 8 -timeout=10m -run 'Worker|Backfill' ./e2e

# Each command of the pages, in a clean clone of the last commit.
test-documents: ## paste the commands of README and docs into a terminal, as a reader would; three minutes
	LIFTOFF_DOCUMENTS=1 go test -count=1 -timeout=20m -v ./e2e/documents

# The packages go into .bin/connect-venv.
test-connect: ## connect to `db start` with SQLAlchemy, pandas and dbt; Python 3, a minute or two
	LIFTOFF_CONNECT=1 go test -count=1 -v ./e2e/connect

# The packages go into .bin/api-venv.
test-api: ## let schemathesis call the API of `liftoff serve` with good and bad requests; Python 3, under a minute
	LIFTOFF_API=1 go test -count=1 -v ./e2e/api

# What checks them goes into .bin/deploy.
test-deploy: ## check the recipes of deploy/ with cron, systemd in a container and actionlint; two minutes
	@tools/deploy-tools.sh
	PATH="$(CURDIR)/.bin/deploy:$$PATH" LIFTOFF_DEPLOY=1 go test -count=1 ./deploy

# The receivers go into .bin/shipping. Their modules are heavy, so make lint leaves them out.
test-shipping: $(TOOLS) ## ship logs, metrics and traces to a real Collector and VictoriaLogs; builds them once, five minutes, then two
	@tools/shipping-tools.sh
	cd e2e/shipping/collector && ../../../$(LINT) run ./... && go mod tidy -diff
	cd e2e/shipping/alloy && ../../../$(LINT) run ./... && go mod tidy -diff
	LIFTOFF_SHIPPING=1 go test -count=1 -timeout=20m ./e2e/shipping

# It is no part of .ci/run: the programs take too long to build there.
.PHONY: test-monitoring
test-monitoring: $(TOOLS) ## deploy/prometheus with a real Prometheus; builds it and Alertmanager once, ten minutes, then four
	tools/monitoring-tools.sh
	cd e2e/monitoring && ../../$(LINT) run ./... && go mod tidy -diff && LIFTOFF_MONITORING=1 go test -count=1 -timeout=15m -v ./...
	@if docker info >/dev/null 2>&1; then cd e2e/docker && LIFTOFF_DOCKER=1 go test -count=1 -timeout=15m -run 'Monitoring' -v ./...; else \
		echo "no Docker engine answers: the profile monitoring of the container stack was not tested"; fi

# Chromium, pdftotext and axe-core are installed for it. Pictures of all pages go into .bin/screenshots.
.PHONY: test-browser docs-pictures
test-browser: ## open each page of the dashboard in Chromium; Debian or Ubuntu as root, three minutes
	@tools/browser-tools.sh
	rm -rf .bin/screenshots
	cd e2e/browser && LIFTOFF_BROWSER=1 LIFTOFF_SCREENSHOTS=$(CURDIR)/.bin/screenshots go test -count=1 -timeout=15m ./...

docs-pictures: ## take the pictures of docs/dashboard.md anew; as make test-browser
	@tools/browser-tools.sh
	cd e2e/browser && LIFTOFF_BROWSER=1 LIFTOFF_PICTURES=$(CURDIR)/docs/pictures go test -count=1 -run '^TestPictures' ./...

test-user: ## as root: run the end-to-end tests as an unprivileged user
	tools/test-as-user.sh

test-tools: ## run the tests of the tools of this repository
	go -C tools test -count=1 ./testsummary ./faultreport ./figures

# The folder of etcd, kube-apiserver, kube-controller-manager and kubectl.
KUBERNETES_BIN ?= $(or $(LAB_STATE),/var/tmp/liftoff-lab)/kube-v1.36.3
.PHONY: test-kubernetes test-airflow
test-kubernetes: ## the recipes for Kubernetes and Helm on a real API server; builds it and Helm once, 20 minutes
	@[ -x "$(KUBERNETES_BIN)/kube-controller-manager" ] || ../shared/lab/k8s-check.sh
	@command -v helm >/dev/null || $(MAKE) --no-print-directory .bin/helm
	KUBERNETES_BIN="$(KUBERNETES_BIN)" go test -count=1 -timeout=15m -v ./deploy/kubernetes

.bin/helm:
	@echo "building helm into .bin: ten minutes, once"
	GOBIN=$(CURDIR)/.bin CGO_ENABLED=0 go install -trimpath -ldflags "-s -w" helm.sh/helm/v4/cmd/helm@v4.3.1

# The packages go into .bin/airflow-venv.
test-airflow: ## run the recipe for Airflow in Airflow 3.3.2; Python 3, 450 MB once, then three minutes
	LIFTOFF_AIRFLOW=1 go test -count=1 -timeout=30m -v ./deploy/airflow

# The time of the commit, not of the build: the same sources give the same image.
up: ## start the container stack and follow it; ARGS="--env-file docker/offline.env" for no network
	LIFTOFF_VERSION=$(VERSION) LIFTOFF_REVISION=$$(git rev-parse HEAD 2>/dev/null) LIFTOFF_CREATED=$$(git log -1 --format=%cI 2>/dev/null) \
	LIFTOFF_SOURCE=$$(git config remote.origin.url | sed 's|//[^/@]*@|//|') docker compose -f docker/docker-compose.yml $(ARGS) up --build

down: ## stop the container stack; its data stays
	docker compose -f docker/docker-compose.yml --profile scheduled --profile monitoring --profile dashboard down

stack: ## start PostgreSQL and Trino for development, without Docker
	@tools/stack.sh up

stack-down: ## stop them; the data stays
	@tools/stack.sh down

lint: $(TOOLS) ## check formatting, rules, go.mod and generated docs
	@unformatted=$$($(FUMPT) -l .); if [ -n "$$unformatted" ]; then $(FUMPT) -d .; echo "run make fmt"; exit 1; fi
	go vet ./...
	$(LINT) run ./...
	cd tools && ../$(LINT) run ./testsummary/... ./faultreport/... ./figures/...
	cd e2e/docker && ../../$(LINT) run ./... && go mod tidy -diff
	cd e2e/browser && ../../$(LINT) run ./... && go mod tidy -diff
	go mod tidy -diff
	@before=$$(cat docs/*.md README.md 2>/dev/null | cksum); $(MAKE) --no-print-directory docs; \
	if [ "$$before" != "$$(cat docs/*.md README.md 2>/dev/null | cksum)" ]; then echo "the generated docs were out of date: commit them"; exit 1; fi

fmt: $(TOOLS) ## format all Go files
	$(LINT) fmt ./...
	cd tools && ../$(LINT) fmt ./testsummary/... ./faultreport/... ./figures/...
	cd e2e/docker && ../../$(LINT) fmt ./...
	cd e2e/browser && ../../$(LINT) fmt ./...
	cd e2e/shipping/collector && ../../../$(LINT) fmt ./...
	cd e2e/shipping/alloy && ../../../$(LINT) fmt ./...
	cd e2e/monitoring && ../../$(LINT) fmt ./...

vuln: $(TOOLS) ## look for known vulnerabilities that the program can reach
	@tools/vuln.sh $(VULN)

# SEED repeats a loop that failed, as far as the moments of kills can be repeated.
crashloop: ## kill N (20) ingestions at random moments, then compare database and source
	@cd faults/crashloop && CRASHLOOP_N=$(N) CRASHLOOP_SEED=$(SEED) LIFTOFF_FAULTS=1 go test -count=1 -timeout=30m

# A day takes 24 seconds. SEED as for make crashloop; it also chooses the time zone.
scheduleloop: ## three workers over DAYS (3) fast days, killed and stopped at random: each slot once
	@cd faults/scheduleloop && SCHEDULELOOP_DAYS=$(DAYS) SCHEDULELOOP_SEED=$(SEED) LIFTOFF_FAULTS=1 go test -count=1 -timeout=30m

concurrency: ## many ingesters, makers of the view and readers at once, for CONCURRENCY_SECONDS (60)
	LIFTOFF_FAULTS=1 CONCURRENCY_SECONDS=$(CONCURRENCY_SECONDS) go test $(RACE) -count=1 -timeout=15m -v ./faults/concurrency

security: $(TOOLS) vuln ## also run gosec alone, and check the modules, their sums and licences
	$(LINT) run --enable-only gosec ./...
	LIFTOFF_FAULTS=1 go test -count=1 -run '^TestH[567]_' ./faults/supplychain

fuzz: ## run each fuzz target for FUZZTIME (5m), two at a time
	@tools/fuzz.sh $(FUZZTIME)

# Seeded; the number can be raised.
mutations: ## run MUTATIONS (10,000) damaged launches through a whole ingestion
	LIFTOFF_FAULTS=1 MUTATIONS=$(MUTATIONS) go test -count=1 -timeout=30m -v -run '^TestA29_MutatedRecords' ./faults/records

dlt-faults: ## two faults with liftoff and with dlt side by side; Python 3, a minute or two
	faults/dlt/run.sh

# Through Trino too, where it is or can be fetched.
bench: ## measure what users run, and its parts against peers and limits, about 45 minutes; see docs/benchmarks.md
	@if tools/trino.sh check >/dev/null 2>&1; then export BENCH_TRINO=1; fi; bench/bulk.sh $(ARGS)

bench-scale: ## 1, 2, 4 and 8 workers of a backfill, ten minutes; see docs/scaling.md
	bench/scale.sh

bench-shipping: ## what shipping logs, metrics and traces costs, six minutes; BASE=REVISION compares; see docs/shipping.md
	bench/shipping.sh

bench-dashboard: ## how fast pages of 1,000,000 launches are, three minutes and once five more to make them
	bench/dashboard.sh

bench-quick: ## ours against the limit at 10,000 launches, a minute
	bench/bulk.sh --sizes 10000 --reps 3 --cases own --only limit $(ARGS)

figures: ## measure the code and the program; DIR=PATH for another checkout; see docs/figures.md
	@go -C tools run ./figures $(abspath $(DIR))

figures-compare: ## the figures of the git revision BASE beside those of DIR (.)
	$(if $(BASE),,$(error figures-compare needs a git revision, as in: make figures-compare BASE=HEAD~1))
	@work=$$(mktemp -d) && trap 'rm -rf "$$work"' EXIT && mkdir "$$work/base" && \
	git -C $(DIR) archive --output="$$work/base.tar" $(BASE) && tar -xf "$$work/base.tar" -C "$$work/base" && \
	go -C tools run ./figures -base "$$work/base" $(abspath $(DIR))

figures-walk: ## follow one run from the flag to the database; DIR=PATH for another checkout
	@tools/figures-walk.sh $(DIR)

docs: ## write the generated parts of the documentation anew
	@go generate ./...

clean: ## remove what was built; the demo's database is not touched
	rm -rf bin .bin

all: lint test vuln build ## check everything, then build

$(TOOLS): tools/go.mod tools/go.sum
	@echo "building the tools into .bin: a few minutes, once"
	go build -modfile=tools/go.mod -o .bin/ github.com/golangci/golangci-lint/v2/cmd/golangci-lint mvdan.cc/gofumpt golang.org/x/vuln/cmd/govulncheck
	@touch $(TOOLS)
