#!/bin/sh
# Gets what checks deploy/prometheus into .bin/monitoring: promtool, prometheus, amtool and
# alertmanager, built from their Go modules: ten minutes on two cores, once. Two compilers at
# a time: they take a lot of memory.
set -eu
cd "$(dirname "$0")/.."
folder=$PWD/.bin/monitoring
mkdir -p "$folder"
export CGO_ENABLED=0

# is_built PROGRAM PACKAGE@VERSION: another version than the one that is there is built anew.
is_built() { [ -x "$folder/$1" ] && [ "$(cat "$folder/$1.version" 2>/dev/null)" = "$2" ]; }

# build PROGRAM PACKAGE@VERSION
build() {
	if is_built "$1" "$2"; then return; fi
	echo "building $1 into .bin/monitoring: a few minutes, once"
	# Without the service discovery of the clouds, which is most of it. Compose needs DNS.
	GOBIN=$folder nice go install -p 2 -trimpath -ldflags "-s -w" -tags remove_all_sd,enable_dns_sd "$2"
	echo "$2" >"$folder/$1.version"
}

# build_alertmanager MODULE@VERSION builds the server from a copy of its module with a page
# that says nothing: the module lacks the files of the server's pages.
build_alertmanager() {
	if is_built alertmanager "$1"; then return; fi
	echo "building alertmanager into .bin/monitoring: a few minutes, once"
	source=$(go mod download -json "$1" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
	copy=$(mktemp -d)
	trap 'rm -rf "$copy"' EXIT
	cp -r "$source/." "$copy"
	chmod -R u+w "$copy"
	for page in elm mantine; do
		mkdir -p "$copy/ui/app/dist/$page"
		echo "built without its pages" >"$copy/ui/app/dist/$page/index.html"
	done
	nice go -C "$copy" build -p 2 -trimpath -buildvcs=false -ldflags "-s -w" -o "$folder/" ./cmd/alertmanager
	echo "$1" >"$folder/alertmanager.version"
}

build promtool github.com/prometheus/prometheus/cmd/promtool@v0.316.0
build prometheus github.com/prometheus/prometheus/cmd/prometheus@v0.316.0
build amtool github.com/prometheus/alertmanager/cmd/amtool@v0.35.0
build_alertmanager github.com/prometheus/alertmanager@v0.35.0
