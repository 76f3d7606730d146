#!/bin/sh
# Runs every fuzz target of the module for a while each: fuzz.sh DURATION.
# Stops at the first one that finds something.
set -eu

duration=$1
count=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# run FILE TARGET fuzzes one target. Go sometimes reports the end of the time
# itself as a failure: "context deadline exceeded", without an input that fails.
# What fuzzing finds always comes with such an input.
run() {
	if go test -run='^$' -fuzz="^$2\$" -fuzztime="$duration" "$(dirname "$1")" >"$log" 2>&1; then
		cat "$log"
		return
	fi
	cat "$log"
	if grep -q '^ *context deadline exceeded$' "$log" && ! grep -q 'Failing input' "$log"; then
		echo "fuzz: $2: the time was up, and Go took that for a failure; nothing was found"
		return
	fi
	exit 1
}

for file in $(grep -rl --include='*_test.go' '^func Fuzz' . | sort); do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		echo "fuzz $(dirname "$file") $target for $duration"
		run "$file" "$target"
		count=$((count + 1))
	done
done
echo "$count fuzz targets found nothing"
