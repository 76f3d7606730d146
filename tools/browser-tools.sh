#!/bin/sh
# Gets what the browser tests need: Chromium and pdftotext from Debian or Ubuntu as root,
# and axe-core by npm into .bin/browser, of one version with one content. What cannot be
# had is named; its tests are skipped then, or fail with CI=true.
set -eu
cd "$(dirname "$0")/.."
folder=$PWD/.bin/browser
mkdir -p "$folder"

axe=axe-core@4.14.1
integrity=sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==

# The packages of the programs that are missing.
packages=
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || packages="chromium"
command -v pdftotext >/dev/null || packages="$packages poppler-utils"
command -v npm >/dev/null || packages="$packages npm"
if [ -n "$packages" ]; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		echo "installing $packages"
		apt-get update --quiet=2 && DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --no-install-recommends -y $packages fonts-dejavu-core >/dev/null
	else
		echo "browser-tools: missing: $packages. Next: install them, on Debian and Ubuntu with sudo apt-get install $packages" >&2
	fi
fi

if [ "$(cat "$folder/axe.version" 2>/dev/null)" != "$axe" ] && command -v npm >/dev/null; then
	echo "getting $axe"
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	npm pack --silent --pack-destination "$work" "$axe" >/dev/null
	got=sha512-$(openssl dgst -sha512 -binary "$work"/axe-core-*.tgz | openssl base64 -A)
	if [ "$got" != "$integrity" ]; then
		echo "browser-tools: $axe has the content $got, want $integrity" >&2
		exit 1
	fi
	tar -xzf "$work"/axe-core-*.tgz -C "$work" package/axe.min.js
	mkdir -p "$folder/package" && cp "$work/package/axe.min.js" "$folder/package/"
	echo "$axe" >"$folder/axe.version"
fi
