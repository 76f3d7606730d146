#!/usr/bin/env bash
# What one `ingest --all --skip-analytics` passes through, against the replay and
# an embedded PostgreSQL: the calls from main to the first batch's transaction,
# and what the run executes beyond `migrate up`. docs/figures.md explains both.
# usage: tools/figures-walk.sh [DIR]
set -euo pipefail
dir=$(cd "${1:-.}" && pwd)
work=$(mktemp -d)
replay=
stop() {
  if [ -n "$replay" ]; then kill "$replay" 2>/dev/null || true; wait "$replay" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap stop EXIT
chmod 755 "$work" # as root the server runs as another user, who must reach its data
mkdir "$work/migrate" "$work/panic" "$work/ingest" "$work/run"

# Our own packages are not inlined, so that each call is in the stack.
CGO_ENABLED=0 go -C "$dir" build -trimpath -buildvcs=false -tags failpoints -cover -coverpkg=./... \
  '-gcflags=liftoff/...=-l' -o "$work/bin" ./cmd/liftoff
cd "$work" # away from any .env

# liftoff COVERAGE [VARIABLE=VALUE]... COMMAND...: one process, with no settings but ours.
liftoff() {
  local coverage=$1
  shift
  env -i HOME="$HOME" PATH="$PATH" EMBEDDED=true EMBEDDED_DATA_DIR="$work/data" LOG_FILE=- \
    GOCOVERDIR="$work/$coverage" "$@"
}

env -i ./bin replay --listen 127.0.0.1:0 2>replay.log &
replay=$!
for _ in $(seq 100); do grep -q 'http://' replay.log && break; sleep 0.1; done
url=$(grep -oE 'http://[0-9.:]+' replay.log | head -n 1) || { cat replay.log >&2; exit 1; }
ingest=(./bin ingest --all --skip-analytics --spacex-api-url "$url")

check() { "$@" >log 2>&1 || { cat log >&2; exit 1; }; }
check liftoff migrate ./bin migrate up
# The program logs the stack of a panic; with tracebackancestors also those of
# the goroutines that led to it. It is expected to fail.
liftoff panic GODEBUG=tracebackancestors=100 LIFTOFF_FAIL=in-transaction:panic "${ingest[@]}" --log-level debug >panic.log 2>&1 || true
check liftoff ingest "${ingest[@]}"

# A call is a line with the function and its arguments, and one with file and
# line; the innermost comes first. Those above the fail point belong to the panic.
grep -oE '[^\]+\\n\\tliftoff/[^ ]+\.go:[0-9]+' panic.log | sed -E 's/^n//; s/\([^()]*\)\\n\\tliftoff\// /' |
  awk 'on { print } / internal\/failpoint\// { on = 1 }' >calls || true
[ -s calls ] || { echo "no stack in the log of the run:" >&2; cat panic.log >&2; exit 1; }
awk '{ name[NR] = $1; place[NR] = $2 } END {
  for (i = NR; i > 0; i--) {
    file = place[i]; sub(/:.*/, "", file)
    folder = file; if (!sub("/[^/]*$", "", folder)) folder = "(root)"
    if (!(file in files)) { files[file]; fileCount++ }
    if (!(folder in folders)) { folders[folder]; folderCount++ }
    if (i < NR && file != last) moves++
    last = file
    lines = lines sprintf("%d. `%s` %s\n", NR - i + 1, place[i], name[i])
  }
  printf "From main to the transaction of the first batch: %d calls in %d files of %d packages; %d moves from file to file.\n\n%s",
    NR, fileCount, folderCount, moves, lines
}' calls

go tool covdata subtract -i=ingest,migrate -o=run
go tool covdata func -i=run | awk '$1 ~ /\.go:/ && $NF != "0.0%" {
  file = $1; sub(/:.*/, "", file); sub("^liftoff/", "", file)
  folder = file; if (!sub("/[^/]*$", "", folder)) folder = "(root)"
  if (!(file in seen)) { seen[file]; files[folder]++; fileCount++ }
  functions[folder]++; total++
} END {
  for (folder in files) printf "| %s | %d | %d |\n", folder, functions[folder], files[folder] >"rows"
  printf "\nExecuted by the run and not by migrate up: %d functions in %d files, at least in part.\n\n", total, fileCount
  print "| package | functions | files |\n| --- | --- | --- |"
}'
LC_ALL=C sort rows
