#!/bin/sh
# Gets what checks the recipes of deploy/ into .bin/deploy: actionlint, and on Debian and
# Ubuntu shellcheck and cron, which are unpacked there and not installed. A test whose
# program is missing is skipped, or fails with CI=true.
set -eu
cd "$(dirname "$0")/.."
folder=$PWD/.bin/deploy
mkdir -p "$folder"

CGO_ENABLED=0 go -C tools/actionlint build -o "$folder/" github.com/rhysd/actionlint/cmd/actionlint

# unpack PACKAGE PATH puts a program of a Debian package into the folder.
unpack() {
	program=$folder/$(basename "$2")
	if [ -x "$program" ] || ! command -v apt-get >/dev/null; then return; fi
	work=$(mktemp -d)
	(cd "$work" && apt-get -o APT::Sandbox::User=root --quiet=2 download "$1" && dpkg -x ./*.deb root) &&
		cp "$work/root/$2" "$program" || echo "deploy-tools: cannot get the package $1. Next: apt-get update" >&2
	rm -rf "$work"
}
command -v shellcheck >/dev/null || unpack shellcheck usr/bin/shellcheck
command -v cron >/dev/null || unpack cron usr/sbin/cron
command -v systemd-analyze >/dev/null || echo "deploy-tools: systemd-analyze is missing. Next: on Linux, install the package systemd" >&2
