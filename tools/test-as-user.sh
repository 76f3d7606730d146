#!/bin/sh
# Runs the end-to-end tests, and those of the packages that start PostgreSQL,
# as an unprivileged user, which only root can do: the program and its embedded
# PostgreSQL behave differently for the two.
set -eu
cd "$(dirname "$0")/.."

uid=65534
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/shared"
mkdir -p "$folder/main" && cp go.mod "$folder/main/"
CGO_ENABLED=0 go build -o "$folder/" ./cmd/...
packages="internal/embedded internal/testkit/pgtest e2e"
for package in $packages; do
	mkdir -p "$folder/main/$package"
	CGO_ENABLED=0 go test -c -o "$folder/$(basename "$package").test" "./$package"
	if [ -d "$package/testdata" ]; then cp -r "$package/testdata" "$folder/main/$package/"; fi
done
# What the end-to-end tests compare the program with.
for path in docs internal/postgres/migrations; do
	mkdir -p "$folder/main/$path" && cp -r "$path/." "$folder/main/$path/"
done
# The folders of this checkout may be closed to that user.
if [ -d ../shared/data ]; then cp -r ../shared/data "$folder/shared/"; fi
# So that the server's program files are not fetched again.
if [ -d /var/cache/liftoff ]; then mkdir "$folder/.cache" && cp -r /var/cache/liftoff "$folder/.cache/"; fi
chown -R "$uid:$uid" "$folder"
chmod 755 "$folder"

# One of embedded's tests builds a program from the sources, and runs it as an
# unprivileged user in any case. Tests that only root can run skip themselves. Those of
# answers and of what workers do are the same for every user, and take half of the time.
same='Worker|Backfill|Trino|Queries|Launches|Show|Runs|History|Analyze|Tables|Metrics|Ping|Status|Summary|Complete'
for package in $packages; do
	cd "$folder/main/$package"
	setpriv --reuid="$uid" --regid="$uid" --clear-groups \
		env -i PATH="$PATH" HOME="$folder" CI="${CI:-}" LIFTOFF_TEST_USER=1 LIFTOFF_BINARY="$folder/liftoff" \
		"$folder/$(basename "$package").test" -test.count=1 -test.timeout=5m \
		-test.skip="^TestI5_HalfUnpackedArchiveDoesNotCount\$|^Test($same)"
done
