#!/usr/bin/env bash
# How many launches a second 1, 2, 4 and 8 worker processes of a backfill store in one
# PostgreSQL, from an API that takes a second for each request: with one request at a
# time, where the API is the limit, with the defaults, and with a rate limit that they
# share. Prints the tables that stand in docs/scaling.md.
# usage: bench/scale.sh   (on a quiet machine, about ten minutes; needs Go)
# LAUNCHES  how many synthetic launches (80000)
# WORKERS   the numbers of workers ("1 2 4 8")
# LATENCY   of each request (1s)
set -euo pipefail
cd "$(dirname "$0")/.."
launches=${LAUNCHES:-80000} workers=${WORKERS:-1 2 4 8} latency=${LATENCY:-1s}
work=$(mktemp -d)
# As root the embedded server runs as another user, who must reach its data.
chmod 755 "$work"
export EMBEDDED_DATA_DIR=$work/data LOG_FILE=- REFERENCES=false SPACEX_API_URL=http://127.0.0.1:${PORT:-18199}
export EMBEDDED_PORT=${DATABASE_PORT:-15499}
liftoff=$work/bin/liftoff
pids=()
stop() {
  if [ ${#pids[@]} -gt 0 ]; then kill "${pids[@]}" 2>/dev/null || true; fi
  "$liftoff" db stop --now >/dev/null 2>&1 || true
  wait
  rm -rf "$work"
}
trap stop EXIT

CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$work/bin/" ./cmd/...
"$liftoff" replay --count "$launches" --latency "$latency" --listen "${SPACEX_API_URL#http://}" >"$work/replay.log" 2>&1 &
pids+=($!)
"$liftoff" db start >/dev/null 2>"$work/db.log" || { cat "$work/db.log" >&2; exit 1; }

# measure NAME N prints how many seconds N workers take for a backfill, and how many parts it has.
measure() {
  export POSTGRES_DB=scale_$1_$2
  local opened id parts begin end running=()
  # For eight workers, however many there are, so that all have the same parts.
  opened=$("$liftoff" backfill --workers 8 -o json 2>>"$work/backfill.log")
  id=$(grep -m1 '"backfill_id"' <<<"$opened" | tr -dc 0-9)
  parts=$(grep -m1 '"parts"' <<<"$opened" | tr -dc 0-9)
  begin=$(date +%s.%N)
  for _ in $(seq "$2"); do
    "$liftoff" worker --backfill "$id" 2>>"$work/worker.log" &
    running+=($!)
  done
  local pid
  for pid in "${running[@]}"; do wait "$pid" || { tail "$work/worker.log" >&2; return 1; }; done
  end=$(date +%s.%N)
  local stored
  stored=$("$liftoff" psql -- -Atc 'SELECT count(*) FROM raw_launches' 2>/dev/null || echo "$launches")
  if [ "$stored" != "$launches" ]; then echo "bench: $stored of $launches launches are stored" >&2; return 1; fi
  awk -v begin="$begin" -v end="$end" -v parts="$parts" 'BEGIN { print end - begin, parts }'
}

# table NAME prints the table of one setting.
table() {
  local n seconds parts first=
  echo "| workers | seconds | launches a second | ÷ one worker | efficiency |"
  echo "| ---: | ---: | ---: | ---: | ---: |"
  for n in $workers; do
    read -r seconds parts < <(measure "$1" "$n")
    first=${first:-$(awk -v s="$seconds" -v n="$n" 'BEGIN { print s * n }')}
    awk -v n="$n" -v s="$seconds" -v all="$launches" -v first="$first" \
      'BEGIN { printf "| %d | %.1f | %d | %.2f | %d %% |\n", n, s, all / s, first / s, int(100 * first / s / n + 0.5) }'
  done
  echo
}

echo "$(go version | cut -d' ' -f3-), $(nproc) CPUs; $launches launches, $latency for each request, PostgreSQL and the API on the same machine."
echo
echo "One request at a time (\`CONCURRENCY=1\`):"
echo
CONCURRENCY=1 table single
echo "The defaults (\`CONCURRENCY=3\`):"
echo
table defaults
rate=4
read -r seconds parts < <(SPACEX_RATE_LIMIT=$rate measure rate 8)
awk -v rate=$rate -v s="$seconds" -v parts="$parts" \
  'BEGIN { printf "Eight workers that share `SPACEX_RATE_LIMIT=%d`: %d requests in %.1f s, %.2f a second (%.2f of the limit).\n", rate, parts, s, parts / s, parts / s / rate }'
