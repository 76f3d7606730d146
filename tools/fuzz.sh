#!/bin/sh
# Runs every fuzz target of the module for a while each, two side by side, one
# worker each: fuzz.sh DURATION. Stops when one has found something.
set -eu

# one DURATION FOLDER TARGET fuzzes one target. Go sometimes reports the end of
# the time itself as a failure: "context deadline exceeded", without an input
# that fails. What fuzzing finds always comes with such an input. xargs starts
# nothing more after a 255.
one() {
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	if go test -run='^$' -fuzz="^$3\$" -fuzztime="$1" -fuzzminimizetime=10s -parallel=1 "$2" >"$log" 2>&1; then
		echo "$2 $3: $(grep '^fuzz: ' "$log" | tail -n 1)"
		return
	fi
	if grep -q '^ *context deadline exceeded$' "$log" && ! grep -q 'Failing input' "$log"; then
		echo "$2 $3: the time was up, and Go took that for a failure; nothing was found"
		return
	fi
	cat "$log"
	exit 255
}

if [ "$1" = --one ]; then
	shift
	one "$@"
	exit
fi

targets=$(grep -rh --include='*_test.go' '^func Fuzz' . -l | sort -u | while read -r file; do
	sed -n "s|^func \(Fuzz[A-Za-z0-9_]*\)(.*|$(dirname "$file") \1|p" "$file"
done)
count=$(echo "$targets" | wc -l)
echo "fuzzing $count targets for $1 each, two at a time"
echo "$targets" | xargs -P 2 -n 2 "$0" --one "$1"
echo "$count fuzz targets found nothing"
