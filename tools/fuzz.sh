#!/bin/sh
# Runs every fuzz target of the module for a while each: fuzz.sh DURATION.
# Stops at the first one that finds something.
set -eu

duration=$1
count=0
for file in $(grep -rl --include='*_test.go' '^func Fuzz' . | sort); do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		echo "fuzz $(dirname "$file") $target for $duration"
		go test -run='^$' -fuzz="^$target\$" -fuzztime="$duration" "$(dirname "$file")"
		count=$((count + 1))
	done
done
echo "$count fuzz targets found nothing"
