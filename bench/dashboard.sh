#!/usr/bin/env bash
# How fast pages of 1,000,000 launches are: straight from the database, and (once there
# is `liftoff serve`) through the dashboard. It makes the database once, which takes some
# minutes, and keeps it in .bin/bench-dashboard for the next time.
# usage: bench/dashboard.sh   (on a quiet machine; needs Go)
# LAUNCHES  how many synthetic launches (1000000)
# COUNT     requests of each kind straight from the database (300)
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
replay=
stop() {
  if [ -n "$replay" ]; then kill "$replay" 2>/dev/null || true; fi
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

echo "$(go version | cut -d' ' -f3-), $(nproc) CPUs; $launches launches, PostgreSQL on the same machine, load before $(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo unknown)."
echo
"$work/bin/launchpages" -url "$("$liftoff" db url --reveal)" -count "${COUNT:-300}"
