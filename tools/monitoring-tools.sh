#!/bin/sh
# Gets what checks deploy/prometheus into .bin/monitoring: promtool, prometheus and amtool,
# built from their Go modules (15 minutes on two cores, once), and on Debian and Ubuntu
# alertmanager, which is unpacked there and not installed. Its Go module lacks the files of
# its pages, so that it cannot be built. Two compilers at a time: they take a lot of memory.
set -eu
cd "$(dirname "$0")/.."
folder=$PWD/.bin/monitoring
mkdir -p "$folder"

# build PROGRAM PACKAGE@VERSION; another version than the one that is there is built anew.
build() {
	if [ -x "$folder/$1" ] && [ "$(cat "$folder/$1.version" 2>/dev/null)" = "$2" ]; then return; fi
	echo "building $1 into .bin/monitoring: up to seven minutes, once"
	# Without the service discovery of the clouds, which is most of it. Compose needs DNS.
	GOBIN=$folder CGO_ENABLED=0 nice go install -p 2 -trimpath -ldflags "-s -w" -tags remove_all_sd,enable_dns_sd "$2"
	echo "$2" >"$folder/$1.version"
}
build promtool github.com/prometheus/prometheus/cmd/promtool@v0.316.0
build prometheus github.com/prometheus/prometheus/cmd/prometheus@v0.316.0
build amtool github.com/prometheus/alertmanager/cmd/amtool@v0.35.0

if [ ! -x "$folder/alertmanager" ] && command -v apt-get >/dev/null; then
	work=$(mktemp -d)
	(cd "$work" && apt-get -o APT::Sandbox::User=root --quiet=2 download prometheus-alertmanager && dpkg -x ./*.deb root) &&
		cp "$work/root/usr/bin/prometheus-alertmanager" "$folder/alertmanager" ||
		echo "monitoring-tools: cannot get the package prometheus-alertmanager. Next: apt-get update" >&2
	rm -rf "$work"
fi
