#!/usr/bin/env bash
# Bulk ingestion beside the tools one would pick instead (../shared/bench) and
# beside the limit, COPY of a ready file; memory, latency and the view too. It
# prints Markdown for docs/benchmarks.md.
# usage: bench/bulk.sh [--sizes "1 205 10000 100000"] [--reps 5] [--cases "own benthos"]
#                      [--only "peers limit memory view latency"] [--budget 3m]   (--help: all flags)
# BENCH_PEERS   the peers, by their names in ../shared/bench/cases.sh
# BENCH_TRINO=1 reads the view through Trino too (needs what tools/trino.sh needs)
# LIFTOFF       another build of the program to measure
# WORK          where the peers are or get installed (.bin/bench-peers)
set -euo pipefail
cd "$(dirname "$0")/.."
built=.bin/bench

. bench/need.sh
# The limit is measured with it, and the peers' tables are made with it.
need 'command -v psql' postgresql-client psql

version=$(git describe --tags --always --dirty 2>/dev/null || echo development)
CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$built/" ./bench/measure ./bench/bulk ./cmd/liftoff-fetch-postgres
liftoff=${LIFTOFF:-$built/liftoff}
if [ -z "${LIFTOFF:-}" ]; then
  CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.buildVersion=$version" -o "$liftoff" ./cmd/liftoff
fi

more=()
if [ "${BENCH_TRINO:-}" = 1 ]; then
  tools/trino.sh get
  more=(--trino)
fi
exec "$built/bulk" --liftoff "$liftoff" --measure "$built/measure" --peers "${WORK:-.bin/bench-peers}" ${more[@]+"${more[@]}"} "$@"
