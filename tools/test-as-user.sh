#!/bin/sh
# Runs the end-to-end tests as an unprivileged user, which only root can do:
# the program and its embedded PostgreSQL behave differently for the two.
set -eu
cd "$(dirname "$0")/.."

uid=65534
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/main/e2e" "$folder/shared"
CGO_ENABLED=0 go build -o "$folder/liftoff" ./cmd/liftoff
CGO_ENABLED=0 go test -c -o "$folder/e2e.test" ./e2e
# The folders of this checkout may be closed to that user.
if [ -d ../shared/data ]; then cp -r ../shared/data "$folder/shared/"; fi
# So that the server's program files are not fetched again.
if [ -d /var/cache/liftoff ]; then mkdir "$folder/.cache" && cp -r /var/cache/liftoff "$folder/.cache/"; fi
chown -R "$uid:$uid" "$folder"
chmod 755 "$folder"

cd "$folder/main/e2e"
setpriv --reuid="$uid" --regid="$uid" --clear-groups \
	env -i PATH="$PATH" HOME="$folder" CI="${CI:-}" LIFTOFF_BINARY="$folder/liftoff" \
	"$folder/e2e.test" -test.count=1 -test.timeout=5m
