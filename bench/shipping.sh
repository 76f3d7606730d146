#!/usr/bin/env bash
# What shipping telemetry costs: `ingest --all` with shipping off, with logs only, and with
# logs, metrics and traces to an OpenTelemetry Collector on this machine; and the start of
# the program. The variants run in turn. With BASE, the program of that revision is a
# variant too. Prints the table that stands in docs/shipping.md.
# usage: bench/shipping.sh   (on a quiet machine, about six minutes; needs Go)
# LAUNCHES  how many synthetic launches (100000)
# ROUNDS    how often each variant runs (5)
# BASE      a git revision to compare with, such as one before shipping
set -euo pipefail
cd "$(dirname "$0")/.."
launches=${LAUNCHES:-100000} rounds=${ROUNDS:-5}
work=$(mktemp -d)
# As root the embedded server runs as another user, who must reach its data.
chmod 755 "$work"
export EMBEDDED_DATA_DIR=$work/data LOG_FILE=- SPACEX_API_URL=http://127.0.0.1:${PORT:-18198} EMBEDDED_PORT=${DATABASE_PORT:-15498}
export OTLP_LISTEN=127.0.0.1:${RECEIVER_PORT:-14318} FOLDER=$work
liftoff=$work/bin/liftoff
pids=()
stop() {
  if [ ${#pids[@]} -gt 0 ]; then kill "${pids[@]}" 2>/dev/null || true; fi
  "$liftoff" db stop --now >/dev/null 2>&1 || true
  wait
  if [ -n "${BASE:-}" ]; then git worktree remove --force "$work/base" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap stop EXIT

tools/shipping-tools.sh
build() { (cd "$1" && CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w" -o "$2/" ./cmd/...); }
build . "$work/bin"
variants="off logs all"
if [ -n "${BASE:-}" ]; then
  git worktree add --quiet --detach "$work/base" "$BASE"
  build "$work/base" "$work/base-bin"
  variants="before $variants"
fi
"$liftoff" replay --count "$launches" --listen "${SPACEX_API_URL#http://}" >"$work/replay.log" 2>&1 &
pids+=($!)
.bin/shipping/collector --config e2e/shipping/testdata/collector.yaml >"$work/collector.log" 2>&1 &
pids+=($!)
"$liftoff" db start >/dev/null 2>"$work/db.log" || { cat "$work/db.log" >&2; exit 1; }

# ingest VARIANT ROUND prints the seconds that a run into a database of its own takes, and
# the seconds of CPU that the program, and not PostgreSQL, takes for it.
ingest() {
  local program=$liftoff TIMEFORMAT="%R %U %S" settings=()
  case $1 in
    before) program=$work/base-bin/liftoff ;;
    logs) settings=(OTEL_EXPORTER_OTLP_ENDPOINT="http://$OTLP_LISTEN" OTEL_METRICS_EXPORTER=none OTEL_TRACES_EXPORTER=none) ;;
    all) settings=(OTEL_EXPORTER_OTLP_ENDPOINT="http://$OTLP_LISTEN") ;;
  esac
  { time env POSTGRES_DB="shipping_$1_$2" "${settings[@]}" "$program" ingest --all >/dev/null 2>>"$work/$1.log"; } 2>"$work/time" || { tail -5 "$work/$1.log" >&2; return 1; }
  awk '{ print $1, $2 + $3 }' "$work/time"
}

# start PROGRAM prints the shortest of 40 starts, in milliseconds.
start() {
  local begin end
  for _ in $(seq 40); do
    begin=$(date +%s%N)
    "$1" version >/dev/null
    end=$(date +%s%N)
    echo $(((end - begin) / 10000))
  done | sort -n | head -1 | awk '{ printf "%.1f", $1 / 100 }'
}

ingest off warm >/dev/null
for round in $(seq "$rounds"); do
  for variant in $variants; do
    ingest "$variant" "$round" >>"$work/$variant.times"
  done
done
# median FILE COLUMN
median() { awk -v c="$2" '{ print $c }' "$1" | sort -n | awk '{ t[NR] = $1 } END { print NR % 2 ? t[(NR + 1) / 2] : (t[NR / 2] + t[NR / 2 + 1]) / 2 }'; }
# least FILE COLUMN
least() { awk -v c="$2" '{ print $c }' "$1" | sort -n | head -1; }

echo "$(go version | cut -d' ' -f3-), $(nproc) CPUs; \`ingest --all\` of $launches launches into an empty database, $rounds times each in turn, the receiver on the same machine."
echo
echo "| shipping | seconds: median | fastest | seconds of CPU: median | least |"
echo "| --- | ---: | ---: | ---: | ---: |"
for variant in $variants; do
  printf "| %s | %.1f | %.1f | %.2f | %.2f |\n" "$variant" "$(median "$work/$variant.times" 1)" "$(least "$work/$variant.times" 1)" "$(median "$work/$variant.times" 2)" "$(least "$work/$variant.times" 2)"
done
echo
for variant in before off; do
  program=$liftoff
  if [ $variant = before ]; then [ -n "${BASE:-}" ] || continue; program=$work/base-bin/liftoff; fi
  echo "Program ($variant): $(wc -c <"$program") bytes, starts in $(start "$program") ms."
done
echo "The receiver got $(cat "$work/logs.json" | tr ',' '\n' | grep -c '"body"') log records and $(cat "$work/traces.json" | tr ',' '\n' | grep -c '"spanId"') spans."
