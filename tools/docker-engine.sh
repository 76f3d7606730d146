#!/bin/sh
# Makes sure that a Docker engine with Compose answers, for the tests of the
# container stack. One that answers is used as it is. Where none does, and the
# scripts of ../shared/lab are there, they make one and the images that a
# machine without an image registry cannot pull.
set -eu
cd "$(dirname "$0")/.."

lab=../shared/lab

# make_images makes the images with a copy of the lab, in which the function id of
# images.sh does not hide the program of that name: else Trino's image fails.
make_images() {
	copy=$(mktemp -d)
	trap 'rm -rf "$copy"' EXIT
	cp -r "$lab/." "$copy"
	chmod -R u+w "$copy"
	sed -i 's/\$(id -u)/$(command id -u)/' "$copy/images.sh"
	"$copy/images.sh"
}

if ! docker info >/dev/null 2>&1; then
	if [ ! -x "$lab/docker-up.sh" ]; then
		echo "docker-engine: no Docker engine answers: install or start Docker, see docs/docker.md" >&2
		exit 1
	fi
	"$lab/docker-up.sh"
	"$lab/docker-plugins.sh"
	make_images
elif [ -s "${LAB_STATE:-/var/tmp/liftoff-lab}/dockerd.pid" ] && [ -x "$lab/images.sh" ]; then
	# The lab's engine from an earlier run: what is there already takes no time.
	"$lab/docker-plugins.sh"
	make_images
fi
docker compose version >/dev/null || {
	echo "docker-engine: docker compose is missing: install the Compose plugin, see docs/docker.md" >&2
	exit 1
}
