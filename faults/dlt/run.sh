#!/usr/bin/env bash
# Two faults of an API, with liftoff and with dlt side by side: one of 205
# launches has no id; one field has another type in every launch. Each program
# runs against the whole API, the damaged one twice, and the whole one again.
# usage: faults/dlt/run.sh     (needs Go and Python 3 with venv)
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
chmod 755 "$work"
server_pid= replay_pids=
stop() {
  exec 3>&- || true # the server ends with its stdin
  for pid in $server_pid $replay_pids; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap stop EXIT

. bench/need.sh
need 'command -v go' golang Go
if [ -z "${DLT_PYTHON:-}" ]; then # a Python that has the requirements already
  need 'python3 -c "import venv, ensurepip"' python3-venv "Python 3 with venv"
  [ -x .bin/dlt-venv/bin/python ] || python3 -m venv .bin/dlt-venv
  .bin/dlt-venv/bin/pip install --quiet --disable-pip-version-check -r faults/dlt/requirements.txt
  DLT_PYTHON=.bin/dlt-venv/bin/python
fi
CGO_ENABLED=0 go build -trimpath -o "$work/liftoff" ./cmd/liftoff
go build -o "$work/" ./bench/server ./cmd/liftoff-fetch-postgres

wait_for() { for _ in $(seq 600); do grep -qE "$2" "$1" 2>/dev/null && return; sleep 0.1; done; echo "no answer:" >&2; cat "$1" >&2; exit 1; }

# replay NAME ARGUMENT...: starts an API and puts its address into the file NAME.
replay() {
  local name=$1
  shift
  "$work/liftoff" replay --listen 127.0.0.1:0 "$@" 2>"$work/$name.log" 3>&- &
  replay_pids="$replay_pids $!"
  wait_for "$work/$name.log" 'http://[0-9.:]+'
  grep -oE 'http://[0-9.:]+' "$work/$name.log" | head -n 1 >"$work/$name"
}

mkfifo "$work/stdin"
"$work/server" -runs 2 dlt liftoff <"$work/stdin" >"$work/url" &
server_pid=$!
exec 3>"$work/stdin"
wait_for "$work/url" postgres
replay whole
replay missing-id --damage missing-id@205
replay drift --damage drift

last_line() { tail -n 1 "$1" | sed -E 's/^[0-9-]+ [0-9:,]+ - //; s#http://[0-9.:]+#the API#g; s#([^ ]*)127.0.0.1:[0-9]+#\1the database#g'; }

# once PROGRAM CASE API: one run, and what the table has after it.
once() {
  local program=$1 case=$2 api=$3 code=0 url count
  url="$(cat "$work/url")/${program}_$case?sslmode=disable"
  if [ "$program" = dlt ]; then
    API_URL=$(cat "$work/$api") PG_URL=$url PIPELINES_DIR="$work/pipelines$case" "$DLT_PYTHON" faults/dlt/load.py >"$work/out" 2>&1 || code=$?
    count=$("$DLT_PYTHON" faults/dlt/count.py "$url" "SELECT count(*), count(success) FROM dlt_launches.launches")
  else
    DATABASE_URL=$url LOG_FILE="$work/ingestion.log" "$work/liftoff" ingest --all --skip-analytics --spacex-api-url "$(cat "$work/$api")" >"$work/out" 2>&1 || code=$?
    count=$("$DLT_PYTHON" faults/dlt/count.py "$url" "SELECT count(*), count(success) FROM launches")
  fi
  printf '%-8s %-10s exit %-2s rows, of them with success: %-10s %s\n' "$program" "$api" "$code" "$count" "$(last_line "$work/out")"
}

"$DLT_PYTHON" -c 'import dlt, platform; print("dlt", dlt.__version__, "on Python", platform.python_version())'
"$work/liftoff" version | head -n 1
for program in liftoff dlt; do
  echo; echo "one launch without an id"
  for api in missing-id missing-id whole; do once $program 1 $api; done
  echo; echo "success is a word in every launch"
  for api in whole drift whole; do once $program 2 $api; done
done
