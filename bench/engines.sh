#!/usr/bin/env bash
# Each analytics query on PostgreSQL directly and through Trino, at 205 and
# 100,000 synthetic launches, and the examples of sql/trino through Trino: prints the
# tables that stand in docs/trino.md.
# usage: bench/engines.sh [-runs N] [-warm-ups N] [-launches N,N]
# (needs Go and what tools/trino.sh needs)
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trino_pid=
stop() {
  if [ -n "$trino_pid" ]; then kill "$trino_pid" 2>/dev/null || true; wait "$trino_pid" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap stop EXIT

go build -o "$work/" ./bench/engines ./cmd/liftoff-fetch-postgres
tools/trino.sh get
port=${TRINO_PORT:-18484}
tools/trino.sh run "$work" "$port" >"$work/trino.log" 2>&1 &
trino_pid=$!
for _ in $(seq 180); do
  grep -q 'SERVER STARTED' "$work/trino.log" && break
  kill -0 "$trino_pid" 2>/dev/null || { tail -n 20 "$work/trino.log" >&2; exit 1; }
  sleep 1
done
echo "$(go version | cut -d' ' -f3-), $(nproc) CPUs"
"$work/engines" -trino "http://127.0.0.1:$port" "$@"
