#!/usr/bin/env bash
# How fast pages of 1,000,000 launches are: through the dashboard, and straight from the
# database. It makes the database once, which takes some
# minutes, and keeps it in .bin/bench-dashboard for the next time.
# usage: bench/dashboard.sh   (on a quiet machine; needs Go)
# LAUNCHES  how many synthetic launches (1000000)
# COUNT     requests of each kind (300)
# OVERVIEW  requests for the overview (100000)
# WORK      where the database is kept (.bin/bench-dashboard)
set -euo pipefail
cd "$(dirname "$0")/.."
launches=${LAUNCHES:-1000000} work=${WORK:-$PWD/.bin/bench-dashboard}
mkdir -p "$work/bin"
# As root the embedded server runs as another user, who must reach its data.
chmod 755 "$work"
export EMBEDDED_DATA_DIR=$work/data EMBEDDED_PORT=${DATABASE_PORT:-15498} POSTGRES_DB=dashboard_$launches LOG_FILE=-
export SPACEX_API_URL=http://127.0.0.1:${PORT:-18198}
liftoff=$work/bin/liftoff
replay= dashboard=
stop() {
  if [ -n "$replay$dashboard" ]; then kill $replay $dashboard 2>/dev/null || true; fi
  "$liftoff" db stop --now >/dev/null 2>&1 || true
  wait
}
trap stop EXIT

CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$work/bin/" ./cmd/... ./bench/launchpages ./bench/dashboard
"$liftoff" db start >/dev/null 2>"$work/db.log" || { cat "$work/db.log" >&2; exit 1; }
stored() { "$liftoff" psql -- -Atc 'SELECT count(*) FROM launches' 2>/dev/null || echo 0; }
if [ "$(stored)" != "$launches" ]; then
  "$liftoff" replay --count "$launches" --listen "${SPACEX_API_URL#http://}" >"$work/replay.log" 2>&1 &
  replay=$!
  "$liftoff" ingest --all >"$work/ingest.log" 2>&1 || { tail "$work/ingest.log" >&2; exit 1; }
  kill "$replay"
  wait "$replay" 2>/dev/null || true
  replay=
  # What autovacuum does within a minute or so.
  "$liftoff" psql -- -qc 'VACUUM ANALYZE typed_launches'
fi
if [ "$(stored)" != "$launches" ]; then echo "bench: $(stored) of $launches launches are stored" >&2; exit 1; fi

count=${COUNT:-300} address=127.0.0.1:${DASHBOARD_PORT:-18199}
"$liftoff" serve --listen "$address" >"$work/serve.log" 2>&1 &
dashboard=$!
for _ in $(seq 100); do "$liftoff" serve --check --listen "$address" 2>/dev/null && break || sleep 0.2; done
# ask NAME AT_ONCE REQUESTS PATH... prints a row.
ask() { "$work/bin/dashboard" -url "http://$address" -pid "$dashboard" -name "$1" -concurrency "$2" -count "$3" ${header:-} "${@:4}"; }
rocket=$("$liftoff" psql -- -Atc 'SELECT id FROM rockets ORDER BY id LIMIT 1')
launchpad=$("$liftoff" psql -- -Atc 'SELECT id FROM launchpads ORDER BY id LIMIT 1')
launch=$("$liftoff" psql -- -Atc 'SELECT id FROM launches ORDER BY id LIMIT 1')

echo "$(go version | cut -d' ' -f3-), $(nproc) CPUs; $launches launches, PostgreSQL and the client on the same machine, load before $(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo unknown)."
echo
ask "warm" 1 20 / /launches >/dev/null
header=-header ask "overview" 8 "${OVERVIEW:-100000}" /
header=
ask "launches" 1 "$count" /launches
ask "launches, further back" 1 "$count" "/launches?older=2015-06-01T00:00:00Z~x" "/launches?older=2009-02-03T00:00:00Z~x" "/launches?newer=2012-10-01T00:00:00Z~x"
ask "launches, filtered" 1 "$count" "/launches?outcome=failure" "/launches?rocket=$rocket" "/launches?launchpad=$launchpad&year=2020" "/launches?year=2015&outcome=upcoming" "/launches?rocket=$rocket&launchpad=$launchpad&outcome=success&year=2010"
ask "launches, searched" 1 "$count" "/launches?search=starlink" "/launches?search=187" "/launches?search=99999" "/launches?search=Zuma" "/launches?search=radar&year=2020&outcome=success"
ask "one launch" 1 "$count" "/launches/$launch"
ask "runs" 1 "$count" /runs
ask "API: launches" 1 "$count" /api/v1/launches "/api/v1/launches?search=starlink&outcome=success"
ask "API: aggregates" 1 20 /api/v1/aggregates
ask "all of these at once" 8 "$((count * 4))" / /launches "/launches?search=starlink" "/launches?outcome=failure" "/launches/$launch" /runs /api/v1/launches
echo
echo "Straight from the database, random filters:"
echo
"$work/bin/launchpages" -url "$("$liftoff" db url --reveal)" -count "$count"
