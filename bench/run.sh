#!/usr/bin/env bash
# One launch, process start to exit: liftoff beside a hand-written Python script
# that does the same work, on the same PostgreSQL and the same replay.
# usage: bench/run.sh [RUNS]     (needs Go and Python 3 with venv)
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-21}
work=$(mktemp -d)
server_pid= replay_pid=
stop() {
  exec 3>&- || true # the server ends with its stdin
  for pid in $server_pid $replay_pid; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap stop EXIT

. bench/need.sh
need 'command -v go' golang Go
need 'python3 -c "import venv, ensurepip"' python3-venv "Python 3 with venv"
[ -x .bin/bench-venv/bin/python ] || python3 -m venv .bin/bench-venv
.bin/bench-venv/bin/pip install --quiet --disable-pip-version-check -r bench/requirements.txt
CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$work/liftoff" ./cmd/liftoff
go build -o "$work/" ./bench/server ./bench/compare ./cmd/liftoff-fetch-postgres

# Wait for a line of a file that a background process writes.
wait_for() { for _ in $(seq 600); do grep -qE "$2" "$1" 2>/dev/null && return; sleep 0.1; done; echo "no answer:" >&2; cat "$1" >&2; exit 1; }

mkfifo "$work/stdin"
"$work/server" -runs "$runs" python liftoff <"$work/stdin" >"$work/url" &
server_pid=$!
exec 3>"$work/stdin"
"$work/liftoff" replay --listen 127.0.0.1:0 2>"$work/replay.log" 3>&- &
replay_pid=$!
wait_for "$work/url" postgres
wait_for "$work/replay.log" 'http://[0-9.:]+'

DATABASE_PREFIX=$(cat "$work/url")
SPACEX_API_URL=$(grep -oE 'http://[0-9.:]+' "$work/replay.log" | head -n 1)
export DATABASE_PREFIX SPACEX_API_URL LOG_FILE="$work/ingestion.log"
echo "$(go version | cut -d' ' -f3-), $(.bin/bench-venv/bin/python --version), $(nproc) CPUs, $runs runs each, in turn"
echo
"$work/compare" -runs "$runs" "python=.bin/bench-venv/bin/python bench/one_launch.py" "liftoff=$work/liftoff ingest --references=false"
