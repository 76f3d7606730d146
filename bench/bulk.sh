#!/usr/bin/env bash
# What users run, measured: whole runs with the defaults, analytics beside DuckDB,
# pages; then launches only, beside the tools one would pick instead
# (../shared/bench), the limit (COPY of a ready file) and the release before. It
# prints Markdown, with --docs it puts it into docs/benchmarks.md.
# usage: bench/bulk.sh [--only "whole analytics trino pages peers base limit memory view latency"]
#                      [--sizes "1 205 10000 100000"] [--reps 5] [--cases "own benthos"]   (--help: all flags)
# BASE          the git revision to compare with; empty: none
# BENCH_PEERS   the peers, by their names in ../shared/bench/cases.sh
# BENCH_TRINO=1 measures through Trino too (needs what tools/trino.sh needs)
# LIFTOFF       another build of the program to measure
# WORK          where the peers are or get installed (.bin/bench-peers)
set -euo pipefail
cd "$(dirname "$0")/.."
built=.bin/bench
# The last commit that stored launches without a typed row beside the document; the
# tag of the release before, once there is one.
base=${BASE-79cb151}

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
# build_base builds the program of another revision, once.
build_base() {
  local commit
  commit=$(git rev-parse --verify --quiet "$base^{commit}") ||
    { echo "bench: not compared with $base, which is no commit of this checkout" >&2; return; }
  local program=$PWD/$built/base-${commit:0:10}
  if [ ! -x "$program" ]; then
    local source
    source=$(mktemp -d)
    git archive "$commit" | tar -x -C "$source"
    CGO_ENABLED=0 go build -C "$source" -trimpath -buildvcs=false -ldflags "-s -w -X main.buildVersion=${commit:0:7}" -o "$program" ./cmd/liftoff
    rm -rf "$source"
  fi
  more+=(--base "$program")
}
# Not where --only names other parts.
if [ -n "$base" ] && { [[ "$*" != *--only* ]] || [[ "$*" == *base* ]]; }; then build_base; fi

if [ "${BENCH_TRINO:-}" = 1 ]; then
  tools/trino.sh get
  more+=(--trino)
fi
exec "$built/bulk" --liftoff "$liftoff" --measure "$built/measure" --peers "${WORK:-.bin/bench-peers}" ${more[@]+"${more[@]}"} "$@"
